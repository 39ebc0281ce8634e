import { posix } from "node:path";
import type { Entry } from "../../../plan/plan.js";
import type { FileTree } from "../../../plan/file-tree.js";
import { invalid } from "../instructions/invalid.js";
import type { Owner } from "./owner.js";

/** Where a COPY, ADD or WORKDIR leads to, in a tree. */
export interface Target {
  /** In the image, without slashes around it. */
  readonly path: string;
  /** Written as a folder: with a slash, or a dot, at its end. */
  readonly isFolder: boolean;
}

/** A destination as it is written, relative to the working directory. */
export function targetOf(destination: string, workdir: string | undefined): Target {
  const text = destination === "" || destination === "." ? "./" : destination;
  const whole = text.startsWith("/") ? text : `${workdir ?? "/"}/${text}`;
  return { path: trimmed(posix.join("/", whole)), isFolder: /(^|\/)\.?$/.test(text) };
}

function trimmed(path: string): string {
  return path.replace(/^\/+|\/+$/g, "");
}

/** How folders are made that are not there. */
export interface FolderMode extends Owner {
  readonly mode: number;
  /** Seconds since 1970. */
  readonly mtime: number;
}

/** The folders on the way to a path, and at it, that are not there yet; symlinks in it are to be resolved before. */
export function missingFolders(path: string, tree: FileTree, how: FolderMode): Entry[] {
  const missing: Entry[] = [];
  for (const folder of foldersTo(path)) {
    const node = tree.lookup(folder);
    if (node === undefined) missing.push({ path: folder, type: "directory", size: 0, ...how });
    else if (node.type !== "directory") throw invalid(`cannot copy to non-directory: /${folder}`);
  }
  return missing;
}

function foldersTo(path: string): string[] {
  const parts = path === "" ? [] : path.split("/");
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}
