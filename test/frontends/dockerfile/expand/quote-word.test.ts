import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { quoteWord } from "../../../../src/frontends/dockerfile/expand/quote-word.js";
import { expandWord, expandWords } from "../../../../src/frontends/dockerfile/expand/word.js";

for (const [text, quoted] of [
  ["", '""'],
  ["plain/path.txt", "plain/path.txt"],
  ["a b", "a\\ b"],
  ["a b c d", "'a b c d'"],
  ["it's", "it\\'s"],
  ["it's a b c", '"it\'s a b c"'],
  ["$HOME", "\\$HOME"],
  ["$5 and $.", "'$5 and $.'"],
  ["100$", "100$"],
  ["C:\\dir", "C:\\\\dir"],
  ["C:\\a\\b\\c", "'C:\\a\\b\\c'"],
  ["\uFEFFx", "\\\uFEFFx"],
] as const) {
  test(`${JSON.stringify(text)} is written ${quoted}`, () => {
    assert.equal(quoteWord(text), quoted);
  });
}

test("with ` as the escape character, \\ is a character like others", () => {
  assert.equal(quoteWord("C:\\dir", "`"), "C:\\dir");
  assert.equal(quoteWord("a`b $c", "`"), "'a`b $c'");
});

const escapes = fc.constantFrom("\\" as const, "`" as const);
const texts = fc.string({
  unit: fc.oneof(
    fc.constantFrom(..."$${}'\"\\` \n<0_aé-*\uFEFF"),
    fc.string({ unit: "binary", minLength: 1 }),
  ),
  maxLength: 12,
});

test("expansion gives the text back, as one word, and asks for nothing", () => {
  fc.assert(
    fc.property(texts, escapes, (text, escape) => {
      const quoted = quoteWord(text, escape);
      const lookup = (): never => assert.fail("asked");
      assert.equal(expandWord(quoted, lookup, { escape }).text, text, quoted);
      assert.deepEqual(expandWords(quoted, lookup, { escape }), text === "" ? [] : [text], quoted);
    }),
    { numRuns: 3000 },
  );
});

test("no shorter spelling of a short text gives it back", () => {
  const alphabet = ["$", "'", '"', "\\", "a"];
  const shortest = new Map<string, number>();
  for (const spelling of allTexts(alphabet, 6)) {
    const [text, ...others] = spelled(spelling);
    if (text !== undefined && others.length === 0 && !shortest.has(text)) shortest.set(text, spelling.length);
  }
  for (const text of allTexts(alphabet, 3)) {
    assert.equal(quoteWord(text).length, shortest.get(text) ?? assert.fail(text), text);
  }
});

/** All texts of an alphabet from the shortest to the given length, but the empty one. */
function* allTexts(alphabet: readonly string[], length: number): Generator<string, void, undefined> {
  let texts = [""];
  for (let size = 1; size <= length; size++) {
    texts = texts.flatMap((text) => alphabet.map((point) => text + point));
    yield* texts;
  }
}

/** The words of a spelling that looks nothing up; none for one that is refused. */
function spelled(spelling: string): readonly string[] {
  try {
    const { text, words, missing } = expandWord(spelling, () => undefined);
    return missing.size === 0 && words.length === 1 && words[0] === text ? words : [];
  } catch {
    return [];
  }
}
