import type { Share, SweepJob } from "../plan/sweep.js";
import { FactsList, isFolder } from "./facts.js";
import type { Files } from "./files.js";
import { makeMatcher } from "./only-matching.js";
import { comparePaths } from "./path-order.js";
import { type Filter, type Verdict, judge, mayHoldKept } from "./source-filter.js";

/** A folder that is to be looked through. */
export interface Start {
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
  /** Ends a share before the next folder, by how many it has looked through and how many more it knows of. */
  readonly isEnough: (done: number, waiting: number) => boolean;
  /** Counted up with each look, through all shares of a thread. */
  readonly pace: { looks: number };
}

/**
 * Looks through folders and all in them that filters let in: each is read, and each name looked at, once. Yields after
 * about a millisecond of that.
 */
export function* sweepShare(
  start: readonly Start[],
  { filters, files, onDirectory, isEnough, pace }: ShareOptions,
): Generator<undefined, Share> {
  const queue = [...start];
  const [names, folders, facts] = [[] as string[], [] as number[], new FactsList()];
  let done = 0;
  for (; done < queue.length && !isEnough(done, queue.length - done); done++) {
    const folder = queue[done]!;
    onDirectory?.(folder.path);
    const list = namesIn(folder.path, files);
    const [first, before] = [queue.length, names.length];
    const inPath = withSlash(folder.path);
    for (const name of list ?? []) {
      const found = lookAt(name, folder, inPath + name, { filters, files, facts });
      if (found !== undefined) names.push(name);
      if (typeof found === "object") queue.push(found);
      if (++pace.looks % looksAtOnce === 0) yield;
    }
    pace.looks += looksOfRead;
    if (pace.looks % looksAtOnce < looksOfRead) yield;
    folders.push(list === undefined ? -1 : names.length - before, first);
  }
  return {
    names: names.join("/"),
    facts: facts.take(),
    folders: Int32Array.from(folders),
    left: queue
      .slice(done)
      .map(({ relative }) => relative)
      .join("\0"),
  };
}

/** About a millisecond of looking at names, and what reading a folder counts as. */
const [looksAtOnce, looksOfRead] = [256, 4];

/** Folders after which a share ends, its own first: what one large folder holds is for all threads too. */
const foldersInShare = 2000;

/** Takes shares of a job until none is left. Yields after about a millisecond. */
export function* takeShares(
  job: SweepJob,
  { files, onDirectory, filters = filtersOf(job) }: TakeOptions,
): Generator<undefined, Map<number, Share>> {
  const taken = new Map<number, Share>();
  const folders = job.folders.split("\0");
  const isEnough = (done: number) => done >= Math.max(foldersInShare, job.atOnce);
  const pace = { looks: 0 };
  const next = new Int32Array(job.next);
  for (;;) {
    const number = Atomics.add(next, 0, 1);
    const own = folders.slice(number * job.atOnce, (number + 1) * job.atOnce);
    if (own.length === 0) return taken;
    const start = own.map((relative) => startAt(job.root, relative, filters));
    const sweep = sweepShare(start, { filters, files, onDirectory, isEnough, pace });
    for (let step = sweep.next(); ; step = sweep.next()) {
      if (step.done) {
        taken.set(number, step.value);
        break;
      }
      if (Atomics.load(next, 0) >= ended) return taken;
      yield;
    }
  }
}

export interface TakeOptions extends Pick<ShareOptions, "files" | "onDirectory"> {
  /** Those of the job, where they are made already. */
  readonly filters?: readonly Filter[];
}

/** More than there are shares. */
const ended = 1 << 30;

/** No more shares are taken, and those under way are given up. */
export function endSweep({ next }: SweepJob): void {
  Atomics.store(new Int32Array(next), 0, ended);
}

function filtersOf({ filters }: SweepJob): readonly Filter[] {
  return filters.map(({ matching, ...filter }) => ({ ...filter, matcher: makeMatcher(matching) }));
}

/** A folder with what the filters say of it, folder by folder from the root on. */
function startAt(root: string, relative: string, filters: readonly Filter[]): Start {
  let verdict = rootVerdict(filters);
  if (filters.length > 0) {
    for (let end = relative.indexOf("/"); end >= 0; end = relative.indexOf("/", end + 1))
      verdict = judge(filters, verdict, relative.slice(0, end));
    verdict = judge(filters, verdict, relative);
  }
  return { path: root + relative, relative, verdict };
}

/** What is in the root is judged by the states alone. */
export function rootVerdict(filters: readonly Filter[]): Verdict {
  return { ignored: false, states: filters.map(({ state }) => state) };
}

/**
 * What filters leave out is not looked at, unless it may be a folder with something that is kept. What could not be
 * looked at is kept, for its error.
 */
function lookAt(
  name: string,
  folder: Start,
  path: string,
  { filters, files, facts }: Pick<ShareOptions, "filters" | "files"> & { readonly facts: FactsList },
): Start | "leaf" | undefined {
  const relative = withSlash(folder.relative) + name;
  const verdict = judge(filters, folder.verdict, relative);
  if (verdict.ignored && !mayHoldKept(filters, verdict, relative)) return undefined;
  const mode = facts.look(path, files);
  if (isFolder(mode)) {
    if (verdict.ignored) facts.markIgnored();
    return { path, relative, verdict };
  }
  if (!verdict.ignored || Number.isNaN(mode)) return "leaf";
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
