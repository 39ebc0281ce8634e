import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { errorCodes } from "../src/errors.js";
import { GantryError } from "../src/index.js";
import { errorsFile, formatErrorReference } from "./support/error-reference.js";

test("docs/errors.md is what src/errors.ts says (else run node build/test/support/error-reference.js)", () => {
  assert.equal(readFileSync(errorsFile, "utf8"), formatErrorReference());
});

test("every code is a word of its own kind and says in one sentence when it comes and what to do", () => {
  for (const [code, { about, exitStatus }] of Object.entries(errorCodes)) {
    assert.match(code, /^ERR_GANTRY_[A-Z_]+$/);
    assert.match(about, /^[A-Z][^\n]{30,220}\.$/, code);
    assert.equal(new GantryError(code as keyof typeof errorCodes, "x").exitStatus, exitStatus);
  }
});
