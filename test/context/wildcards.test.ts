import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { piecesOf } from "../../src/context/ignore-pattern.js";
import { createMatcher } from "../../src/context/ignore.js";
import { matchAtOnce } from "../../src/context/wildcards.js";

const part = fc.constantFrom("a", "b", "/", "*", "**", "**/", "?", "[ab]", "[^a]", "\\\\*", "^", "\u{1f600}");
const pattern = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(""));
const path = fc.array(fc.constantFrom("a", "b", "/", "*", "\n", "^", "\u{1f600}"), { maxLength: 8 });

test("all ways at once match what a regular expression matches", () => {
  fc.assert(
    fc.property(pattern, path, (text, points) => {
      const pieces = piecesOf(text);
      const expression = new RegExp(`^${pieces.map(({ source }) => source).join("")}$`, "u");
      assert.equal(matchAtOnce(pieces, points.join("")), expression.test(points.join("")));
    }),
    { numRuns: 1000 },
  );
});

// By a regular expression each of these would be tried in more ways than there are seconds.
const many = [
  { pattern: `${"*a".repeat(30)}x`, matched: `${"ba".repeat(60)}x` },
  { pattern: `${"**/a*/".repeat(30)}x`, matched: `${"ab/".repeat(60)}x` },
  { pattern: `${"**a".repeat(30)}x`, matched: `${"a/".repeat(60)}ax` },
];

for (const { pattern: text, matched } of many) {
  test(`a pattern of many wildcards comes to an end: ${text.slice(0, 12)}`, () => {
    const matcher = createMatcher([text]);
    assert.equal(matcher.ignores(matched), true);
    assert.equal(matcher.ignores("a".repeat(4000)), false);
    assert.equal(matcher.ignores(`${"a".repeat(500)}/`.repeat(40)), false);
  });
}
