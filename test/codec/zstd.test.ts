import assert from "node:assert/strict";
import { test } from "node:test";
import { canWriteZstd, zstdSegment, zstdVersion } from "../../src/codec/zstd.js";
import { decompress } from "../../src/codec/decompress.js";
import { chunked, noise } from "./bytes.js";

const frame = Buffer.from("28b52ffd200631000068656c6c6f20", "hex");

async function unpack(bytes: Uint8Array, chunk?: number): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of decompress(chunked(bytes, chunk), { what: "it" })) parts.push(part);
  return Buffer.concat(parts).toString();
}

test("B42 zstd with skippable frames before, between and behind is read", async () => {
  const skippable = Buffer.from("502a4d18030000000102035f2a4d1800000000", "hex");
  const joined = Buffer.concat([skippable, frame, skippable, frame, skippable]);
  for (const chunk of [joined.length, 5, 1]) assert.equal(await unpack(joined, chunk), "hello hello ");
});

test("B42 zstd cut short, damaged or with bytes behind its end is an error", async () => {
  const mismatch = { code: "ERR_GANTRY_CONTENT_MISMATCH", message: /^it: its zstd stream/ };
  await assert.rejects(unpack(frame.subarray(0, -2)), mismatch);
  await assert.rejects(unpack(Buffer.from("28b52ffdffffffffffffffff", "hex")), mismatch);
  await assert.rejects(unpack(Buffer.concat([frame, Buffer.from("rest")])), mismatch);
  await assert.rejects(unpack(Buffer.concat([frame, Buffer.alloc(9)])), mismatch);
  await assert.rejects(unpack(Buffer.from("502a4d18ff00000001", "hex")), mismatch);
});

// One of the two halves runs, by what this Node can do: nothing is skipped.
if (canWriteZstd()) {
  test("zstd frames joined in order are one stream", async () => {
    const parts = [noise(100_000), Buffer.alloc(0), Buffer.from("text ".repeat(9999))];
    const joined = Buffer.concat(parts.map((part) => zstdSegment(part, 1)));
    for (const chunk of [joined.length, 1000, 7]) {
      assert.equal(await unpack(joined, chunk), Buffer.concat(parts).toString());
    }
  });

  test("a zstd segment's memory is its own: transferring it takes nothing else along", () => {
    for (const raw of [Buffer.from("hello"), noise(1 << 20)]) {
      const pooled = Buffer.from("pooled, like all small Buffers");
      const frame = zstdSegment(raw, 3);
      const expected = Uint8Array.from(frame);
      assert.deepEqual(structuredClone(frame, { transfer: [frame.buffer] }), expected);
      assert.equal(String(pooled), "pooled, like all small Buffers");
    }
  });

  test("the version names what decides the bytes", () => {
    assert.equal(zstdVersion(), `1 node-zstd ${process.versions["zstd"]}/${process.arch}`);
  });
} else {
  const unsupported = { code: "ERR_GANTRY_UNSUPPORTED", message: /needs Node 22\.15 or newer/ };

  test("a Node without zstd says so when it should write it", () => {
    assert.throws(() => zstdSegment(new Uint8Array(1), 1), unsupported);
  });
}
