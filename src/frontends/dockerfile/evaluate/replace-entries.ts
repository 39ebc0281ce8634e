import { comparePaths } from "../../../context/path-order.js";
import type { Unpacked } from "../../../context/archive/unpack.js";
import type { Entry } from "../../../plan/plan.js";

/**
 * Adds what was unpacked to the entries of a layer that came before it: of what was in a folder that was replaced nothing
 * is left, and a hardlink keeps the file whose first name is now another one's.
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
  const links = [...added.values()].filter(
    ({ type, linkTarget = "" }) => type === "hardlink" && gone.has(linkTarget),
  );
  for (const [target, file] of gone) {
    const [first, ...others] = links
      .filter(({ linkTarget }) => linkTarget === target)
      .sort((one, other) => comparePaths(one.path, other.path));
    if (first === undefined) continue;
    added.set(first.path, { ...file, path: first.path });
    for (const other of others) added.set(other.path, { ...other, linkTarget: first.path });
  }
  for (const entry of entries) added.set(entry.path, entry);
}
