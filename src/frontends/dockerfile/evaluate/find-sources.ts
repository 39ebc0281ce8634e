import { posix } from "node:path";
import { compileGlob, isGlob } from "../../../context/go-match.js";
import { invalid } from "../instructions/invalid.js";
import type { Found } from "./copy-source.js";

/** The files that a COPY looks its sources up in; paths have no slashes around them, "" is the root. */
export interface SourceTree {
  /** What a path leads to when symlinks are followed; undefined where that is nothing. */
  resolve(path: string): { readonly path: string; readonly isDirectory: boolean } | undefined;
  /** The names in a folder, in order. */
  children(folder: string): readonly string[];
  /** Symlinks not followed. */
  isDirectory(path: string): boolean;
  /** The error for a path that leads to nothing. */
  notFound(path: string): Error;
}

/**
 * What a source of a COPY names. A path without wildcards is followed and has to be there, and so has the part of a
 * pattern before its first wildcard; below that the whole rest is matched, symlinks are not walked through, a folder
 * that matches is not looked into, and no match is no error. What matches is followed, and has to lead somewhere.
 */
export function findSources(source: string, tree: SourceTree): readonly Found[] {
  const parts = posix.join("/", source).split("/").filter(Boolean);
  const first = parts.findIndex(isGlob);
  const follow = (name: string): Found => {
    const found = tree.resolve(name);
    if (found === undefined) throw tree.notFound(name);
    return { ...found, name };
  };
  if (first < 0) return [follow(parts.join("/"))];
  const prefix = parts.slice(0, first).join("/");
  const base = tree.resolve(prefix);
  if (base === undefined) throw invalid(`lstat /${prefix}: no such file or directory`);
  const rest = parts.slice(first).join("/");
  const matches = compileGlob(rest);
  // A class such as [^a] takes a slash too, so that how deep matches lie is known only without one.
  const deepest = rest.includes("[") ? Infinity : parts.length - first;
  const walk = (folder: string, depth: number): readonly string[] =>
    tree.children(posix.join(base.path, folder)).flatMap((name) => {
      const path = posix.join(folder, name);
      if (matches(path)) return [posix.join(base.path, path)];
      const goesOn = depth < deepest && tree.isDirectory(posix.join(base.path, path));
      return goesOn ? walk(path, depth + 1) : [];
    });
  return base.isDirectory ? walk("", 1).map(follow) : [];
}
