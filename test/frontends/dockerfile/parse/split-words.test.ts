import assert from "node:assert/strict";
import { test } from "node:test";
import { splitHealthcheck } from "../../../../src/frontends/dockerfile/parse/split-healthcheck.js";
import { splitNameValues } from "../../../../src/frontends/dockerfile/parse/split-name-values.js";
import {
  splitWhitespace,
  splitWhitespaceOnce,
} from "../../../../src/frontends/dockerfile/parse/split-whitespace.js";
import { splitWords } from "../../../../src/frontends/dockerfile/parse/split-words.js";

const lists: readonly (readonly [text: string, words: readonly string[]])[] = [
  ["", []],
  ["a", ["a"]],
  ["a \t\v\f\r b", ["a", "b"]],
  [`"a b" 'c`, [`"a`, `b"`, `'c`]],
  ["a\\ b", ["a\\", "b"]],
  ["a\u00a0b\u2003c\u0085d", ["a\u00a0b\u2003c\u0085d"]],
];

for (const [text, expected] of lists) {
  test(`a whitespace list: ${JSON.stringify(text)}`, () => {
    assert.deepEqual(splitWhitespace(text), expected);
  });
}

test("splitting once leaves what follows as it is", () => {
  assert.deepEqual(splitWhitespaceOnce("a \t b  c "), ["a", "b  c "]);
  assert.deepEqual(splitWhitespaceOnce("a"), ["a"]);
  assert.deepEqual(splitWhitespaceOnce(""), [""]);
});

const words: readonly (readonly [text: string, words: readonly string[]])[] = [
  ["", []],
  ["  a  b ", ["a", "b"]],
  ["a\u00a0b\u2003c\u0085d", ["a", "b", "c", "d"]],
  ["a\ufeffb", ["a\ufeffb"]],
  ["a=b c", ["a=b", "c"]],
  [`a='b c' d="e f"g`, [`a='b c'`, `d="e f"g`]],
  [`a="it's" b='"c d"'`, [`a="it's"`, `b='"c d"'`]],
  [`'' ""`, [`''`, `""`]],
  ["a\\ b c", ["a\\ b", "c"]],
  [`a\\"b c`, [`a\\"b`, "c"]],
  [`"a\\" b" c`, [`"a\\" b"`, "c"]],
  [`'a\\' b`, [`'a\\'`, "b"]],
  ["a 'b c", ["a", "'b c"]],
  ["a b\\", ["a", "b"]],
  ["a \\", ["a"]],
  [`a "b\\`, ["a", `"b`]],
  [`a 'b\\`, ["a", `'b\\`]],
  ["a\\\u{1f600} b", ["a\\\u{1f600}", "b"]],
  ["föo bàr 'âb xÿ'", ["föo", "bàr", "'âb xÿ'"]],
];

for (const [text, expected] of words) {
  test(`quoted words: ${JSON.stringify(text)}`, () => {
    assert.deepEqual(splitWords(text, "\\"), expected);
  });
}

test("quoted words: a grave accent escapes in the backslash's stead", () => {
  assert.deepEqual(splitWords("a` b c\\ d", "`"), ["a` b", "c\\", "d"]);
});

/** Pairs as "name→value"; an error's text begins with `!`, a legacy form's with `~`. */
const pairs: readonly (readonly [text: string, expected: string])[] = [
  ["", ""],
  ["a=b", "a→b"],
  ["a=b c= d==e", "a→b c→ d→=e"],
  [`a='b c' "d"=e\\ f`, `a→'b c' "d"→e\\ f`],
  ["=a", "→a"],
  ["a b=c  'd", "~a→b=c  'd"],
  ["a\tb\\", "~a→b\\"],
  [`a "b`, `~a→"b`],
  ["a", "!LABEL must have two arguments"],
  ["a\u00a0b", "!LABEL must have two arguments"],
  ["a=b c", '!Syntax error - can\'t find = in "c". Must be of the form: name=value'],
  [`a=b "c\\" d`, `!Syntax error - can't find = in "\\"c\\\\\\" d". Must be of the form: name=value`],
];

for (const [text, expected] of pairs) {
  test(`names and values: ${JSON.stringify(text)}`, () => {
    const split = () => splitNameValues(text, { escape: "\\", keyword: "LABEL" });
    if (expected.startsWith("!"))
      return assert.throws(split, { code: "ERR_GANTRY_DOCKERFILE_INVALID", message: expected.slice(1) });
    const { legacy, pairs: read } = split();
    const shown = read.map(({ name, value }) => `${name}→${value}`).join(" ");
    return assert.equal((legacy ? "~" : "") + shown, expected);
  });
}

const healthchecks: readonly (readonly [text: string, type: string, rest: string])[] = [
  ["NONE", "NONE", ""],
  ["cmd \t a  b", "cmd", "a  b"],
  [`CMD ["a"]`, "CMD", `["a"]`],
  ["CMD\u00a0a b", "CMD\u00a0a", "b"],
];

for (const [text, type, rest] of healthchecks) {
  test(`a health check: ${JSON.stringify(text)}`, () => {
    assert.deepEqual(splitHealthcheck(text), { type, rest });
  });
}

test("a health check of nothing has no type", () => {
  assert.equal(splitHealthcheck(""), undefined);
});
