import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { GantryError } from "../../../../src/errors.js";
import type { ExpandOptions } from "../../../../src/frontends/dockerfile/expand/reading.js";
import { expandWord, expandWords } from "../../../../src/frontends/dockerfile/expand/word.js";
import { goQuote } from "../../../../src/frontends/dockerfile/go-text.js";
import { asked, faults, texts, variables } from "./word-vectors.js";
import { fault, lookupIn } from "./lookup.js";

test("every word of BuildKit's own table expands as there", () => {
  for (const [word, text] of texts) assert.equal(expandWord(word, lookupIn(variables)).text, text, word);
});

test("every word that BuildKit's own table refuses is refused with its message", () => {
  for (const [word, message] of faults) {
    assert.throws(
      () => expandWord(word, lookupIn(variables)),
      { code: "ERR_GANTRY_DOCKERFILE_INVALID", message: `failed to process ${goQuote(word)}: ${message}` },
      word,
    );
  }
});

test("every word of BuildKit's table of variables found and missed expands as there", () => {
  for (const [word, values, text, used, missing] of asked) {
    const expanded = expandWord(word, lookupIn(values));
    assert.equal(expanded.text, text, word);
    assert.equal([...expanded.used].sort().join(" "), used, word);
    assert.equal([...expanded.missing].sort().join(" "), missing, word);
  }
});

test("the variables that were asked for are told, by whether they were set", () => {
  const { used, missing } = expandWord("${A-$B} ${C:+x} $D$1 ${E#$F}", lookupIn({ A: "", E: "x", F: "" }));
  assert.deepEqual([...used].sort(), ["A", "E", "F"]);
  assert.deepEqual([...missing].sort(), ["1", "B", "C", "D"]);
});

test("what is quoted or escaped is not asked for", () => {
  const { used, missing } = expandWord("'$A' \\$B \"\\$C\" $.", () => assert.fail("asked"));
  assert.equal(used.size + missing.size, 0);
});

for (const [word, words, note] of [
  ["hello", ["hello"]],
  ["", []],
  [`"" ''`, [], "there are no empty words"],
  ["hello${hi}bye", ["hellobye"]],
  ["hello     there ", ["hello", "there"]],
  ["hello${space}bye", ["helloabc", "defbye"], "values are split too"],
  [`hello"\${space}"bye`, ["helloabc  defbye"], "but not in quotes"],
  [`hello "\${space}"bye`, ["hello", "abc  defbye"]],
  ["hello${leading}def", ["hello", "ab", "cdef"]],
  [`hello"\${leading}" def`, ["hello  ab c", "def"]],
  ["hello${trailing}d", ["helloab", "c", "d"]],
  [`hello"\${trailing}"d`, ["helloab c   d"]],
  [`hel"lo\${trailing}"`, ["helloab c   "]],
  [`hello" there  "`, ["hello there  "]],
  [String.raw`hello\ there`, ["hello there"]],
  [String.raw`hello\" there`, [`hello"`, "there"]],
  [String.raw`hello"\\there"`, [String.raw`hello\there`]],
  [String.raw`hello'\\there'`, [String.raw`hello\\there`]],
  ["hello'$there'", ["hello$there"]],
  [
    "a\u00a0b\u2003c\u0085d\u200be",
    ["a", "b", "c", "d\u200be"],
    "Unicode's blanks separate, a zero width space is none",
  ],
  ["a << \tb<c", ["a", "<< \tb<c"], "the mark of a heredoc keeps its name"],
  ["80${x:-81}", ["81"], "an operand loses the word before it, as BuildKit does"],
  [`a b"c\${x+d}"e`, ["a", "ce"], "within quotes, only what stood before them"],
] as readonly [string, readonly string[], string?][]) {
  test(`the words of ${JSON.stringify(word)} are ${JSON.stringify(words)}${note === undefined ? "" : `: ${note}`}`, () => {
    const values = { space: "abc  def", leading: "  ab c", trailing: "ab c   " };
    assert.deepEqual(expandWords(word, lookupIn(values)), words);
  });
}

const raw = { rawQuotes: true, rawEscapes: true } as const;

