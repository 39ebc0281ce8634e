import type { FolderLister, ListedFolder } from "../plan/world.js";

/** A folder that a walk will come to. */
export interface Ahead {
  readonly path: string;
}

/** Folders listed on other threads before a walk comes to them. */
export interface ReadAhead<Folder extends Ahead> {
  /** A folder was met whose list the walk will want. */
  expect(folder: Folder): void;
  /** The list of an expected folder, once; undefined where nobody has begun it, or it cannot be read: read it yourself. */
  take(path: string): Promise<ListedFolder | undefined> | ListedFolder | undefined;
  /** Nothing more is asked for. */
  stop(): void;
}

/** A tree of fewer folders is read sooner than another thread starts: read, or waiting to be. */
const worthThreads = 120;
const worthCrossing = 8;
/** Folders in one call: few enough that no thread is left with the last of the work, many enough to hide the crossing. */
const foldersAtOnce = 48;

/**
 * Lists what a walk will come to, as the walk goes: the folders nearest to the root first, which the walk, deep in the
 * tree, comes to last. `inside` names the folders in a folder just listed that the walk will enter. Small trees are left
 * to the walk: nothing is asked for before 120 folders are known.
 */
export function createReadAhead<Folder extends Ahead>(
  lister: FolderLister,
  inside: (folder: Folder, listed: ListedFolder) => readonly Folder[],
): ReadAhead<Folder> {
  const expected: Folder[] = [];
  const unasked = new Set<string>();
  const asked = new Map<string, Promise<void>>();
  const ready = new Map<string, ListedFolder | undefined>();
  let [head, met, running, stopped] = [0, 0, 0, false];

  const pump = () => {
    if (stopped || met + unasked.size < worthThreads) return;
    while (running < lister.atOnce && unasked.size > 0) {
      // A few folders are not worth a crossing, unless nobody is under way.
      if (unasked.size < worthCrossing && running > 0) return;
      ask(next());
    }
  };
  const next = (): Folder[] => {
    const batch: Folder[] = [];
    while (batch.length < foldersAtOnce && head < expected.length) {
      const folder = expected[head++]!;
      if (unasked.delete(folder.path)) batch.push(folder);
    }
    if (head > 1000) {
      expected.splice(0, head);
      head = 0;
    }
    return batch;
  };
  const ask = (folders: readonly Folder[]) => {
    running++;
    const flight = lister.list(folders.map(({ path }) => path)).then((listed) => {
      folders.forEach((folder, index) => {
        const found = listed[index];
        asked.delete(folder.path);
        ready.set(folder.path, found);
        if (found !== undefined && !stopped) inside(folder, found).forEach(expect);
      });
    });
    for (const { path } of folders) asked.set(path, flight);
    const over = () => (running--, pump());
    flight.then(over, over);
  };
  const expect = (folder: Folder) => {
    expected.push(folder);
    unasked.add(folder.path);
  };
  const collect = (path: string) => {
    const listed = ready.get(path);
    ready.delete(path);
    return listed;
  };
  return {
    expect(folder) {
      expect(folder);
      pump();
    },
    take(path) {
      met++;
      if (unasked.delete(path)) return undefined;
      return asked.get(path)?.then(() => collect(path)) ?? collect(path);
    },
    stop() {
      stopped = true;
    },
  };
}
