import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCompression } from "../../src/cli/compression.js";
import { collectAnnotations, collectList, collectPairs, oneOf, parseWords } from "../../src/cli/flags.js";

test("a repeated NAME=VALUE replaces the earlier one in its place", () => {
  const pairs = ["A=1", "B=x=y", "A=", "__proto__=p"].reduce<Readonly<Record<string, string>> | undefined>(
    (previous, text) => collectPairs(text, previous),
    undefined,
  )!;
  assert.deepEqual(Object.entries(pairs), [
    ["A", ""],
    ["B", "x=y"],
    ["__proto__", "p"],
  ]);
  assert.equal(({} as { p?: string }).p, undefined);
});

test("NAME=VALUE without a name or an equals sign is refused", () => {
  for (const text of ["A", "=1", ""])
    assert.throws(() => collectPairs(text, undefined), /expected NAME=VALUE/);
});

test("a command line is a JSON array or one word", () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["/app/server", ["/app/server"]],
    ['["node","/app/main.js"]', ["node", "/app/main.js"]],
    [' ["a b"] ', ["a b"]],
    ["[]", []],
    ["", []],
  ];
  for (const [text, words] of cases) assert.deepEqual(parseWords(text), words);
});

test("a command line of several words is refused with the array to write instead", () => {
  assert.throws(() => parseWords("node main.js"), /write '\["node","main\.js"\]'/);
  assert.throws(() => parseWords("[node]"), /not a JSON array/);
  assert.throws(() => parseWords("[1]"), /must be a string/);
});

test("annotations go to the manifest, or where their prefix says", () => {
  const of = (text: string) => collectAnnotations(text, undefined);
  assert.deepEqual(of("a.b=1"), { "a.b": "1" });
  assert.deepEqual(of("manifest:a=1"), { a: "1" });
  assert.deepEqual(of("index:a=x:y"), { "index:a": "x:y" });
  assert.deepEqual(of("index,manifest:a=1"), { "index:a": "1", a: "1" });
  assert.deepEqual(of("a=https://example.com"), { a: "https://example.com" });
  assert.throws(() => of("manifest[linux/amd64]:a=1"), /spec file/);
  assert.throws(() => of("index-descriptor:a=1"), /"index-descriptor:" is not supported/);
});

test("lists may be given between commas or again and again", () => {
  assert.deepEqual(collectList("b, c", ["a"]), ["a", "b", "c"]);
  assert.throws(() => collectList("a,,b", undefined), /empty name/);
});

test("one of a few words is taken as it is, another is refused with the nearest", () => {
  const parse = oneOf("fail", "continue");
  assert.equal(parse("fail"), "fail");
  assert.throws(() => parse("contine"), /expected one of fail, continue \(did you mean "continue"\?\)/);
});

test("compression takes a type and, where it has levels, a level", () => {
  for (const text of ["auto", "none", "gzip", "gzip:1", "gzip:9", "zstd:19"])
    assert.equal(parseCompression(text), text);
  assert.equal(parseCompression("uncompressed"), "none");
  for (const text of [
    "gzip:0",
    "gzip:10",
    "zstd:20",
    "gzip:",
    "none:1",
    "auto:1",
    "gzip:1:2",
    "brotli",
    "",
  ]) {
    assert.throws(() => parseCompression(text), /expected|level/, text);
  }
  assert.throws(() => parseCompression("gzpi"), /did you mean "gzip"/);
});
