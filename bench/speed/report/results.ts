import { median, pairedRatio } from "../statistics.js";
import { valuesOf } from "../verdict.js";
import type { Finished } from "../compete.js";
import type { Metric } from "../contest.js";
import type { Outcome } from "../run-contest.js";
import type { Machine } from "./machine.js";

/** All that was measured, as JSON: every single run's figures, and what was made of them. */
export interface Results {
  readonly date: string;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  readonly contests: readonly ContestResults[];
}

export interface ContestResults {
  readonly name: string;
  readonly about: string;
  readonly reference: string | undefined;
  readonly contenders: readonly ContenderResults[];
  readonly targets: readonly unknown[];
}

export interface ContenderResults {
  readonly name: string;
  readonly skipped?: string | undefined;
  readonly failed?: true | undefined;
  /** Medians; what was not measured is left out. */
  readonly seconds?: number | undefined;
  readonly peakBytes?: number | undefined;
  readonly delayMs?: number | undefined;
  /** To the contest's reference, pair by pair. */
  readonly ratio?: number | undefined;
  readonly requests?: number | undefined;
  readonly bytesSent?: number | undefined;
  readonly runs: Outcome["samples"];
}

/** The contests of a run as results. */
export function contestResults(finished: readonly Finished[]): ContestResults[] {
  return finished.map(({ contest, outcomes, verdicts }) => ({
    name: contest.name,
    about: contest.about,
    reference: contest.reference,
    contenders: outcomes.map((outcome) =>
      contenderResults(
        outcome,
        outcomes.find(({ name }) => name === contest.reference),
      ),
    ),
    targets: verdicts.map(({ target, value, state, limit }) => ({
      ...target,
      value: known(value),
      state,
      limitValue: limit,
    })),
  }));
}

function contenderResults(outcome: Outcome, reference: Outcome | undefined): ContenderResults {
  const { name, skipped, failed, samples, traffic } = outcome;
  const middle = (metric: Metric) => known(median(valuesOf(outcome, metric)));
  const seconds = reference === undefined ? [] : valuesOf(reference, "seconds");
  return {
    name,
    skipped,
    // Why is for the terminal: it has paths of this machine in it.
    failed: failed === undefined ? undefined : true,
    seconds: middle("seconds"),
    peakBytes: middle("peakBytes"),
    delayMs: middle("delayMs"),
    ratio: known(pairedRatio(valuesOf(outcome, "seconds"), seconds)),
    requests: traffic?.requests,
    bytesSent: traffic?.bytesSent,
    runs: samples,
  };
}

function known(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value;
}
