import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { crc32, gunzipSync } from "node:zlib";
import fc from "fast-check";
import { combineCrc32, gzipEnd, gzipHeader, gzipSegment, gzipVersion } from "../../src/codec/gzip.js";
import { lacking } from "../support/tools.js";
import { noise } from "./bytes.js";

/** One gzip member, as a layer's writer joins it. */
function join(parts: readonly Uint8Array[], level: number): Buffer {
  const segments = parts.map((part) => gzipSegment(part, level));
  let crc = 0;
  let size = 0;
  for (const [index, part] of parts.entries()) {
    crc = combineCrc32(crc, segments[index]!.crc, part.length);
    size += part.length;
  }
  return Buffer.concat([gzipHeader(), ...segments.map(({ bytes }) => bytes), gzipEnd(crc, size)]);
}

test("segments joined between header and end are one gzip member, however they were cut", () => {
  const part = fc.oneof(
    fc.uint8Array({ maxLength: 3000 }),
    fc.nat({ max: 5000 }).map((length) => new Uint8Array(length)),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), fc.integer({ min: 1, max: 9 }), (parts, level) => {
      assert.deepEqual(gunzipSync(join(parts, level)), Buffer.concat(parts));
    }),
    { numRuns: 100 },
  );
});

test("no segments at all are an empty member", () => {
  assert.equal(gunzipSync(join([], 1)).length, 0);
  assert.equal(gunzipSync(join([new Uint8Array(0)], 9)).length, 0);
});

test("gzip -t accepts joined segments", { skip: lacking("gzip") }, () => {
  const bytes = join([noise(100_000), Buffer.from("text ".repeat(50_000)), Buffer.alloc(0), noise(3)], 1);
  const { status, stderr } = spawnSync("gzip", ["-t"], { input: bytes });
  assert.equal(status, 0, String(stderr));
});

test("a segment ends with exactly one flush marker, for bytes that do not compress too", () => {
  for (const raw of [noise(1 << 20), new Uint8Array(1 << 20), noise(16_383), noise(65_535)]) {
    for (const level of [1, 6, 9]) {
      const hex = Buffer.from(gzipSegment(raw, level).bytes.subarray(-10)).toString("hex");
      assert.match(hex, /0000ffff$/);
      assert.doesNotMatch(hex, /0000ffff000000ffff$/);
    }
  }
});

test("the same bytes give the same segment, wherever they lie in memory, and it owns its buffer", () => {
  const raw = noise(200_000);
  const shifted = Buffer.concat([Buffer.alloc(13), raw]).subarray(13);
  const segment = gzipSegment(raw, 1);
  assert.deepEqual(gzipSegment(shifted, 1), segment);
  assert.equal(segment.bytes.buffer.byteLength, segment.bytes.byteLength);
  assert.equal(segment.crc, crc32(raw));
});

test("a member's header holds no time, no name and no operating system", () => {
  assert.deepEqual(gzipHeader(), Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255));
});

test("the size at the end is modulo 2^32", () => {
  const end = Buffer.from(gzipEnd(0xdeadbeef, 2 ** 32 + 5));
  assert.equal(end.toString("hex"), "0300efbeadde05000000");
});

test("combined checksums are those of the joined bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), fc.uint8Array({ maxLength: 2000 }), (a, b) => {
      assert.equal(combineCrc32(crc32(a), crc32(b), b.length), crc32(Buffer.concat([a, b])));
    }),
  );
});

test("combining is associative for lengths beyond 32 bits", () => {
  const crc = fc.nat({ max: 0xffffffff });
  const length = fc.nat({ max: 2 ** 51 });
  fc.assert(
    fc.property(crc, crc, crc, length, length, (a, b, c, lengthB, lengthC) => {
      const left = combineCrc32(combineCrc32(a, b, lengthB), c, lengthC);
      const right = combineCrc32(a, combineCrc32(b, c, lengthC), lengthB + lengthC);
      assert.equal(left, right);
    }),
  );
});

test("the version names what decides the bytes", () => {
  assert.equal(gzipVersion(), `node-zlib ${process.versions.zlib}/${process.arch}`);
});
