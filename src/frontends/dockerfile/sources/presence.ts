import { join, posix } from "node:path";
import { rest } from "../../../concurrency.js";
import { unreadable, type Files } from "../../../context/files.js";
import type { Matcher } from "../../../context/ignore.js";

/**
 * Tells whether a path that is in a folder is there for a build: ignored itself, a folder is there for what an exception
 * takes back in it. That is looked for once in each folder, however often it is asked, and lets the event loop run.
 */
export function createPresence(
  root: string,
  { matcher, files }: { readonly matcher: Matcher | undefined; readonly files: Files },
): (path: string) => Promise<boolean> {
  const known = new Map<string, Promise<boolean>>();
  let steps = 0;
  return async (path) => judge(path) ?? (await lookBelow(path));

  /** What the patterns alone tell; undefined for a folder that may hold what they take back. */
  function judge(path: string): boolean | undefined {
    if (path === "" || matcher === undefined || !matcher.ignores(path)) return true;
    return matcher.mayReinclude(path) && isFolder(path) ? undefined : false;
  }

  function lookBelow(folder: string): Promise<boolean> {
    const begun = known.get(folder) ?? search(folder);
    known.set(folder, begun);
    return begun;
  }

  async function search(folder: string): Promise<boolean> {
    for (const name of namesIn(folder)) {
      if (++steps % stepsAtOnce === 0) await rest();
      const path = posix.join(folder, name);
      if (judge(path) ?? (await lookBelow(path))) return true;
    }
    return false;
  }

  function isFolder(path: string): boolean {
    try {
      return files.lstat(join(root, path)).isDirectory();
    } catch {
      return false;
    }
  }

  function namesIn(folder: string): readonly string[] {
    const path = join(root, folder);
    try {
      return files.readdir(path);
    } catch (error) {
      throw unreadable(path, error);
    }
  }
}

/** Names looked at between two chances for the event loop. */
const stepsAtOnce = 500;
