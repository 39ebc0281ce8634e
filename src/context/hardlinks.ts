import { GantryError } from "../errors.js";
import type { Entry } from "../plan/plan.js";
import { comparePaths } from "./path-order.js";

/**
 * Makes hardlinks whole again after lists were joined: where the name that held a file's bytes was replaced by another
 * list's entry, the first of its other names becomes the file.
 */
export function restoreHardlinks(parts: readonly (readonly Entry[])[], merged: Map<string, Entry>): Entry[] {
  for (const [file, names] of linkedFiles(parts)) {
    const [first, ...others] = [file, ...names]
      .filter((entry) => merged.get(entry.path) === entry)
      .sort((a, b) => comparePaths(a.path, b.path));
    if (first === undefined) continue;
    merged.set(first.path, { ...file, path: first.path });
    for (const other of others) merged.set(other.path, asLink(other, first.path));
  }
  return [...merged.values()];
}

/** Every file that has more names, with the entries of those names. */
function linkedFiles(parts: readonly (readonly Entry[])[]): Map<Entry, Entry[]> {
  const linked = new Map<Entry, Entry[]>();
  for (const part of parts) {
    const links = part.filter(({ type }) => type === "hardlink");
    if (links.length === 0) continue;
    const files = new Map(part.filter(({ type }) => type === "file").map((entry) => [entry.path, entry]));
    for (const link of links) {
      const file = files.get(link.linkTarget ?? "");
      if (file === undefined) throw danglingLink(link);
      const names = linked.get(file);
      if (names === undefined) linked.set(file, [link]);
      else names.push(link);
    }
  }
  return linked;
}

function asLink({ path, mode, uid, gid, mtime }: Entry, target: string): Entry {
  return { path, type: "hardlink", mode, uid, gid, mtime, size: 0, linkTarget: target };
}

function danglingLink({ path, linkTarget }: Entry): GantryError {
  return new GantryError(
    "ERR_GANTRY_INTERNAL",
    `hardlink /${path} names /${linkTarget ?? ""}, which is no file of the same list`,
  );
}
