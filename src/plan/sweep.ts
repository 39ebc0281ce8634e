import type { Matching, MatchState } from "./matching.js";

/**
 * A stretch of a tree as it was seen: folders breadth first, each with its names in order. One text and two lists of
 * numbers, so that it crosses threads at no cost.
 */
export interface Share {
  /** The names of all its folders, with slashes between them. */
  readonly names: string;
  /** For each name seven numbers, those of `Facts`; the first is NaN where the name could not be looked at. */
  readonly facts: Float64Array<ArrayBuffer>;
  /** For each folder two numbers: how many names it has (-1: it cannot be read), and which folder is the first one in it. */
  readonly folders: Int32Array<ArrayBuffer>;
  /**
   * Folders that it ended before, relative to the tree's root, with NULs between them; empty where there are none. Their
   * numbers follow those of the folders in it.
   */
  readonly left: string;
}

/** Folders that threads look through, a run of them at a time. */
export interface SweepJob {
  /** Absolute, with a slash at its end. */
  readonly root: string;
  /** The folders, relative to the root, with NULs between them. */
  readonly folders: string;
  /** How filters are made again, and what they say of the root. */
  readonly filters: readonly {
    readonly matching: Matching;
    readonly prefix: string;
    readonly state: MatchState | undefined;
  }[];
  /** How many folders make a share; the last one may have fewer. */
  readonly atOnce: number;
  /** The number of the next share that nobody has taken: all threads count it up. */
  readonly next: SharedArrayBuffer;
}

/** The shares that one thread took, by their numbers. */
export type Taken = ReadonlyMap<number, Share>;

/** Looks through folders on other threads. */
export interface Sweeper {
  /** How many calls for one job are worth while. */
  readonly threads: number;
  /** Takes shares of a job until none is left. */
  sweep(job: SweepJob): Promise<Taken>;
}
