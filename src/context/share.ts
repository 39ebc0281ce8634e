import type { Share, SweepJob } from "../plan/sweep.js";
import { FactsList, isFolder } from "./facts.js";
import type { Files } from "./files.js";
import { matcherOf } from "./only-matching.js";
import { comparePaths } from "./path-order.js";
import { type Filter, type Verdict, judge, mayHoldKept } from "./source-filter.js";

/** A folder that is to be looked through. */
export interface Ahead {
  /** Absolute. */
  readonly path: string;
  /** To the source that filters are for. */
  readonly relative: string;
  /** What the filters say of it. */
  readonly verdict: Verdict;
}

export interface ShareOptions {
  readonly filters: readonly Filter[];
  readonly files: Files;
  readonly onDirectory?: ((path: string) => void) | undefined;
  /** Folders known and not looked through, from which on others are to do the rest; never without it. */
  readonly enough?: number;
}

/** A share, and the folders it ended before; their numbers follow those of the folders in it. */
export interface CutShare extends Share {
  readonly left: readonly Ahead[];
}

/**
 * Looks through folders and all in them that filters let in: each is read, and each name looked at, once. Yields after
 * about a millisecond of that.
 */
export function* sweepShare(
  start: readonly Ahead[],
  { filters, files, onDirectory, enough = Number.POSITIVE_INFINITY }: ShareOptions,
): Generator<undefined, CutShare> {
  const queue = [...start];
  const [names, folders, facts] = [[] as string[], [] as number[], new FactsList()];
  let [done, looks] = [0, 0];
  for (; done < queue.length && queue.length - done < enough; done++) {
    const folder = queue[done]!;
    onDirectory?.(folder.path);
    const list = namesIn(folder.path, files);
    const [first, before] = [queue.length, names.length];
    const inPath = withSlash(folder.path);
    for (const name of list ?? []) {
      const found = lookAt(name, folder, inPath + name, { filters, files, facts });
      if (found !== undefined) names.push(name);
      if (typeof found === "object") queue.push(found);
      if (++looks % looksAtOnce === 0) yield;
    }
    looks += looksOfRead;
    if (looks % looksAtOnce < looksOfRead) yield;
    folders.push(list === undefined ? -1 : names.length - before, first);
  }
  return {
    names: names.join("/"),
    facts: facts.take(),
    folders: Int32Array.from(folders),
    left: queue.slice(done),
  };
}

/** About a millisecond of looking at names, and what reading a folder counts as. */
const [looksAtOnce, looksOfRead] = [256, 4];

/** Takes shares of a job until none is left, each in one go. */
export function takeShares(job: SweepJob, files: Files): Map<number, Share> {
  const taken = new Map<number, Share>();
  const [starts, filters] = [startsOf(job), filtersOf(job)];
  for (let next = nextShare(job, starts); next !== undefined; next = nextShare(job, starts)) {
    const sweep = sweepShare(next.start, { filters, files });
    let step = sweep.next();
    while (!step.done) step = sweep.next();
    const { names, facts, folders } = step.value;
    taken.set(next.number, { names, facts, folders });
  }
  return taken;
}

/** The next share that nobody has taken. */
export function nextShare(
  { next, atOnce }: SweepJob,
  starts: readonly Ahead[],
): { readonly number: number; readonly start: readonly Ahead[] } | undefined {
  const number = Atomics.add(new Int32Array(next), 0, 1);
  const start = starts.slice(number * atOnce, (number + 1) * atOnce);
  return start.length === 0 ? undefined : { number, start };
}

/** No more shares are taken. */
export function endSweep({ next }: SweepJob): void {
  Atomics.store(new Int32Array(next), 0, 1 << 30);
}

function startsOf({ root, folders, states }: SweepJob): readonly Ahead[] {
  return folders
    .split("\0")
    .map((relative, index) => ({ path: root + relative, relative, verdict: verdictOf(states[index]) }));
}

/** Whether the folder itself is ignored changes nothing for what is in it. */
function verdictOf(states: Verdict["states"] = []): Verdict {
  return { ignored: false, states };
}

function filtersOf({ filters }: SweepJob): readonly Filter[] {
  return filters.map(({ matching, prefix }) => ({ matcher: matcherOf(matching), prefix, state: undefined }));
}

/** What filters leave out is not looked at, unless it may be a folder with something that is kept. */
function lookAt(
  name: string,
  folder: Ahead,
  path: string,
  { filters, files, facts }: Pick<ShareOptions, "filters" | "files"> & { readonly facts: FactsList },
): Ahead | "leaf" | undefined {
  const relative = withSlash(folder.relative) + name;
  const verdict = judge(filters, folder.verdict, relative);
  if (verdict.ignored && !mayHoldKept(filters, verdict, relative)) return undefined;
  const mode = facts.look(path, files);
  if (isFolder(mode)) {
    if (verdict.ignored) facts.markIgnored();
    return { path, relative, verdict };
  }
  if (!verdict.ignored) return "leaf";
  facts.forget();
  return undefined;
}

function namesIn(path: string, files: Files): readonly string[] | undefined {
  try {
    return files.readdir(path).sort(comparePaths);
  } catch {
    return undefined;
  }
}

/** What goes before a name in a folder. */
export function withSlash(path: string): string {
  return path === "" || path.endsWith("/") ? path : `${path}/`;
}
