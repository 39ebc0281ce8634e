import { contests } from "./contests/contests.js";
import { createEnds } from "./registries.js";
import { runContest, type Outcome } from "./run-contest.js";
import { judge, type Verdict } from "./verdict.js";
import type { BenchContext } from "./bench-context.js";
import type { Contender, Contest } from "./contest.js";
import type { Tools } from "./peers/tools.js";

/** A contest that is over. */
export interface Finished {
  readonly contest: Contest;
  readonly outcomes: readonly Outcome[];
  readonly verdicts: readonly Verdict[];
}

/** Runs one contest, by name; with `check`, only what its targets need. */
export async function compete(
  name: string,
  context: Omit<BenchContext, "ends">,
  { runs, check }: { readonly runs: number; readonly check: boolean },
): Promise<Finished> {
  const ends = createEnds();
  try {
    const contest = entered(await contests[name]!.open({ ...context, ends }), context.tools, check);
    const counting = check ? countsForTargets(contest) : contest.counted !== false;
    const outcomes = await runContest(contest, {
      runs,
      counting,
      folder: context.scratch,
      onLine: context.onLine,
    });
    return { contest, outcomes, verdicts: judge(contest, outcomes) };
  } finally {
    await ends.end();
  }
}

function countsForTargets({ targets }: Contest): boolean {
  return targets.some(({ metric }) => metric === "requests");
}

/** Marks who cannot take part; in a check, leaves out who is named by no target. */
function entered(contest: Contest, tools: Tools, check: boolean): Contest {
  const named = new Set(contest.targets.flatMap(({ of, to, limit }) => [of, to, limit]));
  const contenders = contest.contenders
    .filter(({ name }) => !check || named.has(name))
    .map((contender): Contender => {
      const { needs, skipped } = contender;
      const missing = needs === undefined || tools.has(needs) ? undefined : `${needs} is not here`;
      return { ...contender, skipped: skipped ?? missing };
    });
  return { ...contest, contenders };
}
