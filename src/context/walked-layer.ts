import type { Entry } from "../plan/plan.js";
import {
  type ComposeOptions,
  composeLayer,
  conflict,
  madeFolder,
  parentOf,
  positionOf,
} from "./layer-files.js";
import { refuseLinkedDestinations } from "./linked-destinations.js";
import { comparePaths } from "./path-order.js";

/**
 * What composeLayer gives, for lists that walks made: each is in order, with every folder before what is in it. Lists
 * that lie apart, as those of different folders do, are joined without a look at every entry.
 */
export function composeWalked(
  parts: readonly (readonly Entry[])[],
  options: ComposeOptions,
): readonly Entry[] {
  const lists = parts
    .filter((list) => list.length > 0)
    .sort((one, other) => comparePaths(one[0]!.path, other[0]!.path));
  if (!areApart(lists)) return composeLayer(parts, options);
  const entries = lists.length === 1 ? lists[0]! : lists.flat();
  if (options.onBase) refuseLinkedDestinations(entries, options.assumeNew);
  const missing = missingParents(entries, lists, options.mtime);
  return options.onBase || missing.length === 0 ? entries : withFolders(entries, missing);
}

function areApart(lists: readonly (readonly Entry[])[]): boolean {
  return lists.every((list, at) => at === 0 || comparePaths(lists[at - 1]!.at(-1)!.path, list[0]!.path) < 0);
}

/** Only folders above a list's first entry can be missing. */
function missingParents(
  entries: readonly Entry[],
  lists: readonly (readonly Entry[])[],
  mtime: number,
): readonly Entry[] {
  const missing = new Map<string, Entry>();
  for (const [first] of lists) {
    for (let path = parentOf(first!.path); path !== "" && !missing.has(path); path = parentOf(path)) {
      const other = entries[positionOf(entries, path)];
      if (other?.path !== path) missing.set(path, madeFolder(path, mtime));
      else if (other.type !== "directory") throw conflict(other, first!);
    }
  }
  return [...missing.values()];
}

function withFolders(entries: readonly Entry[], folders: readonly Entry[]): readonly Entry[] {
  const all = [...entries];
  for (const folder of folders) all.splice(positionOf(all, folder.path), 0, folder);
  return all;
}
