import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parseIgnore } from "../../context/ignore.js";
import { during } from "../../errors.js";
import type { FolderSourceOptions } from "./sources/folder-source.js";

/** What is left out of a folder: by the Dockerfile's own file of patterns, even an empty one, else by the folder's. */
export function readIgnore(root: string, dockerfile?: string): FolderSourceOptions["ignore"] {
  const own = dockerfile === undefined ? [] : [`${dockerfile}.dockerignore`];
  for (const path of [...own, join(root, ".dockerignore")]) {
    const text = readOptional(path);
    if (text === undefined) continue;
    const name = relative(root, path);
    return { ...parseIgnore(text, name), name };
  }
  return undefined;
}

function readOptional(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw during(`reading ${path}`, error, "ERR_GANTRY_SOURCE_UNREADABLE");
  }
}
