import assert from "node:assert/strict";
import { test } from "node:test";
import { expandWord } from "../../../../src/frontends/dockerfile/expand/word.js";
import { fault, lookupIn } from "./lookup.js";

function expanded(word: string, variables: Readonly<Record<string, string>> = {}): string {
  return expandWord(word, lookupIn(variables)).text;
}

function faultOf(word: string, variables: Readonly<Record<string, string>> = {}): string {
  try {
    return `no fault but ${expanded(word, variables)}`;
  } catch (error) {
    return fault(error);
  }
}

test("a missing value and an empty one are told apart by the colon", () => {
  const values = { SET: "s", EMPTY: "" };
  for (const [operator, set, empty, unset] of [
    ["-", "s", "", "w"],
    [":-", "s", "w", "w"],
    ["+", "w", "w", ""],
    [":+", "w", "", ""],
  ] as const) {
    const row = ["SET", "EMPTY", "UNSET"].map((name) => expanded(`\${${name}${operator}w}`, values));
    assert.deepEqual(row, [set, empty, unset], operator);
  }
});

test("a required variable is refused with the message given, or with one of its own", () => {
  const values = { VAR: "", ARG: "x" };
  assert.equal(expanded("${VAR?}${ARG:?}", values), "x");
  assert.equal(faultOf("${VAR:?message here$ARG}", values), "VAR: message herex");
  assert.equal(faultOf("${U?message here$ARG}", values), "U: message herex");
  assert.equal(faultOf("${VAR:?}", values), "VAR: is not allowed to be empty");
  assert.equal(faultOf("${U:?}", values), "U: is not allowed to be unset");
  assert.equal(faultOf("${U?$U}", values), "U: is not allowed to be unset");
});

test("an operand is expanded, with its own quotes, also where it is not used", () => {
  assert.equal(expanded("${U:-${V:-\"}\"'}'\\}}}", {}), "}}}");
  assert.equal(expanded('"${U:-"a b"}"'), "a b");
  assert.equal(faultOf("${A:-${}}", { A: "a" }), "syntax error: bad substitution");
});

for (const [word, message] of [
  ["${}", "syntax error: bad substitution"],
  ["${{A}}", "syntax error: bad substitution"],
  ["${:-x}", "syntax error: bad substitution"],
  ["${", "syntax error: missing '}'"],
  ["${A:", "syntax error: missing '}'"],
  ["${A-x", "syntax error: missing '}'"],
  ["${A-'x", "syntax error: missing '}'"],
  ["${A-\\", "syntax error: missing '}'"],
  ["${A:-${B?}", "syntax error: missing '}'"],
  ["${A", "unsupported modifier (\uFFFD) in substitution"],
  ["${A=x}", "unsupported modifier (=) in substitution"],
  ["${A:=x}", "unsupported modifier (:=) in substitution"],
  ["${A:👽x}", "unsupported modifier (:👽) in substitution"],
  ["${A:#x}", "unsupported modifier (:#) in substitution"],
  ["${A:%%x}", "unsupported modifier (:%) in substitution"],
  ["${A:}}", "unsupported modifier (:}) in substitution"],
  ["${A[0]}", "unsupported modifier ([) in substitution"],
  ["${A/x}", "syntax error: missing '/' in ${}"],
  ["${A//x}y", "syntax error: missing '/' in ${}"],
  ["${A/x/y", "syntax error: missing '}'"],
  ["${A#\\x}", "invalid pattern (\\x) in substitution: invalid escape '\\x'"],
  ["${A%\\x👽}", "invalid pattern (👽\\x) in substitution: invalid escape '\\x'"],
  ["${A/\\$/}", "invalid pattern (\\$) in substitution: invalid escape '\\$'"],
  ["${A#$P}", "invalid pattern (\\\\\\) in substitution: invalid escape '\\\uFFFD'"],
  ["'a", "unexpected end of statement while looking for matching single-quote"],
  ['"a\\', "unexpected end of statement while looking for matching double-quote"],
] as const) {
  test(`${word} is refused: ${message}`, () => {
    assert.equal(faultOf(word, { A: "a", P: "\\\\\\" }), message);
  });
}

test("names are letters, digits and _ of Unicode, a run of digits, or one special parameter", () => {
  const values = { É_1: "é", 한국: "k", "12": "n", "٣": "d", "#": "h", "-": "m", "": "nothing", $: "s" };
  assert.equal(expanded("$É_1.$한국.$12a.$٣x.$#a.$$x", values), "é.k.na.dx.ha.sx");
  assert.equal(expanded("${#}${--x}${-}${$}", values), "hmms");
  assert.equal(expanded("$é$\u{1D400}$½$\u0301", values), "$½$\u0301");
  assert.equal(
    expanded("${+x}${/n/N}", { "": "none" }),
    "xNone",
    "before an operator that is no name, the name is empty",
  );
});

test("a $ that no name follows is itself", () => {
  assert.equal(expanded("$ $. $= $' '$ \"$\" $\\a $<< $"), "$ $. $= $ $ $ $a $<< $");
});
