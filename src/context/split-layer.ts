import { createHash } from "node:crypto";
import type { Entry } from "../plan/plan.js";
import { restoreHardlinks } from "./hardlinks.js";
import { packageOf } from "./package-name.js";
import { comparePaths } from "./path-order.js";

/** One of the layers that a layer was split into. */
export interface LayerPart {
  /** From 1 to the number of parts asked for; a part that would be empty is left out, the others keep their numbers. */
  readonly number: number;
  readonly entries: readonly Entry[];
}

/**
 * Splits a layer's list into at most `parts` lists by the packages in `folder` (a path in the image, "" is the root):
 * which part a package is in follows from its name and the number of parts alone, so that no package moves when
 * another is added, removed or changed. The last part is for what is of no package: what lies outside of the folder, and
 * what package managers note in it. A folder that holds packages of several parts is in each of them, and a name of a file
 * whose other names are in other parts becomes a file: whatever the order in which the parts are unpacked, they give
 * what the whole would have.
 */
export function splitLayer(
  entries: readonly Entry[],
  { folder, parts }: { readonly folder: string; readonly parts: number },
): LayerPart[] {
  const lists = distribute(entries, folder, parts);
  const split: LayerPart[] = [];
  for (const [index, list] of lists.entries()) {
    if (list.length === 0) continue;
    const linked = list.some(({ type }) => type === "hardlink");
    const whole = linked
      ? restoreHardlinks([entries], new Map(list.map((entry) => [entry.path, entry])))
      : list;
    split.push({ number: index + 1, entries: whole.sort((a, b) => comparePaths(a.path, b.path)) });
  }
  return split;
}

function distribute(entries: readonly Entry[], folder: string, parts: number): Entry[][] {
  const lists = Array.from({ length: parts }, (): Entry[] => []);
  const shared = new Map<string, { readonly entry: Entry; readonly within: Set<number> }>();
  const bucketOf = bucketsByName(parts - 1);
  /** Puts the shared folders that a path is in into its part, where they are not yet. */
  const bringFolders = (path: string, part: number) => {
    for (let above = path; above !== ""; above = parentOf(above)) {
      const found = shared.get(above);
      if (found === undefined || found.within.has(part)) continue;
      found.within.add(part);
      lists[part]!.push(found.entry);
    }
  };
  let [lastParent, lastPart]: [string | undefined, number] = [undefined, -1];
  for (const entry of entries) {
    const owner = ownerOf(entry, folder);
    if (owner === "several") {
      shared.set(entry.path, { entry, within: new Set() });
      continue;
    }
    const part = owner === "none" ? parts - 1 : bucketOf(owner.name);
    const parent = parentOf(entry.path);
    if (parent !== lastParent || part !== lastPart) bringFolders(parent, part);
    [lastParent, lastPart] = [parent, part];
    lists[part]!.push(entry);
  }
  for (const [path, { within }] of shared) if (within.size === 0) bringFolders(path, parts - 1);
  return lists;
}

function ownerOf({ path, type }: Entry, folder: string): ReturnType<typeof packageOf> {
  if (folder === "") return packageOf(path, type);
  if (path.startsWith(folder) && path[folder.length] === "/")
    return packageOf(path.slice(folder.length + 1), type);
  const above = path === folder || (folder.startsWith(path) && folder[path.length] === "/");
  return above && type === "directory" ? "several" : "none";
}

/** The part of a package by a hash of its name: sizes would balance better, but they change. */
function bucketsByName(buckets: number): (name: string) => number {
  const known = new Map<string, number>();
  return (name) => {
    let bucket = known.get(name);
    if (bucket === undefined) {
      bucket = createHash("sha256").update(name).digest().readUInt32BE() % buckets;
      known.set(name, bucket);
    }
    return bucket;
  };
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}
