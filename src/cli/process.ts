import { run } from "./run.js";
import { readInput } from "./input.js";
import { GantryError, nodeSystem } from "../index.js";
import { lostOutput, processOutput } from "./process-output.js";
import type { Terminal } from "./terminal.js";

/** Runs the command line on this process's own streams and signals, and ends the process with its status. */
export async function runProcess(argv: readonly string[]): Promise<void> {
  const interrupt = interruptible();
  // A stream whose reader has gone away while there was more to say stops the work, as SIGPIPE would; what was said last
  // ("gantry inspect … | head -1") is lost without a word.
  const unread = () => interrupt.stop(141);
  const stdout = processOutput(process.stdout, unread);
  const stderr = processOutput(process.stderr, unread);
  const terminal: Terminal = {
    stdin: readInput(process.stdin, process.stderr),
    stdout,
    stderr,
    system: { ...nodeSystem(), stdout: () => stdout.stream },
    signal: interrupt.signal,
    api: () => import("../index.js"),
  };
  const status = await run(argv, terminal);
  const lost = await stdout.flushed();
  if (lost !== undefined) stderr.write(lostOutput(lost));
  // Progress and messages that nobody can have change nothing of what was done.
  await stderr.flushed();
  // Sockets kept alive and idle workers must not hold the process back.
  if (status === 130) process.exit(interrupt.status() ?? 130);
  process.exit(lost === undefined ? status : 1);
}

interface Interrupt {
  readonly signal: AbortSignal;
  /** Asks the work to stop and clean up; the process then ends with the status. */
  stop(status: number): void;
  status(): number | undefined;
}

/** The first signal asks the work to stop and clean up, the second ends the process at once. */
function interruptible(): Interrupt {
  const controller = new AbortController();
  let status: number | undefined;
  const stop = (code: number) => {
    status ??= code;
    controller.abort(new GantryError("ERR_GANTRY_INTERRUPTED", "interrupted"));
  };
  for (const [name, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const) {
    process.on(name, () => {
      if (status !== undefined) process.exit(code);
      stop(code);
    });
  }
  return { signal: controller.signal, stop, status: () => status };
}
