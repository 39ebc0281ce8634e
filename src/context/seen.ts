import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { rest } from "../concurrency.js";
import { sizeInTar, summarise } from "./facts.js";
import type { Recording } from "./source-entry.js";
import type { SourceRoot } from "./source-root.js";
import type { Swept } from "./sweep.js";

/** What tells of a source's entries before they are made. */
export interface Seen {
  /** Of all that was seen, as lower-case hex: where it is the same for the same request, so are the entries. */
  readonly stamps: string;
  /** The same without what a touch changes, and without where the source is. */
  readonly shape: string;
  /** When a file or symlink changed last, in milliseconds since 1970. */
  readonly newest: number;
  /** How many files and symlinks there are. */
  readonly files: number;
  /** About what all take in a tar, in bytes. */
  readonly tarSize: number;
  /** Of a folder how many names are in it; undefined for a file. */
  readonly names: number | undefined;
}

/** Raised where the same facts are listed as other entries than before. */
const version = 1;

/** What tells of a folder's entries; undefined where there may be an error or a warning among them, or another order. */
export async function seenFolder(
  { path, facts: { mode } }: SourceRoot,
  swept: Swept,
  how: Recording,
): Promise<Seen | undefined> {
  const modeBits = modeBitsOf(how);
  // Of a folder only the mode counts: its times follow from what is in it, and from what is left out.
  const stamps = createHash("sha256").update(JSON.stringify([version, path, mode]));
  const shape = createHash("sha256").update(JSON.stringify([version, mode & modeBits]));
  let [newest, count, tarSize] = [0, 0, 0];
  let inThisTurn = 0;
  for (const { names, facts, folders } of swept) {
    inThisTurn += facts.length;
    if (inThisTurn > factsAtOnce) {
      inThisTurn = 0;
      await rest();
    }
    const summary = summarise(facts, modeBits);
    if (summary === undefined || mayBeRefused(names) || folders.some((number) => number < 0))
      return undefined;
    const lengths = `\0${names.length} ${facts.length} ${folders.length}\0`;
    stamps.update(lengths).update(names).update(facts).update(folders);
    shape.update(lengths).update(names).update(summary.shape).update(folders);
    newest = Math.max(newest, summary.newest);
    count += summary.files;
    tarSize += summary.tarSize;
  }
  const names = swept[0]!.folders[0]!;
  const digests = { stamps: stamps.digest("hex"), shape: shape.digest("hex") };
  return { ...digests, newest, files: count, tarSize, names };
}

/** About four milliseconds. */
const factsAtOnce = 1 << 16;

/** Whether there may be a whiteout among names, or one that is not UTF-8. */
function mayBeRefused(names: string): boolean {
  return names.includes(".wh.") || names.includes("\ufffd");
}

/** What tells of the entry of a file. */
export function seenFile({ path, facts }: SourceRoot, how: Recording): Seen {
  const { mode, size, ctime } = facts;
  const digest = (...what: unknown[]) => createHash("sha256").update(JSON.stringify(what)).digest("hex");
  return {
    stamps: digest(version, path, facts),
    shape: digest(version, mode & modeBitsOf(how), size),
    ...{ newest: ctime, files: 1, tarSize: sizeInTar(size), names: undefined },
  };
}

/** The bits of a mode on disk that show in an entry: see `Recording`. */
function modeBitsOf({ mode, preserveMode }: Recording): number {
  if (mode !== undefined) return constants.S_IFMT;
  return preserveMode ? constants.S_IFMT | 0o7777 : constants.S_IFMT | 0o100;
}
