import { join } from "node:path";
import { gantryMain } from "./paths.js";
import type { Run } from "./contest.js";
import type { Command } from "./measure.js";

/** What a process of gantry's runs with. */
export interface GantryProcess {
  /** Its cache: the run's own, and so cold, unless a folder that stays is named. */
  readonly cache?: string;
  /** The Node to run on; this process's own unless given. */
  readonly node?: string | undefined;
  readonly nodeFlags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A build that is pushed to the run's registry. */
export interface GantryBuild extends GantryProcess {
  /** The context folder. */
  readonly context: string;
  /** As `--add` takes them. */
  readonly add: readonly string[];
  readonly base?: string;
  /** Where to, other than to the run's one name. */
  readonly name?: string;
  readonly compression?: string;
  readonly flags?: readonly string[];
}

/** The command of one build. */
export function gantryBuild(run: Run, build: GantryBuild): Command {
  const { context, add, base = "scratch", compression = "gzip", flags = [], name = imageName(run) } = build;
  const adding = add.flatMap((each) => ["--add", each]);
  const rest = ["--compression", compression, "-t", name, "--push", ...flags];
  return gantry(run, ["build", context, "--base", base, ...adding, ...rest], build);
}

/** The command of anything that gantry does. */
export function gantry(run: Run, args: readonly string[], how: GantryProcess = {}): Command {
  const { cache = join(run.folder, "cache"), node = process.execPath, nodeFlags = [], env } = how;
  return {
    argv: [node, ...nodeFlags, gantryMain, ...args, "--progress", "quiet"],
    env: { ...env, GANTRY_CACHE_DIR: cache },
  };
}

/** The one name that every contender pushes to: the registry is the run's own. */
export function imageName({ host }: Run): string {
  return `${host}/bench/app:1`;
}