for (const [word, options, text] of [
  // As for the names of heredocs and for history texts.
  ["C:\\hello\\world", raw, "C:\\hello\\world"],
  ['"C:\\hello\\world"', raw, '"C:\\hello\\world"'],
  ['"a\\"b" "a\\\\b" "\\$FOO"', raw, '"a\\"b" "a\\\\b" "\\$FOO"'],
  ["\\$FOO $FOO a\\ b 'x\\y' z\\", raw, "\\$FOO bar a\\ b 'x\\y' z\\"],
  ["C:\\hello `$FOO $FOO", { ...raw, escape: "`" }, "C:\\hello `$FOO bar"],
  ['"a`tb" "a`"b"', { ...raw, escape: "`" }, '"a`tb" "a`"b"'],
  ['"a\\b"\\x', { rawEscapes: true }, "a\\\\b\\x"],
  ["\"a\\b\"'c'\\x", { rawQuotes: true }, "\"a\\b\"'c'x"],
  ['${U:-\\}"\\$"}', raw, '}"$"'],
  // Raw quotes are part of a pattern, which then does not match.
  ['$FOO ${WIN#"a\\b"}', raw, "bar a\\bc"],
  ["$FOO ${WIN#'a\\b'}", raw, "bar a\\bc"],
  ['$FOO ${WIN/"a\\b"/x}', raw, "bar a\\bc"],
  // References to what is not set stay, spelt anew.
  ["$U ${U} $1 $. ${FOO}", { keepUnset: true }, "$U ${U} $1 $. bar"],
  ["${U:-$FOO} ${U+'x'} ${U:?no} ${U%%*$FOO}", { keepUnset: true }, "${U:-bar} ${U+x} ${U:?no} ${U%%*bar}"],
  ["${U/a/b} ${U//a/b}", { keepUnset: true }, "${U/a/b} ${U/a/b}"],
  ["${U:x1}", { keepUnset: true }, "${U:x1}"],
  // The bodies of heredocs.
  [`it's "$FOO" '$FOO' \\$FOO "\\n"`, { quotes: "leave" }, `it's "bar" 'bar' $FOO "n"`],
  ["${U:-'x}", { quotes: "leave" }, "'x"],
  // The other escape character.
  ['`$FOO \\$FOO `` "`$" "`x" \'`\'', { escape: "`" }, "$FOO \\bar ` $ `x `"],
] as readonly [string, ExpandOptions, string][]) {
  test(`${JSON.stringify(word)} with ${JSON.stringify(options)} is ${JSON.stringify(text)}`, () => {
    assert.equal(expandWord(word, lookupIn({ FOO: "bar", WIN: "a\\bc" }), options).text, text);
  });
}

test("a byte order mark is swallowed at the start of a word only", () => {
  assert.equal(expandWord("\uFEFFa\uFEFF$A", lookupIn({ A: "\uFEFF" })).text, "a\uFEFF\uFEFF");
  assert.equal(expandWord("\uFEFF\uFEFF", lookupIn({})).text, "\uFEFF");
});

test("substitutions in each other beyond any sense are refused, whatever the stack can hold", () => {
  const nested = (depth: number): string => `${"${U:-".repeat(depth)}x${"}".repeat(depth)}`;
  assert.equal(expandWord(nested(500), lookupIn({})).text, "x");
  for (const depth of [501, 200_000]) {
    assert.throws(() => expandWord(nested(depth), lookupIn({})), { code: "ERR_GANTRY_LIMIT" });
  }
});

test("an error of the lookup itself goes through", () => {
  const broken = (): never => {
    throw new TypeError("broken");
  };
  assert.throws(() => expandWord("${A:-${B}", broken), new TypeError("broken"));
});

/** Texts full of what is special. */
const wild = fc.string({
  unit: fc.constantFrom(..."$${}}:-+?#%/\\`'\"< \n*?aAB01_.é👽\uFEFF", "${A", "${B/", "${U:-", "//"),
  maxLength: 24,
});
const options = fc.record({
  escape: fc.constantFrom("\\" as const, "`" as const),
  quotes: fc.constantFrom("process" as const, "leave" as const),
  keepUnset: fc.boolean(),
  rawQuotes: fc.boolean(),
  rawEscapes: fc.boolean(),
});

test("every text expands or is refused as an invalid word; nothing else happens", () => {
  fc.assert(
    fc.property(wild, wild, wild, options, (word, a, b, how) => {
      try {
        const { text, words } = expandWord(word, lookupIn({ A: a, B: b }), how);
        assert.equal(typeof text, "string");
        assert.ok(!words.includes(""));
      } catch (error) {
        assert.ok(
          error instanceof GantryError && error.code === "ERR_GANTRY_DOCKERFILE_INVALID",
          String(error),
        );
        assert.ok(error.message.startsWith(`failed to process ${goQuote(word)}: `));
      }
    }),
    { numRuns: 2000 },
  );
});

test("a text with nothing special in it is unchanged", () => {
  const dull = fc.string({ unit: "binary" }).filter((text) => !/[$'"\\\uFEFF]/.test(text));
  fc.assert(
    fc.property(dull, (text) => {
      assert.equal(expandWord(text, () => assert.fail("asked")).text, text);
    }),
  );
});

test("a value comes out as it is, and is not expanded again", () => {
  fc.assert(
    fc.property(wild, (value) => {
      const lookup = lookupIn({ A: value });
      for (const word of [
        "$A",
        "${A}",
        '"$A"',
        "${A:-$A}",
        "${U-$A}",
        '"${U:-"$A"}"',
        "${A+$A}",
        "${A#}",
        "${A%}",
      ]) {
        assert.equal(expandWord(word, lookup).text, value, word);
      }
    }),
  );
});

test("what came out without anything special stays as it is when expanded again", () => {
  fc.assert(
    fc.property(wild, wild, (word, a) => {
      let text: string;
      try {
        text = expandWord(word, lookupIn({ A: a })).text;
      } catch (error) {
        return void fault(error);
      }
      if (!/[$'"\\\uFEFF]/.test(text)) assert.equal(expandWord(text, lookupIn({})).text, text);
    }),
    { numRuns: 1000 },
  );
});
