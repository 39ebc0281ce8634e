import { spawn } from "node:child_process";
import { GantryError } from "../errors.js";
import type { ChildProcessByStdio } from "node:child_process";
import type { Readable } from "node:stream";
import type { Programs } from "../plan/world.js";
import type { System } from "../system.js";

/** A line that has no end is told in pieces of so many characters. */
const longestLine = 8192;
/** How long a program that was asked to end may take for it, in milliseconds. */
const patience = 10_000;
/** How long is listened to what a program left behind when it ended, in milliseconds. */
const lingering = 2000;

/** Runs a program as `Programs.run` promises. */
export async function runProgram(
  program: string,
  args: readonly string[],
  {
    signal,
    onLine,
    system: { env, cwd, platform },
  }: Parameters<Programs["run"]>[2] & { readonly system: System },
): Promise<{ readonly status: number | undefined }> {
  signal?.throwIfAborted();
  // A group of its own, so that all it starts can be ended with it.
  const detached = platform !== "win32";
  const child = spawn(program, args, {
    ...{ cwd, env: { ...env }, detached, windowsHide: true },
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const output of [child.stdout, child.stderr]) readLines(output, onLine);
  const ended = new Promise<number | undefined>((resolve, reject) => {
    child.on("error", (error) =>
      reject(
        new GantryError("ERR_GANTRY_ENGINE", `${program} cannot be started: ${error.message}`, {
          cause: error,
        }),
      ),
    );
    child.on("close", (status) => resolve(status ?? undefined));
  });
  let [timer, left]: (NodeJS.Timeout | undefined)[] = [];
  // What has left the group may hold its end of the pipes for ever.
  const hangUp = () => {
    child.stdout.destroy();
    child.stderr.destroy();
  };
  child.on("exit", () => (left = setTimeout(hangUp, lingering)));
  const stop = () => {
    end(child, detached, "SIGTERM");
    timer = setTimeout(() => {
      end(child, detached, "SIGKILL");
      hangUp();
    }, patience);
  };
  signal?.addEventListener("abort", stop, { once: true });
  try {
    const status = await ended;
    signal?.throwIfAborted();
    return { status };
  } finally {
    signal?.removeEventListener("abort", stop);
    clearTimeout(timer);
    clearTimeout(left);
  }
}

function end(
  child: ChildProcessByStdio<null, Readable, Readable>,
  asGroup: boolean,
  signal: "SIGTERM" | "SIGKILL",
): void {
  const { pid } = child;
  if (pid === undefined) return;
  try {
    process.kill(asGroup ? -pid : pid, signal);
  } catch {
    // It has ended by itself.
  }
}

/** Tells lines as they come, without what ends them; a carriage return ends one too, as a bar that is drawn anew has it. */
function readLines(output: Readable, onLine: (line: string) => void): void {
  let rest = "";
  output.setEncoding("utf8");
  output.on("data", (text: string) => {
    const lines = (rest + text).split(/\r\n|[\r\n]/);
    rest = lines.pop()!;
    while (rest.length > longestLine) {
      lines.push(rest.slice(0, longestLine));
      rest = rest.slice(longestLine);
    }
    for (const line of lines) if (line !== "") onLine(line);
  });
  output.on("end", () => {
    if (rest !== "") onLine(rest);
  });
}
