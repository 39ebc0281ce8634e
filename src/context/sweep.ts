import { allDone, rest } from "../concurrency.js";
import type { IoOptions } from "../model/events.js";
import type { Share, Sweeper, SweepJob, Taken } from "../plan/sweep.js";
import {
  type Ahead,
  type CutShare,
  type ShareOptions,
  endSweep,
  nextShare,
  sweepShare,
  withSlash,
} from "./share.js";

export interface SweepOptions extends IoOptions, Pick<ShareOptions, "filters" | "files" | "onDirectory"> {
  /** Other threads, which take shares of what is left once it is known to be much. */
  readonly sweeper: Sweeper | undefined;
}

/** A tree as it was seen, as far as filters let it be entered. */
export interface Swept {
  /** The first is the root's; where it ends before a folder the others go on, `atOnce` such folders each. */
  readonly shares: readonly Share[];
  readonly atOnce: number;
}

/** Below this a tree is looked through sooner than another thread starts: folders known that nobody has read yet. */
const worthThreads = 120;
/** Enough that no thread is left with the last of the work, few enough that they cost nothing. */
const shares = 256;

/**
 * Looks through a folder and all in it that filters let in: each folder is read once and each name looked at once, by
 * synchronous calls; in large trees by several threads, of which this is one. Now and then it lets the event loop run.
 * What the shares are depends on the tree alone, not on who took them.
 */
export async function sweepTree(root: Ahead, { sweeper, signal, ...options }: SweepOptions): Promise<Swept> {
  const run = async (start: readonly Ahead[], enough?: number): Promise<CutShare> => {
    const sweep = sweepShare(start, { ...options, ...(enough === undefined ? {} : { enough }) });
    for (let turns = 1; ; turns++) {
      const step = sweep.next();
      signal?.throwIfAborted();
      if (step.done) return step.value;
      if (turns % turnsAtOnce === 0) await rest();
    }
  };
  const { left, ...first } = await run([root], sweeper && worthThreads);
  if (sweeper === undefined || left.length === 0) return { shares: [first], atOnce: 1 };
  const job = jobOf(root.path, left, options.filters);
  const here = async (): Promise<Taken> => {
    const taken = new Map<number, Share>();
    for (let next = nextShare(job, left); next !== undefined; next = nextShare(job, left))
      taken.set(next.number, await run(next.start));
    return taken;
  };
  const elsewhere = Array.from({ length: sweeper.threads }, () => sweeper.sweep(job));
  try {
    const taken = await allDone([here(), ...elsewhere].map((thread) => endingOnFailure(thread, job)));
    const found = new Map(taken.flatMap((some) => [...some]));
    const rest = Array.from({ length: found.size }, (_, number) => found.get(number)!);
    return { shares: [first, ...rest], atOnce: job.atOnce };
  } finally {
    endSweep(job);
  }
}

/** About five milliseconds. */
const turnsAtOnce = 4;

async function endingOnFailure(thread: Promise<Taken>, job: SweepJob): Promise<Taken> {
  try {
    return await thread;
  } catch (error) {
    endSweep(job);
    throw error;
  }
}

function jobOf(root: string, left: readonly Ahead[], filters: ShareOptions["filters"]): SweepJob {
  return {
    root: withSlash(root),
    folders: left.map(({ relative }) => relative).join("\0"),
    states: filters.length === 0 ? [] : left.map(({ verdict }) => verdict.states),
    filters: filters.map(({ matcher: { matching }, prefix }) => ({ matching, prefix })),
    atOnce: Math.ceil(left.length / shares),
    next: new SharedArrayBuffer(4),
  };
}
