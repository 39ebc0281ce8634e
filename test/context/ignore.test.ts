import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createMatcher, parseIgnore } from "../../src/context/ignore.js";
import { GantryError } from "../../src/errors.js";

/** Patterns (separated by spaces), paths that are ignored, paths that are not. */
const table: readonly (readonly [patterns: string, ignored: string, kept: string])[] = [
  ["a", "a a/b a/b/c", "b/a ab"],
  ["a/", "a a/b", "b/a"],
  ["/a", "a a/b", "b/a"],
  ["./a/../b", "b b/c", "a"],
  ["a.b", "a.b", "axb"],
  ["*", "a a/b .a", ""],
  ["*/b", "a/b a/b/c", "b a/a/b"],
  ["*.md", "x.md .md", "a/x.md x.mdx"],
  ["a*c", "ac abc abbc a.c", "a/c ab"],
  ["?", "a é 😀", "ab"],
  ["a?c", "abc", "a/c ac"],
  ["[a-c]x", "ax cx", "dx x"],
  ["[^a-c]x", "dx", "ax"],
  ["[!a]x", "!x ax", "bx"],
  ["[\\]x]", "] x", "a"],
  ["[*?]", "* ?", "a"],
  ["\\*", "*", "a"],
  ["\\a\\d", "ad", "a1"],
  ["a\\b", "ab", "a/b"],
  ["(a)+|{b}$", "(a)+|{b}$", "aa"],
  ["a|b*", "a|b a|bc", "a b bc"],
  ["a]", "a]", "a"],
  ["^a", "^a", "a"],
  ["**", "a a/b", ""],
  ["**/a", "a b/a b/c/a b/a/c", "ba"],
  ["**file", "file dir/file dir/xfile", "file1"],
  ["**/*.log", "x.log a/x.log a/b/x.log", "x.log1"],
  ["a/**", "a/b a/b/c", "a"],
  ["a**", "a ab a/b", "b"],
  ["a/**/b", "a/b a/x/b a/x/y/b", "a/x b"],
  ["**/a/**", "a/b x/a/b", "a x/a"],
  ["**/**", "a a/b", ""],
  ["**a**/b", "a/b x/a/b a/q/b", "b xa/b"],
  ["* !b", "a a/b", "b b/c"],
  ["* !b b/c", "a b/c b/c/d", "b b/d"],
  ["a !a/b", "a a/c", "a/b a/b/c"],
  ["a !a/b a/b/c", "a a/b/c", "a/b a/b/d"],
  ["!a a", "a a/b", "b"],
  ["a !**/x", "a a/b", "a/x a/b/x x"],
  ["a !a/*.md", "a/b", "a/b.md"],
  ["A", "A", "a"],
  ["node_modules", "node_modules/x", "sub/node_modules/x"],
  // The folder's own match of the third pattern was not looked for, so what is in it does not inherit it.
  ["d !d/x d", "d d/y", "d/x"],
];

for (const [patterns, ignored, kept] of table) {
  test(`patterns ${patterns} ignore ${ignored || "nothing"} and keep ${kept || "nothing"}`, () => {
    const matcher = createMatcher(patterns.split(" "));
    const words = (text: string) => text.split(" ").filter((word) => word !== "");
    assert.deepEqual(
      words(ignored).filter((path) => !matcher.ignores(path)),
      [],
      "should be ignored",
    );
    assert.deepEqual(
      words(kept).filter((path) => matcher.ignores(path)),
      [],
      "should be kept",
    );
  });
}

test("an ignore file's comments, blank lines, byte order mark and line ends mean nothing", () => {
  const { patterns } = parseIgnore(
    "\ufeff# comment\r\n\r\n  a  \r\n #b\n/c/\n! /d//e \n\t\n./f",
    ".dockerignore",
  );
  assert.deepEqual(patterns, ["a", "#b", "c", "!d/e", "f"]);
});

test("a pattern keeps its inner blanks, and a space before # makes it a pattern", () => {
  const { matcher } = parseIgnore("a b\n #c", ".dockerignore");
  assert.equal(matcher.ignores("a b"), true);
  assert.equal(matcher.ignores("#c"), true);
});

