import { CommanderError } from "commander";
import type { Command } from "commander";
import type { GantryError } from "../index.js";
import { createProgram } from "./program.js";
import { pointAt, printable } from "./text.js";
import { Exit } from "./terminal.js";
import type { Terminal } from "./terminal.js";

/** Runs one command line and returns the exit status: 0 done, else the error's own. Never throws. */
export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const program = await createProgram(terminal, argv);
  try {
    await program.parseAsync([...argv], { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof Exit) return error.status;
    if (error instanceof CommanderError) return reportUsage(error, commandOf(program, argv), terminal);
    return reportError(error, argv.includes("--debug"), terminal);
  }
}

/** The parser's own complaints, in one line, and where to read on. */
function reportUsage(error: CommanderError, command: string, { stderr }: Terminal): number {
  if (error.exitCode === 0) return 0;
  if (error.code === "commander.help") return 2;
  const message = error.message
    .replace(/^error: /, "")
    .replace(/\n\(Did you mean (.*)\?\)$/s, ' (did you mean "$1"?)')
    .replace(/^option '(?:-\w, )?(--[a-z-]+)[^']*' argument '(.*)' is invalid\. /s, "$1 $2: ");
  stderr.write(`gantry: ${printable(message)}\nSee "${command} --help".\n`);
  return 2;
}

/** "gantry index create", as far as the words name commands. */
function commandOf(program: Command, argv: readonly string[]): string {
  let command = program;
  let path = program.name();
  for (const word of argv.filter((text) => !text.startsWith("-"))) {
    const next = command.commands.find((candidate) => candidate.name() === word);
    if (next === undefined) break;
    command = next;
    path += ` ${word}`;
  }
  return path;
}

function reportError(error: unknown, debug: boolean, { stderr, signal }: Terminal): number {
  if (signal.aborted && isAbort(error, signal)) {
    stderr.write("gantry: interrupted\n");
    return 130;
  }
  const known = error as Partial<Pick<GantryError, "exitStatus" | "message" | "pointer">>;
  const expected = typeof known.exitStatus === "number";
  const message = typeof known.message === "string" ? known.message : String(error);
  stderr.write(`gantry: ${expected ? "" : "internal error: "}${printable(message)}\n`);
  if (known.pointer !== undefined) stderr.write(`${pointAt(known.pointer)}\n`);
  for (const part of partsOf(error)) stderr.write(`gantry:   ${printable(part)}\n`);
  if (debug) writeDetails(error, stderr);
  else if (!expected)
    stderr.write("This is a fault of gantry. The same command with --debug says where it happened.\n");
  return known.exitStatus ?? 1;
}

function isAbort(error: unknown, signal: AbortSignal): boolean {
  return error === signal.reason || (error instanceof Error && error.name === "AbortError");
}

/** The messages of the several errors that one stands for, where its own message does not say them already. */
function partsOf(error: unknown): string[] {
  const {
    message = "",
    errors,
    cause,
  } = error as { message?: string; errors?: unknown; cause?: { errors?: unknown } };
  const list = Array.isArray(errors) ? errors : Array.isArray(cause?.errors) ? cause.errors : [];
  return (list as unknown[])
    .map((part) => (part instanceof Error ? part.message : String(part)))
    .filter((text) => !message.includes(text));
}

function writeDetails(error: unknown, stderr: Terminal["stderr"]): void {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 10; cause = cause.cause, depth++) {
    const code = (cause as { code?: unknown }).code;
    stderr.write(`${depth === 0 ? "" : "caused by: "}${printable(cause.stack ?? cause.message)}\n`);
    if (typeof code === "string") stderr.write(`    code: ${code}\n`);
  }
}
