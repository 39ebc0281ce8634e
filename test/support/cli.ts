import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestContext } from "node:test";

const main = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));

/** What a run of the command line left behind. */
export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string | Uint8Array;
}

/** A folder, and a `gantry` whose cache, home and credentials are in it: tests do not meet each other or the user. */
export interface Sandbox {
  readonly folder: string;
  /** Runs the command line to its end, whatever the status. */
  run(args: readonly string[], options?: RunOptions): Promise<Ran>;
  /** Runs it and expects status 0; what it wrote to stdout. */
  gantry(...args: readonly string[]): Promise<string>;
}

export function createSandbox(t: Pick<TestContext, "after">): Sandbox {
  const folder = mkdtempSync(join(tmpdir(), "gantry-cli-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const own = {
    PATH: process.env.PATH,
    HOME: folder,
    GANTRY_CACHE_DIR: join(folder, ".gantry"),
    DOCKER_CONFIG: join(folder, ".docker"),
    XDG_RUNTIME_DIR: join(folder, ".run"),
    XDG_CONFIG_HOME: join(folder, ".config"),
    NO_COLOR: "1",
  };
  const run = (
    args: readonly string[],
    { cwd = folder, env = {}, input = "" }: RunOptions = {},
  ): Promise<Ran> =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [main, ...args], { cwd, env: { ...own, ...env } });
      let [stdout, stderr] = ["", ""];
      child.stdout.on("data", (bytes: Buffer) => (stdout += bytes.toString()));
      child.stderr.on("data", (bytes: Buffer) => (stderr += bytes.toString()));
      child.on("error", reject);
      child.on("close", (status) => resolve({ status, stdout, stderr }));
      child.stdin.on("error", () => undefined);
      child.stdin.end(input);
    });
  return {
    folder,
    run,
    async gantry(...args) {
      const { status, stdout, stderr } = await run(args);
      if (status !== 0) throw new Error(`gantry ${args.join(" ")} ended with ${status}: ${stderr}`);
      return stdout;
    },
  };
}