const invalid: readonly (readonly [pattern: string, problem: RegExp])[] = [
  ["[", /pattern "\[" is not valid: its "\["/],
  ["a[]", /does not begin a class/],
  ["[a-]", /does not begin a class/],
  ["[-a]", /does not begin a class/],
  ["[z-a]", /range whose end comes before its start/],
  ["a\\", /ends with a backslash/],
  ["!", /pattern "!" excepts nothing/],
  ["!/", /excepts nothing/],
];

for (const [pattern, problem] of invalid) {
  test(`pattern ${pattern} is refused, naming file and line`, () => {
    const expected = { code: "ERR_GANTRY_SPEC_INVALID", message: problem };
    assert.throws(() => createMatcher([pattern]), expected);
    assert.throws(() => parseIgnore(`a\n\n${pattern}`, "ctx/.dockerignore"), {
      message: /^ctx\/\.dockerignore, line 3: /,
    });
  });
}

test("a folder can be skipped only where no exception can be below it", () => {
  const skips = (patterns: string, path: string) => createMatcher(patterns.split(" ")).canSkip(path);
  assert.equal(skips("a", "a"), true);
  assert.equal(skips("a", "b"), false);
  assert.equal(skips("a !b", "a"), true);
  assert.equal(skips("a !a/b/c", "a"), false);
  assert.equal(skips("a !a/b/c", "a/b"), false);
  assert.equal(skips("a !a/b/c", "a/x"), true);
  assert.equal(skips("a !a/b/**", "a/x"), true);
  assert.equal(skips("a !a/b/**", "a/b"), false);
  assert.equal(skips("a !**/x", "a/q"), false);
  assert.equal(skips("b/c !c/*/**", "b/c"), false);
});

const part = fc.constantFrom("a", "b", "ab", "*", "**", "a*", "?", "[ab]", "**b");
const pattern = fc
  .tuple(fc.boolean(), fc.array(part, { minLength: 1, maxLength: 4 }))
  .map(([exception, parts]) => (exception ? "!" : "") + parts.join("/"));
const path = fc.array(fc.constantFrom("a", "b", "ab", "c"), { minLength: 2, maxLength: 5 });

test("nothing below a folder that can be skipped is kept", () => {
  fc.assert(
    fc.property(fc.array(pattern, { maxLength: 6 }), path, (patterns, parts) => {
      const matcher = createMatcher(patterns);
      const folders = parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("/"));
      if (folders.some((folder) => matcher.canSkip(folder)))
        assert.equal(matcher.ignores(parts.join("/")), true);
    }),
  );
});

const line = fc.oneof(
  pattern,
  fc
    .array(
      fc.constantFrom(
        "a",
        "b",
        "*",
        "**",
        "/",
        "!",
        "#",
        " ",
        "[",
        "]",
        "^",
        "-",
        "\\\\",
        "?",
        "{",
        "|",
        "$",
        ".",
        "..",
        "\u{1f600}",
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join("")),
  fc.string({ maxLength: 12 }),
);

/** A pattern as a line that means it: cleaning takes the slashes away, blanks at the ends and comments are not read. */
function print(text: string): string {
  const start = /^(?:#|!?\s|!\/)/u.test(text) ? `/${text}` : text;
  return /\s$/u.test(start) ? `${start}/.` : start;
}

/** What a text is read as; undefined where it is refused. Fails on anything but a refusal. */
function read(lines: readonly string[]) {
  try {
    return parseIgnore(lines.join("\n"), ".dockerignore");
  } catch (error) {
    assert.ok(error instanceof GantryError, String(error));
    assert.equal(error.code, "ERR_GANTRY_SPEC_INVALID");
    return undefined;
  }
}

test("any lines are read or refused, and what was read is the same when it is printed and read again", () => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 6 }), fc.array(path, { maxLength: 5 }), (lines, paths) => {
      const first = read(lines);
      if (first === undefined) return;
      const again = read(first.patterns.map(print));
      assert.deepEqual(again?.patterns, first.patterns);
      for (const parts of paths) {
        const asked = parts.join("/");
        assert.equal(again!.matcher.ignores(asked), first.matcher.ignores(asked));
        assert.equal(again!.matcher.canSkip(asked), first.matcher.canSkip(asked));
      }
    }),
    { numRuns: 1000 },
  );
});
