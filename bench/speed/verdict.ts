import { median, pairedRatio } from "./statistics.js";
import type { Contest, Metric, Target } from "./contest.js";
import type { Sample } from "./measure.js";
import type { Outcome } from "./run-contest.js";

/** How a target was met. */
export interface Verdict {
  readonly contest: string;
  readonly target: Target;
  /** NaN where it could not be measured. */
  readonly value: number;
  /** "skipped" where this machine lacks what the target is only promised with. */
  readonly state: "met" | "missed" | "skipped";
  /** What the target's limit took, as `value` is measured: below it nothing can be. */
  readonly limit?: number | undefined;
  /** Of what could not be measured. */
  readonly why?: string;
}

/** Holds what was measured against a contest's targets. What could not be measured is missed, unless it was skipped by rule. */
export function judge(contest: Contest, outcomes: readonly Outcome[]): Verdict[] {
  return contest.targets.map((target) => judgeOne(contest, target, outcomes));
}

function judgeOne(contest: Contest, target: Target, outcomes: readonly Outcome[]): Verdict {
  const of = outcomes.find(({ name }) => name === target.of);
  const to = outcomes.find(({ name }) => name === target.to);
  const base = { contest: contest.name, target };
  if (of?.skipped !== undefined) return { ...base, value: Number.NaN, state: "skipped", why: of.skipped };
  const value = valueOf(target, of, to);
  const reason = reasonOf(of) ?? (target.to === undefined ? undefined : reasonOf(to));
  if (Number.isNaN(value))
    return { ...base, value, state: "missed", why: reason ?? "it could not be measured" };
  const limit = limitOf(target, outcomes, to);
  return { ...base, value, state: value <= target.atMost ? "met" : "missed", limit };
}

/** Whether the target lies below what this machine takes for the part of the work that nobody can leave out. */
export function isOutOfReach({ state, target, limit = 0 }: Verdict): boolean {
  return state === "missed" && limit > target.atMost;
}

function limitOf(target: Target, outcomes: readonly Outcome[], to: Outcome | undefined): number | undefined {
  const limit = outcomes.find(({ name }) => name === target.limit);
  const value = limit === undefined ? Number.NaN : valueOf(target, limit, to);
  return Number.isNaN(value) ? undefined : value;
}

function valueOf({ metric, to: ratio }: Target, of: Outcome | undefined, to: Outcome | undefined): number {
  if (of === undefined) return Number.NaN;
  const values = valuesOf(of, metric);
  return ratio === undefined
    ? median(values)
    : pairedRatio(values, to === undefined ? [] : valuesOf(to, metric));
}

/** One for each timed run; requests are counted once. */
export function valuesOf({ samples, traffic }: Outcome, metric: Metric): number[] {
  if (metric === "requests") return traffic === undefined ? [] : [traffic.requests];
  return samples.map((sample: Sample) => sample[metric] ?? Number.NaN);
}

function reasonOf(outcome: Outcome | undefined): string | undefined {
  return outcome === undefined ? "it did not run" : (outcome.failed ?? outcome.skipped);
}
