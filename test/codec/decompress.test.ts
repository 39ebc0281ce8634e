import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { decompress, sniff } from "../../src/codec/decompress.js";
import { lacking } from "../support/tools.js";
import { chunked, noise } from "./bytes.js";

async function unpack(stream: AsyncIterable<Uint8Array>, options = {}): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of decompress(stream, { what: "layer 1", ...options })) parts.push(part);
  return Buffer.concat(parts);
}

const mismatch = { code: "ERR_GANTRY_CONTENT_MISMATCH", message: /^layer 1: its gzip stream/ };

test("bytes that are not packed pass as they are, empty ones too", async () => {
  for (const bytes of [Buffer.alloc(0), Buffer.from([0x1f]), Buffer.from("plain"), noise(300_000)]) {
    assert.deepEqual(await unpack(chunked(bytes, 1000)), bytes);
  }
});

test("any bytes in any members and chunks come out as they went in", async () => {
  const members = fc.array(fc.uint8Array({ maxLength: 4000 }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(members, fc.integer({ min: 1, max: 5000 }), async (parts, chunk) => {
      const packed = Buffer.concat(parts.map((part) => gzipSync(part)));
      assert.deepEqual(await unpack(chunked(packed, chunk)), Buffer.concat(parts));
    }),
    { numRuns: 60 },
  );
});

test("B42 several members are read, also cut at every byte", async () => {
  const packed = Buffer.concat([gzipSync("one"), gzipSync(""), gzipSync("two")]);
  for (let cut = 1; cut < packed.length; cut++) {
    const stream = async function* () {
      yield packed.subarray(0, cut);
      yield packed.subarray(cut);
    };
    assert.equal((await unpack(stream())).toString(), "onetwo");
  }
});

test("B42 gzip cut short at any byte is an error", async () => {
  const packed = gzipSync("some text to be packed");
  for (let length = 2; length < packed.length; length++) {
    await assert.rejects(unpack(chunked(packed.subarray(0, length))), mismatch, `cut at ${length}`);
  }
});

test("B42 a wrong checksum or length at the end is an error", async () => {
  for (const back of [1, 8]) {
    const packed = gzipSync("some text to be packed");
    packed[packed.length - back]! ^= 1;
    await assert.rejects(unpack(chunked(packed)), mismatch);
  }
});

test("B42 bytes behind the end are an error, zeros too, in the same chunk and in later ones", async () => {
  const packed = gzipSync("text");
  for (const junk of ["junk", "\0", "\0".repeat(2000), "\x1f", "\x1f\x8b", "\x1f\x8b\x08"]) {
    for (const chunk of [1, 7, packed.length, packed.length + 1, 9999]) {
      const bytes = Buffer.concat([packed, Buffer.from(junk, "latin1")]);
      await assert.rejects(unpack(chunked(bytes, chunk)), mismatch, JSON.stringify({ junk, chunk }));
    }
  }
});

test("B42 an empty layer packs and unpacks", async () => {
  assert.equal((await unpack(chunked(gzipSync("")))).length, 0);
});

test("B43 a bomb stops at the ratio cap, long before its end", async () => {
  const member = gzipSync(Buffer.alloc(1 << 20));
  let members = 0;
  const bomb = async function* () {
    for (; members < 10_240; members++) yield member;
  };
  let size = 0;
  const reading = (async () => {
    for await (const part of decompress(bomb(), { what: "layer 1" })) size += part.length;
  })();
  await assert.rejects(reading, {
    code: "ERR_GANTRY_LIMIT",
    message: /layer 1 unpacks to more than 200 times/,
  });
  assert.ok(size <= 100 * 2 ** 20, `${size} bytes came out`);
  assert.ok(members < 200, `${members} members were read`);
});

test("B43 a limit on the output is exact", async () => {
  const packed = gzipSync(Buffer.alloc(1000));
  assert.equal((await unpack(chunked(packed), { limit: 1000 })).length, 1000);
  await assert.rejects(unpack(chunked(packed), { limit: 999 }), {
    code: "ERR_GANTRY_LIMIT",
    message: /999 bytes/,
  });
});

test("an error of the stream underneath comes through as it is", async () => {
  const broken = async function* () {
    yield gzipSync(noise(1000)).subarray(0, 500);
    throw new TypeError("the wire broke");
  };
  await assert.rejects(unpack(broken()), { name: "TypeError", message: "the wire broke" });
});

test("a reader that stops early closes the stream underneath", async () => {
  let closed = false;
  const stream = async function* () {
    try {
      for (;;) yield gzipSync(noise(300_000));
    } finally {
      closed = true;
    }
  };
  for await (const part of decompress(stream(), { what: "it" })) {
    assert.ok(part.length > 0);
    break;
  }
  assert.ok(closed);
});

test("the packing is told by its magic numbers", () => {
  const of = (hex: string) => sniff(Buffer.from(hex, "hex"));
  assert.deepEqual(["1f8b0800", "1f8b", "1f", ""].map(of), ["gzip", "gzip", "none", "none"]);
  assert.deepEqual(["28b52ffd", "502a4d18", "5f2a4d18"].map(of), ["zstd", "zstd", "zstd"]);
  assert.deepEqual(["28b52ffe", "602a4d18", "28b52f"].map(of), ["none", "none", "none"]);
});

test("what the gzip program writes is read", { skip: lacking("gzip") }, async () => {
  const { stdout } = spawnSync("gzip", ["-9", "-c"], { input: "by another program" });
  assert.equal((await unpack(chunked(stdout, 3))).toString(), "by another program");
});
