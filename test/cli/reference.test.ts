import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { formatCliReference, referenceFile } from "../support/cli-reference.js";

test("docs/cli.md is what the program's help says (else run node build/test/support/cli-reference.js)", async () => {
  assert.equal(readFileSync(referenceFile, "utf8"), await formatCliReference());
});

test("every flag and argument has a description", async () => {
  const { createProgram } = await import("../../src/cli/program.js");
  const { fakeTerminal } = await import("./fake-terminal.js");
  const program = await createProgram(fakeTerminal().terminal);
  const commands = [program, ...program.commands, ...program.commands.flatMap((command) => command.commands)];
  for (const command of commands) {
    for (const { flags, description } of command.options)
      assert.notEqual(description, "", `${command.name()} ${flags}`);
    for (const { description } of command.registeredArguments)
      assert.notEqual(description, "", command.name());
  }
});
