import assert from "node:assert/strict";
import { test } from "node:test";
import { goQuote, goQuoteList } from "../../../src/frontends/dockerfile/go-text.js";

// What Go 1.26 prints with %q.
for (const [text, quoted] of [
  ["", '""'],
  ["it's a `b`", '"it\'s a `b`"'],
  ['say "hi"', String.raw`"say \"hi\""`],
  ["C:\\x", String.raw`"C:\\x"`],
  ["\u0007\b\f\n\r\t\v", String.raw`"\a\b\f\n\r\t\v"`],
  ["\0\u001b\u007f", String.raw`"\x00\x1b\x7f"`],
  ["\u0080\u00a0\u00ad\u200b\u2028\uFEFF", '"' + String.raw`\u0080\u00a0\u00ad\u200b\u2028\ufeff` + '"'],
  ["é한👽\u0301\uFFFD€", '"é한👽\u0301\uFFFD€"'],
  ["\u{E0001}\u{10FFFF}", '"' + String.raw`\U000e0001\U0010ffff` + '"'],
  ["$x ${y} <&>", '"$x ${y} <&>"'],
] as const) {
  test(`${JSON.stringify(text)} is quoted as Go quotes it`, () => {
    assert.equal(goQuote(text), quoted);
  });
}

test("a list is quoted word by word", () => {
  assert.equal(goQuoteList([]), "[]");
  assert.equal(goQuoteList(["sh", "-c", 'echo "$x"']), String.raw`["sh" "-c" "echo \"$x\""]`);
});
