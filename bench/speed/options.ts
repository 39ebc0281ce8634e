import { parseArgs } from "node:util";

/** What the bench was asked for. */
export interface BenchOptions {
  readonly runs: number;
  /** Names of contests; all of them unless given. */
  readonly only: readonly string[] | undefined;
  readonly check: boolean;
  readonly save: boolean;
  readonly work: string | undefined;
  readonly json: string | undefined;
  readonly zstdNode: string | undefined;
}

const help = `Usage: npm run bench -- [options]

Compares gantry with other builders on the same files, run by run, each pushing to an empty registry on this machine.

  --check           run what has targets; exit 1 where one is missed
  --only NAME,…     run these contests only: %s
  --runs N          timed rounds after one to warm up (default 5; with 1 there is no warm-up)
  --work DIR        keep the workloads here (default: in the system's folder for temporary files)
  --zstd-node PATH  a Node from 22.15 on for the zstd contenders, where this one is older
  --json FILE       write every figure to a file
  --save            write bench/results/DATE.json and bench/results/chart.svg
  --help            print this

Needs docker-registry on the PATH, and GNU time for CPU and memory. Peers are used where they are on the PATH:
crane, buildah, buildctl with its daemon, docker buildx, skopeo.`;

/** Reads the command line; undefined where help was asked for and printed. Throws a TypeError for what it does not know. */
export function parseOptions(args: readonly string[], names: readonly string[]): BenchOptions | undefined {
  const { values } = parseArgs({ args: [...args], options: flags });
  if (values.help === true) {
    console.log(help.replace("%s", names.join(", ")));
    return undefined;
  }
  const { check = false, save = false, work, json, "zstd-node": zstdNode } = values;
  const only = values.only?.split(",");
  const unknown = only?.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new TypeError(`no contest is named ${unknown}: there are ${names.join(", ")}`);
  return { runs: parseRuns(values.runs ?? "5"), only, check, save, work, json, zstdNode };
}

const flags = {
  runs: { type: "string" },
  only: { type: "string" },
  check: { type: "boolean" },
  save: { type: "boolean" },
  work: { type: "string" },
  json: { type: "string" },
  "zstd-node": { type: "string" },
  help: { type: "boolean" },
} as const;

function parseRuns(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text)) throw new TypeError(`--runs is ${text}: expected a number from 1 on`);
  return Number(text);
}
