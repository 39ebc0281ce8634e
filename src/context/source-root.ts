import { basename, dirname } from "node:path";
import { GantryError, suggest } from "../errors.js";
import { type Files, unreadable } from "./files.js";
import { type Facts, factsOf } from "./facts.js";
import { type SourceKind, kindOf } from "./source-entry.js";

/** What a source is, with symlinks that lead to it followed. */
export interface SourceRoot {
  readonly path: string;
  readonly facts: Facts;
  readonly kind: SourceKind;
}

/** Looks at a source; ERR_GANTRY_SOURCE_NOT_FOUND, with the nearest name in its folder, where there is none. */
export function findSource(source: string, files: Files): SourceRoot {
  let path = source;
  try {
    let stat = files.lstat(path);
    if (kindOf(stat) === "symlink") {
      path = files.realpath(source);
      stat = files.lstat(path);
    }
    return { path, facts: factsOf(stat), kind: kindOf(stat) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") throw notFound(source, files, error);
    throw unreadable(source, error);
  }
}

function notFound(source: string, files: Files, cause: unknown): GantryError {
  let reason = "does not exist";
  try {
    files.lstat(source);
    reason = `is a symlink to ${files.readlink(source)}, which does not exist`;
  } catch {
    reason += nearestName(source, files);
  }
  return new GantryError("ERR_GANTRY_SOURCE_NOT_FOUND", `${source} ${reason}`, { cause });
}

function nearestName(source: string, files: Files): string {
  try {
    return suggest(basename(source), files.readdir(dirname(source)));
  } catch {
    return `, nor does the folder ${dirname(source)}`;
  }
}
