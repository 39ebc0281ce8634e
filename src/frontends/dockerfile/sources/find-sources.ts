import { posix } from "node:path";
import { rest } from "../../../concurrency.js";
import { compileGlob, isGlob } from "../../../context/go-match.js";
import { invalid } from "../instructions/invalid.js";
import type { Found } from "./copy-source.js";

/** The files that a COPY looks its sources up in; paths have no slashes around them, "" is the root. */
export interface SourceTree {
  /** What a path leads to when symlinks are followed; undefined where that is nothing. */
  resolve(path: string): Promise<{ readonly path: string; readonly isDirectory: boolean } | undefined>;
  /** The names in a folder, in order; those of what is left out too. */
  children(folder: string): readonly string[];
  /** Whether what is at a path is not left out. */
  isThere(path: string): Promise<boolean>;
  /** Whether it is a folder, symlinks not followed, that is not left out with all that is in it. */
  mayEnter(path: string): boolean;
  /** The error for a path that leads to nothing. */
  notFound(path: string): Promise<Error>;
}

/**
 * What a source of a COPY names. A path without wildcards is followed and has to be there, and so has the part of a
 * pattern before its first wildcard; below that the whole rest is matched, symlinks are not walked through, a folder
 * that matches is not looked into, and no match is no error. What matches is followed, and has to lead somewhere.
 */
export async function findSources(source: string, tree: SourceTree): Promise<readonly Found[]> {
  const parts = posix.join("/", source).split("/").filter(Boolean);
  const first = parts.findIndex(isGlob);
  const follow = async (name: string): Promise<Found> => {
    const found = await tree.resolve(name);
    if (found === undefined) throw await tree.notFound(name);
    return { ...found, name };
  };
  if (first < 0) return [await follow(parts.join("/"))];
  const prefix = parts.slice(0, first).join("/");
  const base = await tree.resolve(prefix);
  if (base === undefined) throw invalid(`lstat /${prefix}: no such file or directory`);
  const found: Found[] = [];
  const pattern = parts.slice(first);
  if (base.isDirectory)
    for await (const path of matchesIn(base.path, pattern, tree)) found.push(await follow(path));
  return found;
}

/** Names looked at between two chances for the event loop. */
const stepsAtOnce = 500;

async function* matchesIn(
  base: string,
  pattern: readonly string[],
  tree: SourceTree,
): AsyncGenerator<string> {
  const matches = compileGlob(pattern.join("/"));
  // A class such as [^a] takes a slash too, so that how deep matches lie is known only without one.
  const deepest = pattern.some((part) => part.includes("[")) ? Infinity : pattern.length;
  let steps = 0;
  yield* walk("", 1);

  async function* walk(folder: string, depth: number): AsyncGenerator<string> {
    for (const name of tree.children(posix.join(base, folder))) {
      if (++steps % stepsAtOnce === 0) await rest();
      const inner = posix.join(folder, name);
      const path = posix.join(base, inner);
      if (!matches(inner)) {
        if (depth < deepest && tree.mayEnter(path)) yield* walk(inner, depth + 1);
      } else if (await tree.isThere(path)) yield path;
    }
  }
}
