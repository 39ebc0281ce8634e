import assert from "node:assert/strict";
import { test } from "node:test";
import { expandTemplate } from "../../../../src/frontends/dockerfile/expand/template.js";

// What Go 1.26's ReplaceAllString makes of them for an expression without groups that matched "m".
for (const [template, text] of [
  ["plain", "plain"],
  ["$0", "m"],
  ["${0}0", "m0"],
  ["$0x", ""],
  ["$00", ""],
  ["$1$12", ""],
  ["$name-${name}", "-"],
  ["$é한٣!", "!"],
  ["$$0", "$0"],
  ["$$$0", "$m"],
  ["$ ${ ${} ${0 $- $", "$ ${ ${} ${0 $- $"],
  ["${a b}", "${a b}"],
  ["\\$0\\", "\\m\\"],
] as const) {
  test(`${template} is ${JSON.stringify(text)}`, () => {
    assert.equal(expandTemplate(template, "m"), text);
  });
}
