import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { canWriteZstd } from "../../src/codec/zstd.js";
import type { BenchContext } from "./bench-context.js";
import type { Contender, Contest } from "./contest.js";
import { contests } from "./contests/contests.js";
import { parseOptions, type BenchOptions } from "./options.js";
import { findTools, toolNames, type Tools } from "./peers/tools.js";
import { formatTable, formatVerdict } from "./report/table.js";
import { runContest, type Outcome } from "./run-contest.js";
import { judge, type Verdict } from "./verdict.js";
import { nodeModules } from "./workloads/node-modules.js";
import { program } from "./workloads/program.js";
import { defaultWork } from "./workloads/workload.js";

/** `npm run bench`: gantry and its peers on the same files; `-- --help` says more. */
interface Finished {
  readonly contest: Contest;
  readonly outcomes: readonly Outcome[];
  readonly verdicts: readonly Verdict[];
}

const onLine = (line: string): void => void process.stderr.write(`${line}\n`);

const options = parseOptions(process.argv.slice(2), Object.keys(contests));
if (options !== undefined) await bench(options);

async function bench(options: BenchOptions): Promise<void> {
  const tools = findTools();
  if (!tools.has("docker-registry")) throw new Error("docker-registry is not on the PATH");
  for (const tool of toolNames) if (!tools.has(tool)) onLine(`skipped: ${tool} is not here`);
  const work = options.work ?? defaultWork([program, nodeModules]);
  const context = { work, tools, zstdNode: zstdNodeOf(options), onLine };
  const scratch = join(work, "runs");
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  // Registries and peers keep what is temporary where the work folder is: the system's own may be small.
  process.env.TMPDIR = scratch;
  const finished: Finished[] = [];
  for (const name of options.only ?? Object.keys(contests)) {
    const one = await compete(name, context, options);
    if (one === undefined) continue;
    console.log(`\n${formatTable(one.contest, one.outcomes, one.verdicts)}`);
    finished.push(one);
  }
  rmSync(scratch, { recursive: true, force: true });
  if (options.check) conclude(finished);
}

async function compete(
  name: string,
  context: BenchContext,
  { runs, check }: BenchOptions,
): Promise<Finished | undefined> {
  const contest = entered(await contests[name]!(context), context.tools, check);
  if (check && contest.targets.length === 0) return undefined;
  const counted = check
    ? contest.targets.some(({ metric }) => metric === "requests")
    : contest.counted !== false;
  const folder = join(context.work, "runs");
  const outcomes = await runContest(contest, { runs, counting: counted, folder, onLine });
  return { contest, outcomes, verdicts: judge(contest, outcomes) };
}

/** Marks who cannot take part; in a check, leaves out who is in no target. */
function entered(contest: Contest, tools: Tools, check: boolean): Contest {
  const named = new Set(contest.targets.flatMap(({ of, to }) => [of, to]));
  const contenders = contest.contenders
    .filter(({ name }) => !check || named.has(name))
    .map((contender): Contender => {
      const { needs, skipped } = contender;
      const missing = needs === undefined || tools.has(needs) ? undefined : `${needs} is not here`;
      return { ...contender, skipped: skipped ?? missing };
    });
  return { ...contest, contenders };
}

function zstdNodeOf({ zstdNode }: BenchOptions): BenchContext["zstdNode"] {
  if (zstdNode !== undefined) return { path: zstdNode };
  if (canWriteZstd()) return { path: process.execPath };
  return { missing: `Node ${process.versions.node} has no zstd: --zstd-node PATH` };
}

/** Ends with status 1 where a target is missed, naming each. */
function conclude(finished: readonly Finished[]): void {
  const verdicts = finished.flatMap(({ verdicts }) => verdicts);
  const missed = verdicts.filter(({ state }) => state === "missed");
  const skipped = verdicts.filter(({ state }) => state === "skipped");
  console.log();
  for (const { contest, target, why } of skipped) console.log(`skipped: ${contest}, ${target.of}: ${why}`);
  for (const verdict of missed)
    console.log(`MISSED: ${verdict.contest}, ${verdict.target.of}: ${formatVerdict(verdict)}`);
  console.log(`${verdicts.length - missed.length - skipped.length} targets met, ${missed.length} missed`);
  process.exitCode = missed.length > 0 ? 1 : 0;
}
