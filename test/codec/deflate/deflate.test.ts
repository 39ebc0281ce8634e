import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { deflate } from "../../../src/codec/deflate/deflate.js";
import { noise, words } from "../bytes.js";
import { generateModule, moduleFile } from "./compile-module.js";

/** What a decoder that is not ours makes of it; an empty last block ends the stream. */
function inflate(blocks: Uint8Array): Buffer {
  return inflateRawSync(Buffer.concat([blocks, Uint8Array.of(0x03, 0x00)]));
}

function assertInflates(raw: Uint8Array): void {
  assert.ok(inflate(deflate(raw)).equals(raw), `${raw.length} bytes do not come back`);
}

/** So long, of bytes that have no match, with the second stretch the same as the first, at this distance. */
function repeatedAt(distance: number, length: number): Buffer {
  const raw = noise(distance + length);
  raw.copy(raw, distance, 0, length);
  return raw;
}

const inputs: Readonly<Record<string, () => Uint8Array>> = {
  "a byte": () => Buffer.from("a"),
  words: () => words(3_000_000),
  "words and noise in turn": () =>
    Buffer.concat([words(100_000), noise(100_000), words(50_000, 2), noise(9, 2)]),
  "noise of 7 bits": () => noise(1 << 20).map((byte) => byte & 0x7f),
  noise: () => noise(300_000),
  zeros: () => Buffer.alloc((1 << 21) + 1),
  "a stretch at the farthest distance": () => repeatedAt(32_768, 30_000),
  // Counts like Fibonacci's numbers make the longest codes.
  "rare and rarer bytes": () =>
    Buffer.concat(
      [1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610, 987, 1597, 2584, 4181].map(apart),
    ),
};

/** The byte `index` so often, and never in a match. */
function apart(times: number, index: number): Buffer {
  const bytes = noise(2 * times, index + 1);
  for (let at = 0; at < bytes.length; at += 2) bytes[at] = index;
  return bytes;
}

/** How many bytes come out and the beginning of their SHA-256, on every machine: anything else is a compressor that changed, or a machine that computes otherwise. */
const digests: Readonly<Record<string, string>> = {
  "a byte": "7 8cb66c8cd094aa29",
  words: "1012696 bb742024cb725fd4",
  "words and noise in turn": "156697 62731fea7d3d1739",
  "noise of 7 bits": "918964 31720d565078b901",
  noise: "300045 7e9aab38520d6af6",
  zeros: "2060 14d46a40387bcf33",
  "a stretch at the farthest distance": "33167 0badf441b9bd0d9c",
  "rare and rarer bytes": "16929 6a606bff72c4f915",
};

for (const [name, input] of Object.entries(inputs)) {
  test(`${name} become the same bytes everywhere, and come back`, () => {
    const raw = input();
    const blocks = deflate(raw);
    assert.ok(inflate(blocks).equals(raw));
    const digest = createHash("sha256").update(blocks).digest("hex").slice(0, 16);
    assert.equal(`${blocks.length} ${digest}`, digests[name]);
  });
}

const anyBytes = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 2000 }),
      fc.tuple(fc.nat(255), fc.nat(70_000)).map(([byte, length]) => Buffer.alloc(length, byte)),
      fc.tuple(fc.nat(80_000), fc.nat(1000)).map(([length, seed]) => words(length, seed + 1)),
      fc.tuple(fc.integer({ min: 1, max: 40_000 }), fc.nat(300)).map((sizes) => repeatedAt(...sizes)),
      fc
        .tuple(fc.nat(100_000), fc.nat(255))
        .map(([length, mask]) => noise(length).map((byte) => byte & mask)),
    ),
    { maxLength: 8 },
  )
  .map((parts) => Buffer.concat(parts));

test("any bytes come back: random ones, runs, repetitions at any distance, at any length", () => {
  fc.assert(fc.property(anyBytes, assertInflates), { numRuns: 200 });
});

test("any bytes become the same, whatever came before them", () => {
  const fewOrMany = fc.oneof(anyBytes, fc.uint8Array({ maxLength: 60 }));
  fc.assert(
    fc.property(fewOrMany, fewOrMany, (before, raw) => {
      const expected = deflate(raw);
      deflate(before);
      assert.ok(Buffer.from(deflate(raw)).equals(expected));
    }),
    { numRuns: 200 },
  );
});

