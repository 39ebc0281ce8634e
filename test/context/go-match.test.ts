import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compileGlob, isGlob } from "../../src/context/go-match.js";

/** Patterns, what they match and, behind the bar, what they do not: the behaviour of Go 1.26's path.Match. */
const table: readonly (readonly [pattern: string, names: string])[] = [
  ["abc", "abc|ab abcd Abc"],
  ["*", "abc .h|a/b"],
  ["*c", "abc c|cd a/c"],
  ["a*", "a abc|ab/c ba"],
  ["a*/b", "a/b abc/b|a/c/b"],
  ["a*b*c*d*e*/f", "axbxcxdxe/f axbxcxdxexxx/f|axbxcxdxe/xxx/f axbxcxdxexxx/fff"],
  ["a*b?c*x", "abxbbxdbxebxczzx|abxbbxdbxebxczzy"],
  ["ab[c]", "abc|abd"],
  ["ab[b-d]", "abc|aba"],
  ["ab[e-g]", "abe|abc"],
  ["ab[^c]", "abd ab/|abc ab"],
  ["ab[^b-d]", "abe|abc"],
  ["a\\*b", "a*b|ab axb"],
  ["a?b", "a\u263ab axb|a/b ab"],
  ["a[^a]b", "a\u263ab|aab"],
  ["a???b", "axyzb|a\u263ab"],
  ["[a-\u03b6]*", "\u03b1 b1|A"],
  ["*[a-\u03b6]", "xb|A"],
  ["[\\]a]", "] a|b"],
  ["[\\-]", "-|a"],
  ["[x\\-]", "x -|z"],
  ["[\\-x]", "- x|a"],
  ["[!a]", "! a|b"],
  ["*.*", "a.b .h|ab"],
  ["**", "ab|a/b"],
  ["?", "a \u{1F600}|ab /"],
  ["f[[]1]", "f[1]|f1"],
];

for (const [pattern, names] of table) {
  test(`${pattern} matches ${names.replace("|", ", not ")}`, () => {
    const matches = compileGlob(pattern);
    const [yes = "", no = ""] = names.split("|");
    for (const name of yes.split(" ")) assert.ok(matches(name), `${pattern} ${name}`);
    for (const name of no.split(" ")) assert.ok(!matches(name), `${pattern} not ${name}`);
  });
}

test("an empty pattern matches nothing but an empty name", () => {
  assert.deepEqual(["", "a"].map(compileGlob("")), [true, false]);
  assert.ok(compileGlob("*")(""));
});

for (const pattern of [
  "[]a]",
  "[-]",
  "[x-]",
  "[-x]",
  "[a-b-c]",
  "[",
  "[^",
  "[^bc",
  "a[",
  "a\\",
  "[a-",
  "[\\",
]) {
  test(`${pattern} is no pattern`, () => {
    assert.throws(() => compileGlob(pattern), {
      code: "ERR_GANTRY_DOCKERFILE_INVALID",
      message: /^syntax error in pattern/,
    });
  });
}

test("a wildcard behind a backslash is none", () => {
  assert.deepEqual(["a*", "?", "[", "a\\*", "\\\\*", "\\[", "a\\b", ""].map(isGlob), [
    ...[true, true, true, false, true],
    ...[false, false, false],
  ]);
});

/** Patterns of stars, question marks and letters, as a regular expression says them. */
test("a pattern without classes is the regular expression that it stands for", () => {
  const pattern = fc.string({ unit: fc.constantFrom("*", "?", "a", "b", "/", ".") });
  const name = fc.string({ unit: fc.constantFrom("a", "b", "/", ".") });
  fc.assert(
    fc.property(pattern, name, (text, candidate) => {
      const source = text.replaceAll(".", "\\.").replaceAll("*", "[^/]*").replaceAll("?", "[^/]");
      assert.equal(compileGlob(text)(candidate), new RegExp(`^(?:${source})$`).test(candidate));
    }),
  );
});
