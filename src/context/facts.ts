import { type Stats, constants } from "node:fs";
import type { Files } from "./files.js";

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

/** Numbers for each name. */
const length = 7;

/** The bit of a mode that no system uses: what the filters leave out, and is entered for what is kept in it. */
const ignoredBit = 1 << 20;

export function factsOf({ mode, nlink, dev, ino, size, mtimeMs, ctimeMs }: Stats): Facts {
  return { mode, nlink, dev, ino, size, mtime: mtimeMs, ctime: ctimeMs };
}

/** The facts of many names, one after the other. */
export class FactsList {
  #numbers = new Float64Array(length * 256);
  #end = 0;

  /** Looks at a path and adds what it is; NaN, and facts of which nothing is known, where that fails. Of a folder only the mode counts. */
  look(path: string, files: Files): number {
    if (this.#end + length > this.#numbers.length) this.#grow();
    const [numbers, at] = [this.#numbers, this.#end];
    this.#end += length;
    try {
      const { mode, nlink, dev, ino, size, mtimeMs, ctimeMs } = files.lstat(path);
      numbers[at] = mode;
      if (isFolder(mode)) return mode;
      numbers[at + 1] = nlink;
      numbers[at + 2] = dev;
      numbers[at + 3] = ino;
      numbers[at + 4] = size;
      numbers[at + 5] = mtimeMs;
      numbers[at + 6] = ctimeMs;
      return mode;
    } catch {
      return (numbers[at] = Number.NaN);
    }
  }

  /** Marks the last name as one that the filters leave out. */
  markIgnored(): void {
    this.#numbers[this.#end - length]! += ignoredBit;
  }

  /** Takes the last name back. */
  forget(): void {
    this.#end -= length;
    this.#numbers.fill(0, this.#end, this.#end + length);
  }

  /** The numbers in memory of their own. */
  take(): Float64Array<ArrayBuffer> {
    return this.#numbers.slice(0, this.#end);
  }

  #grow(): void {
    const larger = new Float64Array(this.#numbers.length * 2);
    larger.set(this.#numbers);
    this.#numbers = larger;
  }
}

export function isFolder(mode: number): boolean {
  return (mode & constants.S_IFMT) === constants.S_IFDIR;
}

/** The facts of the name at an index; undefined where it could not be looked at. */
export function factsAt(facts: Float64Array, index: number): Facts | undefined {
  const at = index * length;
  const mode = facts[at]!;
  if (Number.isNaN(mode)) return undefined;
  return {
    mode: mode & ~ignoredBit,
    nlink: facts[at + 1]!,
    dev: facts[at + 2]!,
    ino: facts[at + 3]!,
    size: facts[at + 4]!,
    mtime: facts[at + 5]!,
    ctime: facts[at + 6]!,
  };
}

/** Whether the filters leave out the name at an index. */
export function isIgnored(facts: Float64Array, index: number): boolean {
  return (facts[index * length]! & ignoredBit) !== 0;
}

/** What a list of facts tells without being taken apart. */
export interface Summary {
  /** For each name what a touch does not change: its mode, as far as it is asked for, and its size. */
  readonly shape: Float64Array;
  /** When a file or symlink changed last, in milliseconds since 1970. */
  readonly newest: number;
  /** How many names are no folders. */
  readonly files: number;
  /** About what all take in a tar, in bytes. */
  readonly tarSize: number;
}

/** What layers hold of a file system. */
const held: ReadonlySet<number> = new Set([constants.S_IFREG, constants.S_IFLNK, constants.S_IFDIR]);

/** What a file of some bytes takes in a tar, without what a long name takes. */
export function sizeInTar(bytes: number): number {
  return block + Math.ceil(bytes / block) * block;
}

const block = 512;

/**
 * Sums facts up; of modes the bits that are asked for. Undefined where a layer's entries do not follow from them:
 * something could not be looked at, or is nothing that a layer holds; or where they do not come in order, since filters
 * leave out a folder but not all in it.
 */
export function summarise(facts: Float64Array, modeBits: number): Summary | undefined {
  const shape = new Float64Array((facts.length / length) * 2);
  let [newest, files, tarSize] = [0, 0, 0];
  for (let at = 0, to = 0; at < facts.length; at += length, to += 2) {
    const mode = facts[at]!;
    const kind = mode & constants.S_IFMT;
    if (!held.has(kind) || (mode & ignoredBit) !== 0) return undefined;
    if (kind !== constants.S_IFDIR) {
      files++;
      newest = Math.max(newest, facts[at + 6]!);
    }
    shape[to] = mode & modeBits;
    shape[to + 1] = facts[at + 4]!;
    // Of several names of a file one has the bytes; the others mostly are in the tree too.
    tarSize += sizeInTar(kind === constants.S_IFREG ? facts[at + 4]! / facts[at + 1]! : 0);
  }
  return { shape, newest, files, tarSize };
}
