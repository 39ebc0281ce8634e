import { rest } from "../concurrency.js";
import type { IoOptions } from "../model/events.js";
import type { Share, Sweeper, SweepJob, Taken } from "../plan/sweep.js";
import { type ShareOptions, endSweep, rootVerdict, sweepShare, takeShares, withSlash } from "./share.js";

export interface SweepOptions extends IoOptions, Pick<ShareOptions, "filters" | "files" | "onDirectory"> {
  /** Other threads, which take shares of what is left once it is known to be much. */
  readonly sweeper: Sweeper | undefined;
}

/** A tree as it was seen, as far as filters let it be entered. The first share is the root's. */
export type Swept = readonly SweptShare[];

export interface SweptShare extends Share {
  /** Where the folders are that it ended before: from one of a share on, so many in each share. */
  readonly behind: { readonly share: number; readonly folder: number; readonly atOnce: number };
}

/** Below this a tree is looked through sooner than another thread starts: folders known that nobody has read yet. */
const worthThreads = 120;
/** Enough that no thread is left with the last of the work, few enough that they cost nothing. */
const sharesOfJob = 256;

/**
 * Looks through a folder and all in it that filters let in: each folder is read once and each name looked at once, by
 * synchronous calls; in large trees by several threads, of which this is one. Now and then it lets the event loop run.
 * What the shares are depends on the tree, and on whether there are other threads, not on who took them.
 */
export async function sweepTree(root: string, options: SweepOptions): Promise<Swept> {
  const { sweeper, filters } = options;
  const isEnough = (_: number, waiting: number) => sweeper !== undefined && waiting >= worthThreads;
  const start = { path: root, relative: "", verdict: rootVerdict(filters) };
  const first = await inTurns(sweepShare([start], { ...options, isEnough, pace: { looks: 0 } }), options);
  const swept: SweptShare[] = [];
  for (let shares: readonly Share[] = [first]; shares.length > 0;) {
    const leftBy = shares.map((share) => (share.left === "" ? [] : share.left.split("\0")));
    const left = leftBy.flat();
    const atOnce = Math.max(1, Math.ceil(left.length / sharesOfJob));
    const next = swept.length + shares.length;
    let folder = 0;
    shares.forEach((share, index) => {
      swept.push({ ...share, behind: { share: next, folder, atOnce } });
      folder += leftBy[index]!.length;
    });
    const job = { root: withSlash(root), folders: left.join("\0"), atOnce, filters: filters.map(toldOf) };
    shares =
      left.length === 0
        ? []
        : await shareOut({ ...job, next: new SharedArrayBuffer(4) }, left.length, options);
  }
  return swept;
}

function toldOf({
  matcher: { matching },
  prefix,
  state,
}: ShareOptions["filters"][number]): SweepJob["filters"][number] {
  return { matching, prefix, state };
}

/** Has all threads take a job's shares; those that come when none is left are not waited for. */
async function shareOut(job: SweepJob, folders: number, options: SweepOptions): Promise<readonly Share[]> {
  const { sweeper, signal, filters } = options;
  const found = new Map<number, Share>();
  const here = inTurns(takeShares(job, { ...options, filters }), options);
  const elsewhere = Array.from({ length: sweeper?.threads ?? 0 }, () => sweeper!.sweep(job));
  const stop = () => endSweep(job);
  signal?.addEventListener("abort", stop);
  try {
    await new Promise<void>((resolve, reject) => {
      const take = (taken: Taken) => {
        for (const [number, share] of taken) found.set(number, share);
        if (signal?.aborted === true) reject(signal.reason as Error);
        else if (found.size === Math.ceil(folders / job.atOnce)) resolve();
      };
      for (const thread of [here, ...elsewhere]) thread.then(take, reject);
    });
  } catch (error) {
    // Other threads stop within a millisecond; those that have not begun find nothing to do.
    stop();
    await Promise.allSettled([here]);
    throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
  return Array.from({ length: found.size }, (_, number) => found.get(number)!);
}

async function inTurns<T>(work: Generator<undefined, T>, { signal }: IoOptions): Promise<T> {
  for (let turns = 1; ; turns++) {
    const step = work.next();
    signal?.throwIfAborted();
    if (step.done) return step.value;
    if (turns % turnsAtOnce === 0) await rest();
  }
}

/** About five milliseconds, and several times that while the code is new to the engine. */
const turnsAtOnce = 4;
