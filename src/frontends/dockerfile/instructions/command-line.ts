import { parseJsonArray } from "../parse/json-array.js";
import type { Statement } from "../parse/statement.js";
import { readFlags } from "./flags.js";
import type { CommandInstruction, CommandLine, RunInstruction, ShellInstruction } from "./instruction.js";
import { invalid, requireArguments } from "./invalid.js";
import { quote } from "../../../model/quote.js";

/** CMD and ENTRYPOINT. */
export function parseCommand(statement: Statement, type: CommandInstruction["type"]): CommandInstruction {
  const command = commandLine(statement.rest);
  readFlags(statement.flags, {});
  return { type, statement, command };
}

/** RUN: its flags are for whoever runs it. */
export function parseRun(statement: Statement): RunInstruction {
  return { type: "RUN", statement, command: commandLine(statement.rest) };
}

/** `SHELL ["word", …]`. */
export function parseShell(statement: Statement): ShellInstruction {
  const words = parseJsonArray(statement.rest);
  readFlags(statement.flags, {});
  if (statement.rest === "" || words?.length === 0) requireArguments("SHELL", []);
  if (words === undefined)
    throw invalid(`SHELL requires the arguments to be in JSON form, got ${quote(statement.rest)}`);
  return { type: "SHELL", statement, words };
}

/** JSON is words, anything else is one text for a shell; nothing is no words for a shell. */
export function commandLine(rest: string): CommandLine {
  const words = parseJsonArray(rest);
  if (words !== undefined) return { words, forShell: false };
  return { words: rest === "" ? [] : [rest], forShell: true };
}
