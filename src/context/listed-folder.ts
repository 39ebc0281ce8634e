import { type Stats, constants } from "node:fs";
import type { Files } from "./files.js";
import { comparePaths } from "./path-order.js";
import type { ListedFolder } from "../plan/world.js";

/** What `lstat` says of a name, as far as a layer needs it; times in milliseconds since 1970. */
export interface Facts {
  readonly mode: number;
  readonly nlink: number;
  readonly dev: number;
  readonly ino: number;
  readonly size: number;
  readonly mtime: number;
  readonly ctime: number;
}

const factsLength = 7;

/** Many lists as they cross to another thread: a buffer for each would cost more than the lists. */
export interface ListedFolders {
  /** Each folder's names with a slash between them, and a NUL between the folders. */
  readonly names: string;
  readonly facts: Float64Array<ArrayBuffer>;
  /** How many names each folder has; -1: it cannot be read. */
  readonly counts: readonly number[];
}

/** Lists folders; whoever asks again for one that cannot be read gets the error. */
export function listFolders(paths: readonly string[], files: Files): ListedFolders {
  const lists = paths.map((path) => namesIn(path, files));
  const counts = lists.map((list) => list?.length ?? -1);
  const facts = new Float64Array(counts.reduce((sum, count) => sum + Math.max(count, 0), 0) * factsLength);
  let at = 0;
  lists.forEach((list, index) => {
    for (const name of list ?? []) {
      writeFacts(facts, at, `${paths[index]!}/${name}`, files);
      at += factsLength;
    }
  });
  return { names: lists.map((list) => list?.join("/") ?? "").join("\0"), facts, counts };
}

/** The lists one by one, over the same memory. */
export function separate({ names, facts, counts }: ListedFolders): (ListedFolder | undefined)[] {
  let at = 0;
  return names.split("\0").map((list, index) => {
    const count = counts[index]!;
    if (count < 0) return undefined;
    const from = at;
    at += count * factsLength;
    return { names: list, facts: facts.subarray(from, at) };
  });
}

/** Lists one folder on this thread; undefined where it cannot be read, or holds more than is looked at in one go. */
export function listHere(path: string, files: Files): ListedFolder | undefined {
  const names = namesIn(path, files);
  if (names === undefined || names.length > inOneGo) return undefined;
  const facts = new Float64Array(names.length * factsLength);
  names.forEach((name, index) => writeFacts(facts, index * factsLength, `${path}/${name}`, files));
  return { names: names.join("/"), facts };
}

/** About five milliseconds of looking. */
const inOneGo = 1000;

function namesIn(path: string, files: Files): readonly string[] | undefined {
  try {
    return files.readdir(path).sort(comparePaths);
  } catch {
    return undefined;
  }
}

function writeFacts(facts: Float64Array, at: number, path: string, files: Files): void {
  try {
    const { mode, nlink, dev, ino, size, mtimeMs, ctimeMs } = files.lstat(path);
    facts[at] = mode;
    facts[at + 1] = nlink;
    facts[at + 2] = dev;
    facts[at + 3] = ino;
    facts[at + 4] = size;
    facts[at + 5] = mtimeMs;
    facts[at + 6] = ctimeMs;
  } catch {
    facts[at] = Number.NaN;
  }
}

/** The facts of the name at an index; undefined where it could not be looked at. */
export function factsAt({ facts }: ListedFolder, index: number): Facts | undefined {
  const at = index * factsLength;
  const mode = facts[at]!;
  if (Number.isNaN(mode)) return undefined;
  return {
    mode,
    nlink: facts[at + 1]!,
    dev: facts[at + 2]!,
    ino: facts[at + 3]!,
    size: facts[at + 4]!,
    mtime: facts[at + 5]!,
    ctime: facts[at + 6]!,
  };
}

/** The same facts from a single look. */
export function factsOf({ mode, nlink, dev, ino, size, mtimeMs, ctimeMs }: Stats): Facts {
  return { mode, nlink, dev, ino, size, mtime: mtimeMs, ctime: ctimeMs };
}

/** The indexes of the names that are folders. */
export function foldersOf({ facts }: ListedFolder): readonly number[] {
  const found: number[] = [];
  for (let at = 0; at < facts.length; at += factsLength) {
    if ((facts[at]! & constants.S_IFMT) === constants.S_IFDIR) found.push(at / factsLength);
  }
  return found;
}

/** The names of a folder. */
export function namesOf({ names }: ListedFolder): readonly string[] {
  return names === "" ? [] : names.split("/");
}
