import assert from "node:assert/strict";
import { GantryError } from "../../../../src/errors.js";
import type { Lookup } from "../../../../src/frontends/dockerfile/expand/reading.js";

/** Looks variables up in an object's own properties. */
export function lookupIn(variables: Readonly<Record<string, string>>): Lookup {
  return (name) => (Object.hasOwn(variables, name) ? variables[name] : undefined);
}

/** What an error says is wrong with a word, without the phrase that has the word; fails for any other error. */
export function fault(error: unknown): string {
  assert.ok(error instanceof GantryError && error.code === "ERR_GANTRY_DOCKERFILE_INVALID", String(error));
  return error.message.replace(/^failed to process "(?:[^"\\]|\\[^])*": /, "");
}
