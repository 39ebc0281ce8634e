import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

/** What is run: a program and its arguments, in an environment on top of this process's own. */
export interface Command {
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** What one run took. CPU and memory are unknown where GNU time is missing. */
export interface Sample {
  readonly seconds: number;
  /** User and system, of the process and all it waited for. */
  readonly cpuSeconds: number | undefined;
  /** The largest resident size of any one process, in bytes. */
  readonly peakBytes: number | undefined;
  /** The longest that the event loop was blocked, in milliseconds, where the run measures it. */
  readonly delayMs?: number;
}

const gnuTime = "/usr/bin/time";

/** Whether CPU time and memory can be measured here. */
export const hasTime: boolean = existsSync(gnuTime);

/** Runs a command under GNU time; `folder` is for its report. Rejects with what the command said where it fails. */
export async function measure(command: Command, folder: string): Promise<Sample> {
  const report = join(folder, "time.txt");
  const timed = hasTime ? [gnuTime, "-o", report, "-f", "%U %S %M"] : [];
  const begin = performance.now();
  await run({ ...command, argv: [...timed, ...command.argv] });
  const seconds = (performance.now() - begin) / 1000;
  if (!hasTime) return { seconds, cpuSeconds: undefined, peakBytes: undefined };
  const usage = readFileSync(report, "utf8").trim().split(" ").map(Number);
  rmSync(report);
  const [user = 0, system = 0, peakKiB = 0] = usage;
  return { seconds, cpuSeconds: user + system, peakBytes: peakKiB * 1024 };
}

/** Runs a command to its end. Rejects with the end of what it wrote to stderr where its status is not 0. */
export function run({ argv, env = {} }: Command): Promise<void> {
  const [program = "", ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, ...env },
    });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => (said = (said + String(chunk)).slice(-4000)));
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${argv.join(" ")} ended with ${code ?? signal}\n${said.trim()}`));
    });
  });
}

/** A line of bash whose pipes fail with any of their programs; `$1`… are the arguments. */
export function bash(line: string, ...args: readonly string[]): readonly string[] {
  return ["bash", "-o", "pipefail", "-ec", line, "bash", ...args];
}