test("every length of a match and every length of an input near a boundary comes back", () => {
  const text = words(600);
  for (let length = 0; length <= 600; length++) {
    assertInflates(text.subarray(0, length));
    assertInflates(Buffer.alloc(length));
    assertInflates(Buffer.concat([text, noise(7), text.subarray(0, length), noise(3)]));
  }
  for (const size of [39_999, 40_000, 40_001, 65_535, 65_536, (1 << 21) - 1, 1 << 21, (1 << 21) + 1])
    for (const raw of [noise(size), words(size)]) assertInflates(raw);
});

test("what repeats at a distance of 32,768 is found, and beyond it is not", () => {
  const [near, far] = [repeatedAt(32_768, 20_000), repeatedAt(32_769, 20_000)];
  assert.ok(deflate(near).length < near.length - 19_000);
  assert.ok(deflate(far).length > far.length);
  for (const raw of [near, far]) assertInflates(raw);
});

test("what was compressed before decides nothing, nor does where the bytes lie", () => {
  const raw = words(500_000);
  const expected = deflate(raw);
  for (const before of [noise(1 << 21), words(2_500_000, 7), Buffer.alloc(1 << 21, 255), raw.subarray(1)]) {
    deflate(before);
    const shifted = Buffer.concat([Buffer.alloc(3), raw]).subarray(3);
    assert.ok(Buffer.from(deflate(shifted)).equals(expected));
  }
});

test("a segment ends on a byte, with one flush marker; nothing becomes nothing", () => {
  assert.equal(deflate(new Uint8Array(0)).length, 0);
  for (const raw of [words(50_000), noise(70_000), Buffer.alloc(9)]) {
    const hex = Buffer.from(deflate(raw).subarray(-10)).toString("hex");
    assert.match(hex, /0000ffff$/);
    assert.doesNotMatch(hex, /0000ffff000000ffff$/);
  }
});

test("at worst the bytes grow by one in 5000 and 16", () => {
  for (const length of [1, 2, 100, 39_999, 40_001, 65_535, 65_536, 1 << 20, 5_000_000]) {
    for (const raw of [
      noise(length),
      noise(length).map((byte) => byte | 1),
      noise(length).map((byte) => byte % 251),
    ])
      assert.ok(deflate(raw).length <= length + length / 5000 + 16, `${length} bytes`);
  }
});

test("bytes are few: a run costs a thousandth, words of a list a third, base64 six bits in eight", () => {
  assert.ok(deflate(Buffer.alloc(1 << 20)).length < (1 << 20) / 900);
  assert.ok(deflate(words(1 << 20)).length < 0.36 * (1 << 20));
  const base64 = Buffer.from(noise(750_000).toString("base64"));
  assert.ok(deflate(base64).length < 0.755 * base64.length);
});

test("the compiled module is that of the sources", () => {
  const message = "write it anew: node build/test/codec/deflate/write-module.js";
  assert.ok(generateModule() === readFileSync(moduleFile, "utf8"), message);
});

test("the module's memory does not grow, whatever comes", () => {
  const program = `
    const { deflate } = await import(process.argv[1]);
    const raw = new Uint8Array(64 << 20).map((_, at) => at * at >> 7);
    deflate(raw);
    const { arrayBuffers, external } = process.memoryUsage();
    for (let round = 0; round < 3; round++) deflate(raw);
    globalThis.gc();
    const now = process.memoryUsage();
    console.log(now.external - external < 8 << 20);`;
  const { stdout, stderr } = runModule(program, "--expose-gc");
  assert.equal(stdout, "true\n", stderr);
});

test("without WebAssembly level 1 is refused in words, and the other levels work", () => {
  const program = `
    const { gzipSegment } = await import(process.argv[1].replace("deflate/deflate.js", "gzip.js"));
    console.log(gzipSegment(Buffer.from("text"), 2).bytes.length > 0);
    try { gzipSegment(Buffer.from("text"), 1); } catch ({ code, message }) { console.log(code, message); }`;
  const { stdout, stderr } = runModule(program, "--jitless");
  assert.match(stdout, /^true\nERR_GANTRY_UNSUPPORTED gzip at level 1 needs WebAssembly/, stderr);
});

function runModule(program: string, flag: string) {
  const module = new URL("../../../src/codec/deflate/deflate.js", import.meta.url).href;
  const args = [flag, "--no-warnings", "--input-type=module", "-e", program, module];
  return spawnSync(process.execPath, args, { encoding: "utf8" });
}
