import { GantryError } from "../errors.js";
import type { Entry } from "../plan/plan.js";
import { restoreHardlinks } from "./hardlinks.js";
import { refuseLinkedDestinations } from "./linked-destinations.js";
import { comparePaths } from "./path-order.js";

export interface ComposeOptions {
  readonly onBase: boolean;
  readonly assumeNew: readonly string[];
  /** Of folders that are made, in seconds since 1970. */
  readonly mtime: number;
}

/**
 * Joins the lists of one layer into the one that is written: a later list wins over an earlier one, a file where the
 * other has a folder is an error (ERR_GANTRY_SPEC_INVALID), and everything is ordered by whole path as UTF-8 bytes, so
 * that folders come before what is in them and files before their hardlinks. From scratch, folders that nobody added
 * are made: 0755, root, `mtime` in seconds. On a base they are the base's own, and a destination through a path that
 * bases keep as a symlink is refused (ERR_GANTRY_DESTINATION_LINKED) unless `assumeNew` names it or a folder above it.
 */
export function composeLayer(
  parts: readonly (readonly Entry[])[],
  { onBase, assumeNew, mtime }: ComposeOptions,
): Entry[] {
  const entries = inOrder(parts.length === 1 ? parts[0]! : restoreHardlinks(parts, mergeParts(parts)));
  if (onBase) refuseLinkedDestinations(entries, assumeNew);
  const parents = missingParents(entries, mtime);
  return onBase || parents.length === 0 ? entries : inOrder([...entries, ...parents]);
}

function mergeParts(parts: readonly (readonly Entry[])[]): Map<string, Entry> {
  const merged = new Map<string, Entry>();
  for (const part of parts) {
    for (const entry of part) {
      const earlier = merged.get(entry.path);
      if (earlier !== undefined && (earlier.type === "directory") !== (entry.type === "directory")) {
        throw conflict(earlier, entry);
      }
      merged.set(entry.path, entry);
    }
  }
  return merged;
}

/** A copy in order; lists mostly are already, and a walk of them is cheaper than a sort. */
function inOrder(entries: readonly Entry[]): Entry[] {
  for (let index = 1; index < entries.length; index++) {
    if (comparePaths(entries[index - 1]!.path, entries[index]!.path) > 0) {
      return entries.toSorted((a, b) => comparePaths(a.path, b.path));
    }
  }
  return [...entries];
}

/** The folders that entries are in and nobody added. Also finds what is in something that is not a folder. */
function missingParents(entries: readonly Entry[], mtime: number): Entry[] {
  const folders = new Set<string>([""]);
  const missing: Entry[] = [];
  let sibling = "";
  for (const entry of entries) {
    if (entry.type === "directory") folders.add(entry.path);
    if (haveOneParent(sibling, entry.path)) continue;
    sibling = entry.path;
    for (let path = parentOf(entry.path); !folders.has(path); path = parentOf(path)) {
      const other = entryAt(entries, path);
      if (other !== undefined) throw conflict(other, entry);
      folders.add(path);
      missing.push(madeFolder(path, mtime));
    }
  }
  return missing;
}

/** Most entries have the parent of the one before them, which this tells without making a string. */
function haveOneParent(one: string, other: string): boolean {
  const end = one.lastIndexOf("/");
  return end > 0 && other.lastIndexOf("/") === end && other.startsWith(one.slice(0, end + 1));
}

/** A folder that nobody added. */
export function madeFolder(path: string, mtime: number): Entry {
  return { path, type: "directory", mode: 0o755, uid: 0, gid: 0, mtime, size: 0 };
}

function entryAt(ordered: readonly Entry[], path: string): Entry | undefined {
  const found = ordered[positionOf(ordered, path)];
  return found?.path === path ? found : undefined;
}

/** Where a path stands, or would, in a list in order. */
export function positionOf(ordered: readonly Entry[], path: string): number {
  let low = 0;
  let high = ordered.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (comparePaths(ordered[middle]!.path, path) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/** The error for a path that one list has as a folder and another as something else. */
export function conflict(one: Entry, other: Entry): GantryError {
  return new GantryError(
    "ERR_GANTRY_SPEC_INVALID",
    `one layer gets both ${describe(one)} and ${describe(other)}; a path is either a folder or a file: change one destination`,
  );
}

function describe({ path, type, bytes }: Entry): string {
  const from =
    bytes?.type === "file" ? ` (from ${bytes.path})` : bytes?.type === "inline" ? " (inline content)" : "";
  return `the ${type === "hardlink" ? "file" : type} /${path}${from}`;
}
