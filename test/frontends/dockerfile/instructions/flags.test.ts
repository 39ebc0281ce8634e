import assert from "node:assert/strict";
import { test } from "node:test";
import { readFlags } from "../../../../src/frontends/dockerfile/instructions/flags.js";

const types = { from: "text", link: "boolean", exclude: "texts" } as const;

for (const [flags, values] of [
  ["", {}],
  ["--from=a", { from: "a" }],
  ["--from=", { from: "" }],
  ["--from=a=b", { from: "a=b" }],
  ["--link", { link: true }],
  ["--link=TRUE", { link: true }],
  ["--link=false", { link: false }],
  ["--exclude=a --exclude=b", { exclude: ["a", "b"] }],
  ["--exclude=", { exclude: [""] }],
] as const) {
  test(`${flags || "no flag"} is read`, () => {
    assert.deepEqual({ ...readFlags(flags.split(" ").filter(Boolean), types) }, values);
  });
}

for (const [flags, message] of [
  ["--foo", /^unknown flag: --foo/],
  ["--FROM=a", /^unknown flag: --FROM/],
  ["--constructor", /^unknown flag: --constructor/],
  ["--from", /^missing a value on flag: --from$/],
  ["--exclude", /^missing a value on flag: --exclude$/],
  ["--link=", /^missing a value on flag: --link$/],
  ["--link=yes", /^expecting boolean value for flag --link, not: yes$/],
  ["--from=a --from=b", /^duplicate flag specified: --from$/],
  ["--link --link=false", /^duplicate flag specified: --link$/],
] as const) {
  test(`${flags} is an error`, () => {
    assert.throws(() => readFlags(flags.split(" "), types), {
      code: "ERR_GANTRY_DOCKERFILE_INVALID",
      message,
    });
  });
}
