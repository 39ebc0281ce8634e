import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  replaceAll,
  replaceFirst,
  withoutPrefix,
  withoutSuffix,
} from "../../../../src/frontends/dockerfile/expand/pattern.js";
import { expandWord } from "../../../../src/frontends/dockerfile/expand/word.js";
import { lookupIn } from "./lookup.js";

for (const [word, values, text] of [
  // BuildKit's own.
  ["${FOO#()[]{\\}^$.\\*\\?|\\\\}", { FOO: "()[]{}^$.*?|\\x" }, "x"],
  ["${FOO%%\\**}", { FOO: "xx**" }, "xx"],
  ["${FOO#*x*y}", { FOO: "xxyy" }, "y"],
  ["${FOO#*}", { FOO: "xxyy" }, "xxyy"],
  ["${FOO#$BAR}", { FOO: "xxyy", BAR: "x" }, "xyy"],
  ["${FOO#$BAR}", { FOO: "xxyy", BAR: "" }, "xxyy"],
  ["${FOO#}", { FOO: "xxyy" }, "xxyy"],
  ["${FOO##*x}", { FOO: "xxyy" }, "yy"],
  ["${FOO##}", { FOO: "xxyy" }, "xxyy"],
  ["${FOO#?\\?}", { FOO: "???y" }, "?y"],
  ['${FOO#"a\\b"}', { FOO: "a\\bc" }, "c"],
  ["${FOO#'a\\b'}", { FOO: "a\\bc" }, "c"],
  ["${ABC:-.}${FOO%x}${ABC:-.}", { FOO: "xxyy" }, ".xxyy."],
  ["${FOO%%\\**\\*}", { FOO: "a***yy*" }, "a"],
  ["${FOO%}", { FOO: "xxyy" }, "xxyy"],
  ["${FOO%%$BAR}", { FOO: "xxyy", BAR: "" }, "xxyy"],
  [
    "${FOO/$NEEDLE/.} - ${FOO//$NEEDLE/.}",
    { FOO: "/foo*/*/*.txt", NEEDLE: "\\*/" },
    "/foo.*/*.txt - /foo..*.txt",
  ],
  [
    "${FOO/$NEEDLE/} - ${FOO//$NEEDLE/}",
    { FOO: "/tmp/tmp/bar.txt", NEEDLE: "/tmp" },
    "/tmp/bar.txt - /bar.txt",
  ],
  ["${FOO/$N/$R} - ${FOO//$N/$R}", { FOO: "/a/foo/b/c.txt", N: "/?/", R: "/" }, "/foo/b/c.txt - /foo/c.txt"],
  ["${FOO/$N/$R}", { FOO: "http://google.de", N: "http://", R: "https://" }, "https://google.de"],
  ["${FOO//\\//\\/}", { FOO: "/tmp/foo.txt" }, "\\/tmp\\/foo.txt"],
  ["${FOO/$BAR/ww}", { FOO: "xxyy", BAR: "" }, "wwxxyy"],
  ["${FOO///}", { FOO: "xxyy" }, "xxyy"],
  ["${FOO///}", {}, ""],
  // Characters are code points, and neither wildcard crosses a line feed.
  ["${FOO#?}", { FOO: "👽a" }, "a"],
  ["${FOO%?}", { FOO: "a👽" }, "a"],
  ["${FOO##*} ${FOO%%*} ${FOO#?}", { FOO: "\na" }, "\na \n \na"],
  ["${FOO##a*c}", { FOO: "a\nc" }, "a\nc"],
  // Quotes leave wildcards what they are.
  ["${FOO#'*'}${FOO#\"?\"}", { FOO: "*?" }, "*??"],
  // The escape character of a pattern is \ also where that of the Dockerfile is another.
  ["${FOO#$BAR}", { FOO: "*a", BAR: "\\*" }, "a"],
  // A pattern and a suffix swallow a byte order mark as a file does.
  ["${FOO#\uFEFFa}|${FOO%b\uFEFF}", { FOO: "ab" }, "b|a"],
  // The replacement of all is a template of Go's regexp package, that of one is not.
  ["${FOO/?/'$0$0'} ${FOO//?/'<$0>'}", { FOO: "ab" }, "$0$0b <a><b>"],
  ["${FOO//?/'${0}$1$x${y}$$-$'}", { FOO: "a" }, "a$-$"],
  // Empty matches: everywhere, but not behind another match.
  ["${FOO//$BAR/-}", { FOO: "👽b", BAR: "" }, "-👽-b-"],
  ["${FOO//*/-}", { FOO: "ab\nc" }, "-\n-"],
  ["${FOO//*/-}", { FOO: "\n\n" }, "-\n-\n-"],
  // The leftmost match, and of those the longest.
  ["${FOO/b*c/-}", { FOO: "abcbcbc" }, "a-"],
] as readonly [string, Record<string, string>, string][]) {
  test(`${JSON.stringify(word)} with ${JSON.stringify(values)} is ${JSON.stringify(text)}`, () => {
    assert.equal(expandWord(word, lookupIn(values)).text, text);
  });
}

test("a pattern full of stars, on which a backtracking matcher would never end, ends", () => {
  const pattern = "*a".repeat(50) + "b";
  const value = "a".repeat(10_000);
  assert.equal(withoutPrefix(value, pattern, { longest: true }), value);
  assert.equal(withoutSuffix(value, pattern, { longest: false }), value);
  assert.equal(replaceFirst(value, pattern, { replacement: "x" }), value);
  assert.equal(replaceAll(value, pattern, { replacement: "x" }), value);
});

/** What a backtracking matcher does, for patterns and values too short for it to hurt. */
function expression(pattern: string, { longest, at }: { longest: boolean; at: string }): RegExp {
  const source = pattern.replace(/[^]/gu, (point) => {
    if (point === "*") return longest ? "[^\\n]*" : "[^\\n]*?";
    return point === "?" ? "[^\\n]" : point === "\n" ? "\\n" : point;
  });
  return new RegExp(at.replace("PATTERN", `(?:${source})`), "u");
}

const unit = fc.constantFrom("a", "b", "👽", "\n");
const values = fc.string({ unit, maxLength: 8 });
const patterns = fc.string({ unit: fc.oneof(unit, fc.constantFrom("*", "?")), maxLength: 5 });

test("prefixes, suffixes and first matches are those that a regular expression finds", () => {
  fc.assert(
    fc.property(values, patterns, fc.boolean(), (value, pattern, longest) => {
      const prefix = expression(pattern, { longest, at: "^PATTERN" });
      assert.equal(withoutPrefix(value, pattern, { longest }), value.replace(prefix, ""));
      const backwards = (text: string): string => Array.from(text).reverse().join("");
      const mirrored = withoutPrefix(backwards(value), backwards(pattern), { longest });
      assert.equal(withoutSuffix(value, pattern, { longest }), backwards(mirrored));
      const first = expression(pattern, { longest: true, at: "PATTERN" });
      assert.equal(
        replaceFirst(value, pattern, { replacement: "$&" }),
        value.replace(first, () => "$&"),
      );
    }),
    { numRuns: 2000 },
  );
});
