import type { Command, Sample } from "./measure.js";
import type { Tool } from "./peers/tools.js";

/** One run of a contender: everything of it is gone afterwards. */
export interface Run {
  /** An empty registry's, for this run alone. */
  readonly host: string;
  /** An empty folder, for this run alone. */
  readonly folder: string;
  /** A folder that stays through all runs of this contender. */
  readonly kept: string;
}

/** One way to do what a contest asks for. Left out where only targets are checked and none names it. */
export interface Contender {
  readonly name: string;
  /** The program it needs beside Node; without it, it is skipped by name. */
  readonly needs?: Tool;
  /** Why it cannot take part here. */
  readonly skipped?: string | undefined;
  /** Before each run; not timed. */
  readonly prepare?: (run: Run) => Promise<void> | void;
  readonly command: (run: Run) => Command;
  /** What the command measured of itself, read after it has ended. */
  readonly measured?: (run: Run) => Partial<Sample>;
}

/** What is compared: a contender's median, or with `to` the paired ratio of two contenders. */
export interface Target {
  readonly metric: Metric;
  readonly of: string;
  readonly to?: string;
  readonly atMost: number;
  /** A contender that does only what `of` cannot leave out; of seconds alone. */
  readonly limit?: string;
}

export type Metric = "seconds" | "cpuSeconds" | "peakBytes" | "requests" | "delayMs";

/** Contenders that take turns, A B A B …, and what must come of it. */
export interface Contest {
  readonly name: string;
  /** One line for the report. */
  readonly about: string;
  readonly contenders: readonly Contender[];
  readonly targets: readonly Target[];
  /** The contender that the report's ratios refer to. */
  readonly reference?: string;
  /** At most so many timed runs, where more would say nothing more; 0 where only requests count. */
  readonly most?: number;
  /** Whether requests and bytes are counted too, in a run of its own. Default true. */
  readonly counted?: boolean;
}
