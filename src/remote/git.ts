import { spawn, type ChildProcess } from "node:child_process";
import { access, constants, writeFile } from "node:fs/promises";
import { devNull } from "node:os";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { GantryError } from "../errors.js";
import { cleanText } from "../http/errors.js";
import type { System } from "../system.js";

/** Runs git with arguments to its end; what it wrote to stdout. Throws GitFailure where it fails. */
export type Git = (
  args: readonly string[],
  options: { readonly signal: AbortSignal | undefined },
) => Promise<string>;

/** What git said when it failed. */
export class GitFailure extends Error {
  constructor(said: string) {
    super(said);
    this.name = "GitFailure";
  }
}

/** Where git runs, and as whom. */
export interface GitOptions {
  /** Made for this alone and empty: git's own files and its configuration are kept in it. */
  readonly folder: string;
  readonly system: Pick<System, "env" | "platform">;
  /** A URL with the user and password for its origin; in a file, since others see arguments. */
  readonly credentials?: string | undefined;
}

/**
 * The installed git, cut off from this machine's configuration: no prompts, no hooks, no helpers, no file system
 * monitors, and of protocols only those that reach other hosts. Throws ERR_GANTRY_DOWNLOAD where there is none.
 */
export async function openGit({ folder, system, credentials }: GitOptions): Promise<Git> {
  const program = await findGit(system);
  // Under the names that git looks for at home: releases before 2.32 know no GIT_CONFIG_GLOBAL.
  const config = join(folder, ".gitconfig");
  await writeFile(config, settings.join("\n"), { mode: 0o600 });
  if (credentials !== undefined)
    await writeFile(join(folder, ".git-credentials"), `${credentials}\n`, { mode: 0o600 });
  const env = {
    ...{ ...inherited(system.env), ...closed, GIT_CONFIG_GLOBAL: config, HOME: folder },
    // No repository that the cache happens to lie in has a say.
    GIT_CEILING_DIRECTORIES: dirname(folder),
  };
  return (args, { signal }) =>
    run(program, args, { env, cwd: folder, hasGroups: system.platform !== "win32", signal });
}

const settings = [
  "[core]",
  `\thooksPath = ${devNull}`,
  "\tfsmonitor = false",
  "\tautocrlf = false",
  "\tsymlinks = true",
  "[init]",
  "\tdefaultBranch = master",
  "[advice]",
  "\tdetachedHead = false",
  // A server that has gone silent; one that counts objects says so every few seconds.
  "[http]",
  "\tlowSpeedLimit = 1",
  "\tlowSpeedTime = 600",
  "[fetch]",
  "\trecurseSubmodules = false",
  "[gc]",
  "\tauto = 0",
  "[maintenance]",
  "\tauto = false",
  // Asked by origin: a header of the configuration would go along to where a redirect leads.
  "[credential]",
  "\thelper = store",
  "",
];

/** What git must not take from the machine, and what it must not do. */
const closed = {
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_ATTR_NOSYSTEM: "1",
  GIT_TERMINAL_PROMPT: "0",
  GIT_ALLOW_PROTOCOL: "http:https:ssh:git",
  // A shared connection that ssh leaves behind would hold git's output open; 60 s of silence are its end.
  GIT_SSH_COMMAND:
    "ssh -o BatchMode=yes -o ControlMaster=no -o ConnectTimeout=60 -o ServerAliveInterval=20 -o ServerAliveCountMax=3",
  LC_ALL: "C",
};

const passedOn = [
  "PATH",
  "SYSTEMROOT",
  "TEMP",
  "TMP",
  "SSH_AUTH_SOCK",
  "GIT_SSL_CAINFO",
  "GIT_SSL_CAPATH",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  ...["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"].flatMap((name) => [name, name.toLowerCase()]),
];

function inherited(env: System["env"]): Record<string, string> {
  return Object.fromEntries(
    passedOn.flatMap((name) => {
      const value = env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

async function findGit({ env, platform }: GitOptions["system"]): Promise<string> {
  const name = platform === "win32" ? "git.exe" : "git";
  for (const folder of (env["PATH"] ?? "").split(delimiter)) {
    if (!isAbsolute(folder)) continue;
    const program = join(folder, name);
    const isThere = await access(program, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return program;
  }
  throw new GantryError(
    "ERR_GANTRY_DOWNLOAD",
    "git is not on the PATH, and a git repository is fetched by it: install git, or clone the repository before the build",
  );
}

/** The most that is kept of what git says. */
const mostOutput = 16 * 1024 * 1024;

function run(
  program: string,
  args: readonly string[],
  {
    env,
    cwd,
    hasGroups,
    signal,
  }: {
    readonly env: Record<string, string>;
    readonly cwd: string;
    readonly hasGroups: boolean;
    readonly signal: AbortSignal | undefined;
  },
): Promise<string> {
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const stdio = ["ignore", "pipe", "pipe"] as const;
    // A group of its own, since the helpers that git starts for a protocol do not end with it.
    const child = spawn(program, args, {
      env,
      cwd,
      stdio: [...stdio],
      detached: hasGroups,
      windowsHide: true,
    });
    let [output, said] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (output.length < mostOutput) output += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-4000)));
    const stop = () => endGroup(child, hasGroups);
    signal?.addEventListener("abort", stop, { once: true });
    child.on("error", (error) => {
      signal?.removeEventListener("abort", stop);
      reject(new GitFailure(error.message));
    });
    // Closed is said when those that git started have ended too: nothing writes into the folder any more.
    child.on("close", (status) => {
      signal?.removeEventListener("abort", stop);
      if (signal?.aborted === true) reject(signal.reason as Error);
      else if (status === 0) resolve(output);
      else reject(new GitFailure(lastWords(said) || `git ended with status ${status}`));
    });
  });
}

function endGroup(child: ChildProcess, hasGroups: boolean): void {
  try {
    if (hasGroups && child.pid !== undefined) process.kill(-child.pid, "SIGTERM");
    else child.kill();
  } catch {
    // It has ended by itself.
  }
}

/** What failed, on one line and without what steers a terminal. */
function lastWords(said: string): string {
  const lines = said.split(/[\r\n]+/).filter((line) => /^(fatal|error|remote|ssh|.*denied)/i.test(line));
  const all =
    lines.length > 0
      ? lines
      : said
          .trim()
          .split(/[\r\n]+/)
          .slice(-1);
  return cleanText(all.join("; "), 600);
}
