import { comparePaths } from "../../../context/path-order.js";
import type { Unpacked } from "../../../context/archive/unpack.js";
import type { Entry } from "../../../plan/plan.js";

/**
 * Adds what is copied or unpacked to the entries of a layer that came before it: of what was in a folder that was
 * replaced nothing is left, and a hardlink keeps the file whose first name is now another one's.
 */
export function replaceEntries(added: Map<string, Entry>, { entries, replaced }: Unpacked): void {
  const gone = new Map<string, Entry>();
  const drop = (path: string) => {
    const entry = added.get(path);
    if (entry?.type === "file") gone.set(path, entry);
    added.delete(path);
  };
  for (const folder of replaced) {
    for (const path of added.keys()) if (path === folder || path.startsWith(`${folder}/`)) drop(path);
  }
  for (const { path } of entries) drop(path);
  for (const [target, links] of linksTo(gone, added)) {
    const [first, ...others] = links.sort((one, other) => comparePaths(one.path, other.path));
    added.set(first!.path, { ...gone.get(target)!, path: first!.path });
    for (const other of others) added.set(other.path, { ...other, linkTarget: first!.path });
  }
  for (const entry of entries) added.set(entry.path, entry);
}

/** The hardlinks that lead to files which are gone, by the files' paths. */
function linksTo(gone: ReadonlyMap<string, Entry>, added: ReadonlyMap<string, Entry>): Map<string, Entry[]> {
  const found = new Map<string, Entry[]>();
  if (gone.size === 0) return found;
  for (const entry of added.values()) {
    const { type, linkTarget = "" } = entry;
    if (type !== "hardlink" || !gone.has(linkTarget)) continue;
    found.set(linkTarget, [...(found.get(linkTarget) ?? []), entry]);
  }
  return found;
}
