import { rmSync } from "node:fs";
import { resolve } from "node:path";
import { canWriteZstd } from "../../src/codec/zstd.js";
import { compete, type Finished } from "./compete.js";
import { contests } from "./contests/contests.js";
import { hasTime } from "./measure.js";
import { parseOptions, type BenchOptions } from "./options.js";
import { findTools, toolNames } from "./peers/tools.js";
import { formatConclusion } from "./report/conclusion.js";
import { describeMachine, describeVersions } from "./report/machine.js";
import { contestResults } from "./report/results.js";
import { saveResults, writeResults } from "./report/save.js";
import { formatTable } from "./report/table.js";
import { openScratch } from "./scratch.js";
import { defaultWork } from "./workloads/workload.js";
import { workloads } from "./workloads/workloads.js";
import type { BenchContext } from "./bench-context.js";

/** `npm run bench`: gantry and its peers on the same files; `-- --help` says more. */
const options = readOptions();
if (options !== undefined) await bench(options);

async function bench(options: BenchOptions): Promise<void> {
  const context = openContext(options);
  const finished: Finished[] = [];
  for (const name of namesOf(options)) {
    const one = await compete(name, context, options);
    console.log(`\n${formatTable(one.contest, one.outcomes, one.verdicts)}`);
    finished.push(one);
  }
  rmSync(context.scratch, { recursive: true, force: true });
  report(finished, context, options);
  if (options.check) console.log(`\n${formatConclusion(finished)}`);
  const missed = finished.some(({ verdicts }) => verdicts.some(({ state }) => state === "missed"));
  const failed = finished.some(({ outcomes }) => outcomes.some(({ failed }) => failed !== undefined));
  process.exitCode = failed || (options.check && missed) ? 1 : 0;
}

/** Undefined where there is nothing to do but say so. */
function readOptions(): BenchOptions | undefined {
  try {
    return parseOptions(process.argv.slice(2), Object.keys(contests));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    onLine(error.message);
    process.exitCode = 2;
    return undefined;
  }
}

function report(
  finished: readonly Finished[],
  context: Omit<BenchContext, "ends">,
  { json, save }: BenchOptions,
): void {
  const results = {
    date: new Date().toISOString(),
    machine: describeMachine(),
    versions: describeVersions(context),
    contests: contestResults(finished),
  };
  if (json !== undefined) writeResults(json, results);
  if (save) for (const file of saveResults(results)) onLine(`wrote ${file}`);
}

function namesOf({ only, check }: BenchOptions): string[] {
  return Object.keys(contests).filter(
    (name) => (only?.includes(name) ?? true) && (!check || contests[name]!.checked),
  );
}

function openContext(options: BenchOptions): Omit<BenchContext, "ends"> {
  const tools = findTools();
  if (!tools.has("docker-registry")) throw new Error("docker-registry is not on the PATH");
  for (const tool of toolNames) if (!tools.has(tool)) onLine(`skipped: ${tool} is not here`);
  if (!hasTime) onLine("skipped: GNU time is not here, so CPU time and memory are not measured");
  const work = resolve(options.work ?? defaultWork(workloads));
  const scratch = openScratch(work);
  // Registries and peers keep what is temporary where the work folder is: the system's own may be small.
  process.env.TMPDIR = scratch;
  return { work, scratch, tools, zstdNode: zstdNodeOf(options), onLine };
}

function zstdNodeOf({ zstdNode }: BenchOptions): BenchContext["zstdNode"] {
  if (zstdNode !== undefined) return { path: zstdNode };
  if (canWriteZstd()) return { path: process.execPath };
  return { missing: `Node ${process.versions.node} has no zstd: --zstd-node PATH` };
}

function onLine(line: string): void {
  process.stderr.write(`${line}\n`);
}
