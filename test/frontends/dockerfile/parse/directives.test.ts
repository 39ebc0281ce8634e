import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createDirectiveReader,
  detectCheck,
  detectSyntax,
} from "../../../../src/frontends/dockerfile/parse/directives.js";
import type { Directive } from "../../../../src/frontends/dockerfile/parse/statement.js";

/** Text, and "line value|all of it" of what is found. */
const syntaxes: readonly (readonly [name: string, text: string, found: string | undefined])[] = [
  ["a comment", "# syntax=docker/dockerfile:1\nFROM a", "1 docker/dockerfile:1|docker/dockerfile:1"],
  ["up to the first space", "# syntax = a:b // opts\nFROM a", "1 a:b|a:b // opts"],
  ["a tab is part of it", "#\tSyntax\t=\ta\tb\t\r\nFROM a", "1 a\tb|a\tb"],
  ["after other directives", "# escape=`\n# check=x\n# syntax=a", "3 a|a"],
  ["after a shebang", "#!/usr/bin/x\n# syntax=a", "2 a|a"],
  ["not after a shebang and a blank line", "#!/usr/bin/x\n\n# syntax=a", undefined],
  ["not after a blank line", "\n# syntax=a", undefined],
  ["not after a comment", "# a\n# syntax=a", undefined],
  ["not in an indented comment", "  # syntax=a", undefined],
  ["not after one that is repeated", "# check=a\n# check=b\n# syntax=a", undefined],
  ["the first of two", "# syntax=a\n# syntax=b", "1 a|a"],
  ["none", "FROM a\n# syntax=b", undefined],
  ["without a value", "# syntax=\n", undefined],
  ["a blank value", "# syntax= \n", "1 | "],
  ["a value with =", "# syntax=a=b\n", "1 a=b|a=b"],
  ["another language's comment", "// syntax=foo\n// x=y", "1 foo|foo"],
  ["that comment without blanks, after a shebang", "#!/bin/x\n//syntax=foo bar", "2 foo|foo bar"],
  ["# before //", "# check=x\n// syntax=foo", undefined],
  ["a JSON document", '{"syntax": "foo", "bar": ["abc"]}', "0 foo|foo"],
  ["a JSON document of several lines", '\n{\n"syntax": "foo bar"\n}\n', "0 foo bar|foo bar"],
  ["a JSON document after a shebang", '#!x\n{"syntax": "foo"}', "1 foo|foo"],
  ["a JSON document whose syntax is no text", '{"syntax": 1}', undefined],
  ["a JSON document without one", '{"toString": "x"}', undefined],
  ["a JSON array", '["syntax"]', undefined],
  ["broken JSON", '{"syntax": "foo"', undefined],
  ["JSON with something after it", '{"syntax": "foo"}\n# syntax=bar', undefined],
];

for (const [name, text, found] of syntaxes) {
  test(`syntax: ${name}`, () => {
    assert.equal(shown(detectSyntax(text.split("\n"))), found);
  });
}

const checks: readonly (readonly [name: string, text: string, found: string | undefined])[] = [
  ["a comment", "# check=skip=A,B;error=true\n", "1 skip=A,B;error=true|skip=A,B;error=true"],
  ["up to the first space", "#check = skip=all // why\n", "1 skip=all|skip=all // why"],
  ["after a shebang", "#!x\n# check=a", "2 a|a"],
  ["not in another language's comment", "// check=a", undefined],
  ["not in JSON", '{"check": "a"}', undefined],
];

for (const [name, text, found] of checks) {
  test(`check: ${name}`, () => {
    assert.equal(shown(detectCheck(text.split("\n"))), found);
  });
}

function shown(directive: Directive | undefined): string | undefined {
  if (directive === undefined) return undefined;
  assert.equal(directive.range.start, directive.range.end);
  return `${directive.range.start} ${directive.value}|${directive.text}`;
}

test("a reader gives directives until a line is none, and nothing after it", () => {
  const read = createDirectiveReader("#");
  assert.deepEqual(read("# Escape=x"), { name: "escape", text: "x" });
  assert.deepEqual(read("#syntax  =  y z  "), { name: "syntax", text: "y z" });
  assert.equal(read("# 1check=a"), undefined);
  assert.equal(read("# check=a"), undefined);
});
