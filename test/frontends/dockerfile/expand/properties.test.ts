import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { GantryError } from "../../../../src/errors.js";
import { expandWord, expandWords } from "../../../../src/frontends/dockerfile/expand/word.js";

const escapes = fc.constantFrom("\\" as const, "`" as const);
const pieces = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(..."$${}'\"\\` \n\t<0_aAé-+=:?*#%/\uFEFF") },
  {
    weight: 2,
    arbitrary: fc.constantFrom("${A", "${N:-", "${A//", "${A#", "${A%%", "$A", "<<", "\\$", "${"),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary", minLength: 1, maxLength: 2 }) },
);
const words = fc.array(pieces, { maxLength: 14 }).map((parts) => parts.join(""));
const variables: Readonly<Record<string, string>> = { A: "a*b/a $N 'q' \"\\", "0": "zero", _: "" };

/** A text as a word that means it: every character by itself. */
function print(text: string, escape: string): string {
  return text === "" ? '""' : [...text].map((point) => escape + point).join("");
}

/** What a word comes to; undefined where it is refused. Fails on anything but a refusal. */
function expand(word: string, escape: "\\" | "`"): string | undefined {
  try {
    return expandWord(word, (name) => variables[name], { escape }).text;
  } catch (error) {
    assert.ok(error instanceof GantryError, String(error));
    assert.equal(error.code, "ERR_GANTRY_DOCKERFILE_INVALID");
    return undefined;
  }
}

test("any word is expanded or refused, and what came of it is the same when it is printed and expanded again", () => {
  fc.assert(
    fc.property(words, escapes, (word, escape) => {
      const text = expand(word, escape);
      if (text === undefined) return;
      const printed = print(text, escape);
      const asked = (): never => assert.fail("asked");
      assert.equal(expandWord(printed, asked, { escape }).text, text);
      assert.deepEqual(expandWords(printed, asked, { escape }), text === "" ? [] : [text]);
      assert.equal(expand(printed, escape), text);
    }),
    { numRuns: 3000 },
  );
});

test("a quoted text comes back, in either quotes", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 20 }), escapes, (text, escape) => {
      const inDouble = text.replace(/["$\\`]/g, (point) =>
        point === '"' || point === "$" || point === escape ? escape + point : point,
      );
      assert.equal(expand(`"${inDouble}"`, escape), text);
      if (!text.includes("'")) assert.equal(expand(`'${text}'`, escape), text);
    }),
    { numRuns: 1000 },
  );
});
