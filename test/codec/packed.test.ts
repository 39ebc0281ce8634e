import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import { decompress } from "../../src/codec/decompress.js";
import { Damage } from "../../src/codec/broken.js";
import { GantryError } from "../../src/errors.js";
import { openInput } from "../../src/codec/input.js";
import { unpackZstdFrame } from "../../src/codec/zstd/zstd.js";
import { lacking } from "../support/tools.js";
import { chunked, noise, words } from "./bytes.js";
import { packed, plain } from "./packed.js";

/** By our own decoder, also where Node has one for it. */
async function unpack(bytes: Uint8Array, chunk?: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  if (bytes[0] === 0x28) {
    const input = openInput(chunked(bytes, chunk));
    while ((await input.peek(1)).length > 0)
      for await (const part of unpackZstdFrame(input)) parts.push(part);
  } else for await (const part of decompress(chunked(bytes, chunk), { what: "it" })) parts.push(part);
  return Buffer.concat(parts);
}

async function fails(bytes: Uint8Array): Promise<string | undefined> {
  try {
    const result = await unpack(bytes);
    // Bits that mean nothing: padding, or a block size that is larger than it had to be.
    return result.equals(plain) ? "" : undefined;
  } catch (error) {
    assert.ok(error instanceof Damage || error instanceof GantryError, String(error));
    return (error as Error).message;
  }
}

for (const [name, bytes] of Object.entries(packed)) {
  test(`what ${name} packed comes out as it went in, in any chunks`, async () => {
    for (const chunk of [bytes.length, 1000, 7, 1]) assert.deepEqual(await unpack(bytes, chunk), plain);
  });

  test(`what ${name} packed and was cut short is an error`, async () => {
    const whole = name.endsWith("twice") ? 1 : 0;
    let accepted = 0;
    for (let length = 10; length < bytes.length; length++) {
      const message = await fails(bytes.subarray(0, length));
      // Where the first of two streams ends it stands for itself, with the zeros behind it.
      if (message === undefined) accepted++;
      else assert.notEqual(message, "");
    }
    assert.ok(accepted <= whole * 3, `${accepted} were taken for whole`);
  });

  const isChecked = !name.includes("none") && !name.includes("no-check");
  test(`what ${name} packed and has a wrong bit is ${isChecked ? "" : "mostly "}an error`, async () => {
    const unseen: number[] = [];
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const damaged = Buffer.from(bytes);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      // What tells the packing is looked at elsewhere.
      if (bit >= 80 && (await fails(damaged)) === undefined) unseen.push(bit);
    }
    if (isChecked) assert.deepEqual(unseen, []);
  });
}

const programs = [
  ["bzip2", "-1"],
  ["bzip2", "-9"],
  ["xz", "-0"],
  ["xz", "-6"],
  ["xz", "-3", "--block-size=100000"],
  ["zstd", "-q", "-1"],
  ["zstd", "-q", "-9"],
  ["zstd", "-q", "-19"],
  ["zstd", "-q", "--fast=7"],
] as const;

for (const [program, ...args] of programs) {
  test(`what ${program} ${args.join(" ")} writes is read`, { skip: lacking(program) }, async () => {
    const samples = [
      Buffer.alloc(0),
      Buffer.alloc(1_500_000, 7),
      noise(300_000),
      words(900_000),
      Buffer.concat([
        words(50_000),
        noise(50_000),
        words(50_000),
        Buffer.alloc(9_999),
        noise(5),
        words(200_000, 3),
      ]),
    ];
    for (const sample of samples) {
      const { stdout } = spawnSync(program, [...args, "-c"], { input: sample, maxBuffer: 2 ** 30 });
      assert.ok((await unpack(stdout, 60_000)).equals(sample));
    }
  });
}

test("any bytes that begin as something packed end in an error or in bytes, never in a hang", async () => {
  const heads = ["425a6839314159265359", "fd377a585a000004e6d6b446", "28b52ffd0458", "28b52ffd20ff"];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...heads), fc.uint8Array({ maxLength: 400 }), async (head, rest) => {
      await fails(Buffer.concat([Buffer.from(head, "hex"), rest]));
    }),
    { numRuns: 300 },
  );
});

test("an error names what is read and what is wrong with it", async () => {
  const message = async (name: string, change: (bytes: Buffer) => Buffer) =>
    fails(change(Buffer.from(packed[name]!)));
  const wrong = (at: number) => (bytes: Buffer) => {
    bytes[at < 0 ? bytes.length + at : at]! ^= 1;
    return bytes;
  };
  assert.match(
    (await message("bzip2", wrong(12)))!,
    /^it: its bzip2 stream has a block before byte \d+ with a wrong checksum$/,
  );
  assert.match(
    (await message("bzip2", (bytes) => bytes.subarray(0, -4)))!,
    /^it: its bzip2 stream is cut short$/,
  );
  assert.match((await message("xz", wrong(-1)))!, /^it: its xz stream has an end with a wrong checksum$/);
  assert.match((await message("xz", (bytes) => bytes.subarray(0, 60)))!, /^it: its xz stream is cut short$/);
  assert.match(
    (await message("xz", (bytes) => Buffer.concat([bytes, Buffer.from("more")])))!,
    /^it: its xz stream has other bytes behind its end/,
  );
  assert.match((await message("zstd", wrong(-1)))!, /^has a frame before byte \d+ with a wrong checksum$/);
});
