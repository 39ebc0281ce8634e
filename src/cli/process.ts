import { run } from "./run.js";
import { readInput } from "./input.js";
import { GantryError, nodeSystem } from "../index.js";
import type { Output, Terminal } from "./terminal.js";

/** Runs the command line on this process's own streams and signals, and ends the process with its status. */
export async function runProcess(argv: readonly string[]): Promise<void> {
  const interrupt = interruptible();
  const terminal: Terminal = {
    stdin: readInput(process.stdin, process.stderr),
    stdout: outputOf(process.stdout, interrupt),
    stderr: outputOf(process.stderr, interrupt),
    system: nodeSystem(),
    signal: interrupt.signal,
    api: () => import("../index.js"),
  };
  const status = await run(argv, terminal);
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  // Sockets kept alive and idle workers must not hold the process back.
  process.exit(status === 130 ? (interrupt.status() ?? 130) : status);
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

/**
 * A stream whose reader has gone away while there was more to say stops the work, as SIGPIPE would; what was said last
 * ("gantry inspect … | head -1") is lost without a word.
 */
function outputOf(stream: NodeJS.WriteStream, interrupt: Interrupt): Output {
  let closed = false;
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE" && error.code !== "ERR_STREAM_DESTROYED") throw error;
    closed = true;
    interrupt.stop(141);
  });
  return {
    write: (text) => {
      if (!closed) stream.write(text);
    },
    isTTY: stream.isTTY === true,
    get columns() {
      return stream.columns as number | undefined;
    },
    get rows() {
      return stream.rows as number | undefined;
    },
  };
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableLength === 0) resolve();
    else stream.write("", () => resolve());
  });
}
