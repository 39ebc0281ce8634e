import { gantryMain } from "./paths.js";
import { join } from "node:path";
import type { Command } from "./measure.js";
import type { Run } from "./contest.js";

/** A build that is pushed to the run's registry. */
export interface GantryBuild {
  /** The context folder. */
  readonly context: string;
  /** As `--add` takes them. */
  readonly add: readonly string[];
  readonly compression?: string;
  readonly flags?: readonly string[];
  /** The Node to run on; this process's own unless given. */
  readonly node?: string | undefined;
  readonly nodeFlags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** The command of one build. Its cache is the run's own, so that it is cold, unless a folder that stays is named. */
export function gantryBuild(
  run: Run,
  build: GantryBuild,
  cache: string = join(run.folder, "cache"),
): Command {
  const { context, add, compression, flags = ["--base", "scratch"], env } = build;
  const { node = process.execPath, nodeFlags = [] } = build;
  return {
    argv: [
      ...[node, ...nodeFlags, gantryMain, "build", context, ...flags],
      ...add.flatMap((each) => ["--add", each]),
      ...(compression === undefined ? [] : ["--compression", compression]),
      ...["-t", imageName(run), "--push", "--progress", "quiet"],
    ],
    env: { ...env, GANTRY_CACHE_DIR: cache },
  };
}

/** The one name that every contender pushes to: the registry is the run's own. */
export function imageName({ host }: Run): string {
  return `${host}/bench/app:1`;
}
