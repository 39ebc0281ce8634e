import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRegistry } from "../../src/registry.js";
import { openRegistrySession } from "../../src/places/registry/session.js";
import { nodeSystem } from "../../src/system.js";
import { runCommand, startCommand, type Room } from "./command.js";
import { createRandom, randomBytes } from "./random.js";
import { readBack } from "./read-back.js";

export interface KillOptions {
  readonly kills: number;
  readonly seed: number;
  /** Bytes that each build packs and sends. */
  readonly size?: number;
  readonly report?: (line: string) => void;
}

export interface KillOutcome {
  readonly kills: number;
  /** What was wrong after a kill, a line each. */
  readonly wrong: readonly string[];
  /** How many kills struck during which kind of work. */
  readonly during: Readonly<Record<string, number>>;
}

/** One kill of a process, and what must hold afterwards. */
interface Bench extends Room {
  readonly registry: string;
  readonly build: readonly string[];
  readonly random: () => number;
}

/**
 * Kills builds with -9 at random moments: each packs new bytes into the cache, writes a layout and pushes to a registry.
 * After each kill `gantry cache verify` must find nothing wrong, the registry's and the layout's image must be whole,
 * the old one or the new one, and the next run must succeed, with the digest that a build without a cache gives.
 */
export async function soakBuildKills({
  kills,
  seed,
  size = 6_000_000,
  report = () => undefined,
}: KillOptions): Promise<KillOutcome> {
  const folder = mkdtempSync(join(tmpdir(), "gantry-kill-"));
  const registry = await createRegistry({ dir: join(folder, "registry"), requireBlobs: true });
  const bench = createBench(folder, registry.host, createRandom(seed));
  const wrong: string[] = [];
  const during: Record<string, number> = {};
  try {
    writeTree(folder, 0, size);
    const { took } = await runCommand(bench, ...bench.build);
    for (let killed = 0, turn = 1; killed < kills; turn++) {
      writeTree(folder, turn, size);
      const phase = await killOne(bench, triggers[turn % triggers.length]!, took * 0.3 * bench.random());
      if (phase === undefined) continue;
      killed++;
      during[phase] = (during[phase] ?? 0) + 1;
      await examine(bench).catch((error: Error) =>
        wrong.push(`kill ${killed} during ${phase}: ${error.message}`),
      );
      if (killed % 20 === 0)
        report(`builds: ${killed} of ${kills} kills, ${wrong.length} left something wrong`);
    }
    await runCommand(bench, "cache", "prune", "--all");
    await runCommand(bench, "cache", "verify");
  } finally {
    await registry.close();
    rmSync(folder, { recursive: true, force: true });
  }
  return { kills, wrong, during };
}

function createBench(folder: string, registry: string, random: () => number): Bench {
  const add = ["--add", "tree:/app", "--add", "large:/large"];
  const to = ["-t", `${registry}/app:1`, "--push", "-o", "type=oci,dest=layout"];
  const build = [
    "build",
    "--base",
    "scratch",
    ...add,
    "--compression",
    "gzip",
    ...to,
    "--progress",
    "rawjson",
  ];
  return { folder, registry, random, build };
}

/** Other bytes on each turn, so that nothing is cached. */
function writeTree(folder: string, turn: number, size: number): void {
  mkdirSync(join(folder, "tree"), { recursive: true });
  for (let file = 0; file < 40; file++) writeFileSync(join(folder, "tree", `${file}`), `${turn} ${file}`);
  writeFileSync(join(folder, "large"), Buffer.concat([...randomBytes(turn, { size })]));
}

/** A step of each kind that starts the time to the kill; the first is the start of the process. */
const triggers = [undefined, "layer", "output", "upload", "push"] as const;

/** Starts the build and kills it some time after a step began; what it was doing, or undefined where it had ended already. */
async function killOne(
  bench: Bench,
  trigger: (typeof triggers)[number],
  after: number,
): Promise<string | undefined> {
  const { child, ended, stderr } = startCommand(bench, bench.build);
  let timer: NodeJS.Timeout | undefined;
  const arm = () => {
    if (trigger === undefined || stderr().includes(`"kind":"${trigger}"`))
      timer ??= setTimeout(() => child.kill("SIGKILL"), after);
  };
  arm();
  child.stderr!.on("data", arm);
  const { status } = await ended;
  clearTimeout(timer);
  return status === "SIGKILL" ? phaseOf(stderr()) : undefined;
}

interface StepLine {
  readonly type: string;
  readonly id: number;
  readonly kind?: string;
}

/** The kinds of the steps under way, as the progress told of them. */
function phaseOf(progress: string): string {
  const running = new Map<number, string>();
  for (const line of progress.split("\n").filter((text) => text.endsWith("}"))) {
    const { type, id, kind } = JSON.parse(line) as StepLine;
    if (type === "step-start") running.set(id, kind!);
    else if (type === "step-end") running.delete(id);
  }
  if (progress === "") return "start";
  return [...new Set(running.values())].sort().join("+") || "between steps";
}

async function examine(bench: Bench): Promise<void> {
  await runCommand(bench, "cache", "verify");
  await readAll(bench);
  const printed = digestIn((await runCommand(bench, ...bench.build)).stdout);
  await runCommand(bench, "cache", "verify");
  for (const digest of await readAll(bench))
    if (digest !== printed) throw new Error(`the next run printed ${printed}, but ${digest} is there`);
  const fresh = { ...bench, env: { GANTRY_CACHE_DIR: join(bench.folder, "fresh") } };
  const again = digestIn((await runCommand(fresh, ...bench.build)).stdout);
  rmSync(join(bench.folder, "fresh"), { recursive: true });
  if (again !== printed) throw new Error(`the next run gave ${printed}, a build without a cache ${again}`);
}

/** Reads the images that are there to their last byte; their digests. */
async function readAll({ folder, registry }: Bench): Promise<string[]> {
  const session = openRegistrySession({ system: { ...nodeSystem(), env: {} } });
  try {
    const pushed = await readBack(session, `${registry}/app:1`);
    const copied = await runCommand({ folder }, "copy", "oci:layout", `oci:${folder}/copied`);
    rmSync(join(folder, "copied"), { recursive: true });
    return [pushed, digestIn(copied.stdout)];
  } finally {
    await session.close();
  }
}

function digestIn(text: string): string {
  const digest = /sha256:[0-9a-f]{64}/.exec(text)?.[0];
  if (digest === undefined) throw new Error(`no digest in ${JSON.stringify(text)}`);
  return digest;
}
