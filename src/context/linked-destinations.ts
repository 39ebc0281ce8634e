import { GantryError } from "../errors.js";
import type { Entry } from "../plan/plan.js";
import { isWithin } from "./special-paths.js";

/** Paths that bases keep as symlinks, with what they lead to on a merged-/usr system. */
const linkedPaths: readonly (readonly [path: string, leadsTo: string])[] = [
  ["bin", "usr/bin"],
  ["sbin", "usr/sbin"],
  ["lib", "usr/lib"],
  ["lib32", "usr/lib32"],
  ["lib64", "usr/lib64"],
  ["libx32", "usr/libx32"],
  ["var/run", "run"],
  ["var/lock", "run/lock"],
];

/**
 * Refuses entries at or below a path that bases keep as a symlink, where the base itself is not asked: the entry's folder
 * would replace the link, and with it everything the base has there. A symlink at the very path is let through: it is
 * what the base has.
 */
export function refuseLinkedDestinations(entries: readonly Entry[], assumeNew: readonly string[]): void {
  const isAllowed = assumedNew(assumeNew);
  for (const { path, type } of entries) {
    for (const [linked, leadsTo] of linkedPaths) {
      if (!path.startsWith(linked) || !isWithin(path, linked)) continue;
      if ((type === "symlink" && path === linked) || isAllowed(path)) continue;
      throw new GantryError(
        "ERR_GANTRY_DESTINATION_LINKED",
        `destination /${path} goes through /${linked}, which bases keep as a symlink to /${leadsTo}: the layer would replace ` +
          `it and hide what is there; write /${leadsTo}${path.slice(linked.length)}, let the base say where it leads (--base-tree auto), or pass --assume-new /${linked} for a base without that link`,
      );
    }
  }
}

/** Whether something at or below a path may be refused: spares a look at every file of a folder. */
export function mayBeLinked(path: string): boolean {
  return linkedPaths.some(([linked]) => isWithin(path, linked) || isWithin(linked, path));
}

/** Tells the paths of the image below which nothing of a base is expected, from absolute paths as a request has them. */
export function assumedNew(assumeNew: readonly string[]): (path: string) => boolean {
  const roots = assumeNew.map((path) => path.replace(/^\/+|\/+$/g, ""));
  return (path) => roots.some((root) => root === "" || isWithin(path, root));
}
