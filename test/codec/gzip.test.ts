import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { crc32, gunzipSync } from "node:zlib";
import fc from "fast-check";
import { deflateVersion } from "../../src/codec/deflate/deflate.js";
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

test("a deflated segment ends with exactly one flush marker, for bytes that hardly compress too", () => {
  const barely = noise(1 << 20).map((byte) => byte & 0x7f);
  for (const raw of [barely, new Uint8Array(1 << 20), noise(16_383), noise(65_535)]) {
    for (const level of [1, 6, 9]) {
      const hex = Buffer.from(gzipSegment(raw, level).bytes.subarray(-10)).toString("hex");
      assert.match(hex, /0000ffff$/);
      assert.doesNotMatch(hex, /0000ffff000000ffff$/);
    }
  }
});

test("the same bytes give the same segment, wherever they lie in memory", () => {
  const raw = noise(200_000);
  const shifted = Buffer.concat([Buffer.alloc(13), raw]).subarray(13);
  const segment = gzipSegment(raw, 1);
  assert.deepEqual(gzipSegment(shifted, 1), segment);
  assert.equal(segment.crc, crc32(raw));
});

test("a segment's memory is its own: transferring it takes nothing else along", () => {
  for (const raw of [noise(1 << 20), noise(9), Buffer.alloc(1 << 20), Buffer.from("text ".repeat(2000))]) {
    const pooled = Buffer.from("pooled, like all small Buffers");
    const { bytes } = gzipSegment(raw, 1);
    const expected = Uint8Array.from(bytes);
    assert.deepEqual(structuredClone(bytes, { transfer: [bytes.buffer] }), expected);
    assert.equal(String(pooled), "pooled, like all small Buffers");
  }
});

test("bytes that cannot shrink are stored, at any level, and grow by 5 bytes in 65,535 only", () => {
  for (const length of [1 << 20, (1 << 20) + 3 * 65_535 + 1, 1 << 17]) {
    const raw = noise(length);
    for (const level of [1, 9]) {
      assert.equal(gzipSegment(raw, level).bytes.length, length + 5 * Math.ceil(length / 65_535));
      assert.deepEqual(
        gunzipSync(join([raw, Buffer.from("text")], level)),
        Buffer.concat([raw, Buffer.from("text")]),
      );
    }
  }
});

test("bytes that only look random are deflated: repeated noise, noise by halves, records with gaps", () => {
  const repeated = Buffer.concat(Array.from({ length: 33 }, () => noise(32_000)));
  const halves = Buffer.concat([noise(1 << 19), Buffer.alloc(1 << 19)]);
  const records = noise(1 << 20).map((byte, at) => (at % 16 < 8 ? byte : 0));
  for (const raw of [repeated, halves, records]) {
    assert.ok(gzipSegment(raw, 6).bytes.length < 0.9 * raw.length);
    assert.deepEqual(gunzipSync(join([raw], 6)), Buffer.from(raw));
  }
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
  assert.equal(gzipVersion(1), `2 ${deflateVersion}`);
  for (const level of [2, 9])
    assert.equal(gzipVersion(level), `2 node-zlib ${process.versions.zlib}/${process.arch}`);
});
