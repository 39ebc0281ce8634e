import assert from "node:assert/strict";
import { test } from "node:test";
import { parseJsonArray } from "../../../../src/frontends/dockerfile/parse/json-array.js";

const arrays: readonly (readonly [text: string, elements: readonly string[]])[] = [
  ["[]", []],
  [' [ "a" ,\t"b c" ] ', ["a", "b c"]],
  ['\u00a0\u2003["a"]', ["a"]],
  ['["", "\'", "$a"]', ["", "'", "$a"]],
  ['["\\"\\\\\\/\\n\\u00e9"]', ['"\\/\n\u00e9']],
  ['["é\u{1f600}\\ud83d\\ude00"]', ["é\u{1f600}\u{1f600}"]],
  [
    '["a\\ud800b", "\\ude00\\ud83d", "\\ud800\\ud83d\\ude00"]',
    ["a\ufffdb", "\ufffd\ufffd", "\ufffd\u{1f600}"],
  ],
  ['["\u2028\u007f"]', ["\u2028\u007f"]],
];

for (const [text, elements] of arrays) {
  test(`a JSON array: ${JSON.stringify(text)}`, () => {
    assert.deepEqual(parseJsonArray(text), elements);
  });
}

const others: readonly (readonly [name: string, text: string])[] = [
  ["nothing", ""],
  ["a word", "a"],
  ["another JSON value", '"a"'],
  ["an array further on", 'a ["b"]'],
  ["single quotes", "['a']"],
  ["a forgotten bracket", '["a"'],
  ["a forgotten quote", '["a]'],
  ["a comma too many", '["a",]'],
  ["something after it", '["a"] b'],
  ["a byte order mark", '\ufeff["a"]'],
  ["a tab in a string", '["a\tb"]'],
  ["an escape that JSON lacks", '["\\a"]'],
  ["a test of a shell", "[ -e /a ] && b"],
  ["a number beyond a double", "[1e999]"],
  ["such a number deep inside", '["a", {"b": [-1e999]}]'],
  ["brackets by the ten thousand", "[".repeat(20_000) + "]".repeat(20_000)],
];

for (const [name, text] of others) {
  test(`no JSON array: ${name}`, () => {
    assert.equal(parseJsonArray(text), undefined);
  });
}

for (const text of ["[1]", '["a", null]', "[true]", '[ "a", [ "b" ] ]', '[{"a": "b"}]', "[1e308]"]) {
  test(`a JSON array of something else than strings: ${text}`, () => {
    assert.throws(() => parseJsonArray(text), {
      code: "ERR_GANTRY_DOCKERFILE_INVALID",
      message: "when using JSON array syntax, arrays must be comprised of strings only",
    });
  });
}
