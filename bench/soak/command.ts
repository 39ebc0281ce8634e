import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));

/** How a command ended, and what it wrote. */
export interface Ended {
  /** Exit status, or the signal that ended it. */
  readonly status: number | string;
  readonly stdout: string;
  readonly stderr: string;
  /** Milliseconds from its start to its end. */
  readonly took: number;
}

export interface Command {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** What it wrote to stderr so far. */
  stderr(): string;
}

/** Where commands run: their cache, home and credentials are in the folder. */
export interface Room {
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts the command line in a process of its own. */
export function startCommand({ folder, env = {} }: Room, args: readonly string[]): Command {
  const began = performance.now();
  const child = spawn(process.execPath, [main, ...args], {
    cwd: folder,
    env: { PATH: process.env["PATH"], HOME: folder, GANTRY_CACHE_DIR: `${folder}/cache`, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (bytes: Buffer) => (stdout += bytes.toString()));
  child.stderr.on("data", (bytes: Buffer) => (stderr += bytes.toString()));
  const ended = once(child, "close").then(([code, signal]) => ({
    status: (code ?? signal) as number | string,
    stdout,
    stderr,
    took: performance.now() - began,
  }));
  return { child, ended, stderr: () => stderr };
}

/** Runs it to its end and expects status 0. */
export async function runCommand(room: Room, ...args: readonly string[]): Promise<Ended> {
  const ended = await startCommand(room, args).ended;
  if (ended.status !== 0)
    throw new Error(`gantry ${args.join(" ")} ended with ${ended.status}: ${ended.stderr.trim()}`);
  return ended;
}

/** Starts `gantry registry serve` on a folder and tells its host once it listens; port 0 takes a free one. */
export async function startServer(
  room: Room,
  dir: string,
  port = 0,
): Promise<Command & { readonly host: string }> {
  const command = startCommand(room, ["registry", "serve", "--addr", `127.0.0.1:${port}`, "--dir", dir]);
  const host = await Promise.race([
    once(command.child.stdout!, "data").then(([bytes]) => String(bytes).trim()),
    command.ended.then(({ status, stderr }) =>
      Promise.reject(new Error(`it ended with ${status}: ${stderr}`)),
    ),
  ]);
  return { ...command, host };
}
