import { lstatSync, readdirSync, readlinkSync, type Stats } from "node:fs";
import { join, posix } from "node:path";
import { unreadable } from "../../../context/files.js";
import type { IgnoreRules } from "../../../context/ignore.js";
import { comparePaths } from "../../../context/path-order.js";
import { listSource } from "../../../context/walk.js";
import type { IoOptions } from "../../../model/events.js";
import type { FolderLister } from "../../../plan/world.js";
import { invalid } from "../instructions/invalid.js";
import type { CopySource, Found } from "./copy-source.js";
import { findSources, type SourceTree } from "./find-sources.js";

/** A folder of this machine that a COPY takes files from: the context, or a named one. */
export interface FolderSourceOptions extends IoOptions {
  /** Absolute. */
  readonly root: string;
  /** Its .dockerignore, and what that is called in messages. */
  readonly ignore: (IgnoreRules & { readonly name: string }) | undefined;
  readonly lister?: FolderLister | undefined;
}

/** Files come with user and group 0 and the permission bits that they have; nothing outside of the folder is ever read. */
export function folderSource({ root, ignore, lister, ...io }: FolderSourceOptions): CopySource {
  const tree = contextTree(root, ignore);
  return {
    isFolder: true,
    async find(pattern) {
      return findSources(pattern, tree);
    },
    async entries(found, destination, { owner, exclude }) {
      const listed = await listSource(
        {
          source: join(root, found.path),
          destination,
          // A file that is named is not asked: what is left out is left out of folders.
          exclude: found.isDirectory ? exclude : undefined,
          only: found.isDirectory ? found.only : undefined,
          ignore: ignore === undefined ? undefined : { root, matcher: ignore.matcher },
          owner,
          mode: undefined,
          preserveMode: true,
          mtime: 0,
          lister,
        },
        io,
      );
      const [first] = listed;
      return found.isDirectory && first?.path === destination ? listed.slice(1) : listed;
    },
  };
}

/** The folder without what the patterns leave out; a folder that is left out is there for what they take back. */
function contextTree(root: string, ignore: FolderSourceOptions["ignore"]): SourceTree {
  const isDirectory = (path: string) => look(join(root, path))?.isDirectory() ?? false;
  const isThere = (path: string): boolean => {
    if (path === "" || ignore === undefined || !ignore.matcher.ignores(path)) return true;
    if (!ignore.matcher.mayReinclude(path) || !isDirectory(path)) return false;
    return namesIn(root, path).some((name) => isThere(posix.join(path, name)));
  };
  return {
    resolve: (path) => resolveInside(root, path, isThere),
    children: (folder) => namesIn(root, folder).filter((name) => isThere(posix.join(folder, name))),
    isDirectory,
    notFound(path) {
      const isLeftOut = resolveInside(root, path, () => true) !== undefined;
      const hint =
        isLeftOut && ignore !== undefined ? `(${ignore.name} leaves it out)` : `in the context ${root}`;
      return invalid(`failed to calculate checksum: ${JSON.stringify(`/${path}`)}: not found ${hint}`);
    },
  };
}

function namesIn(root: string, folder: string): readonly string[] {
  const path = join(root, folder);
  try {
    return readdirSync(path).sort(comparePaths);
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** Most symlinks that are followed for one path, as Linux has it. */
const mostLinks = 40;

/**
 * Follows a path through symlinks without leaving the folder: to it an absolute one is relative, and ".." ends there.
 * What is missing on the way may be left again by "..": that is what BuildKit's own following makes of it.
 */
export function resolveInside(
  root: string,
  path: string,
  isThere: (path: string) => boolean,
): Omit<Found, "name"> | undefined {
  let done = "";
  let isDirectory = true;
  let missing: string | undefined;
  let links = 0;
  const parts = path.split("/");
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    if (part === "" || part === ".") continue;
    if (part === "..") {
      done = posix.dirname(`/${done}`).slice(1);
      isDirectory = true;
      if (missing !== undefined && missing.length > done.length) missing = undefined;
      continue;
    }
    const next = posix.join(done, part);
    const canBe: boolean = missing === undefined && isDirectory && isThere(next);
    const stat: Stats | undefined = canBe ? look(join(root, next)) : undefined;
    if (stat?.isSymbolicLink()) {
      if (++links > mostLinks) throw invalid(`/${path} is a symlink that leads to itself`);
      const target = readlinkSync(join(root, next));
      if (target.startsWith("/")) done = "";
      parts.unshift(...target.split("/"));
      continue;
    }
    if (stat === undefined) missing ??= next;
    else isDirectory = stat.isDirectory();
    done = next;
  }
  return missing === undefined ? { path: done, isDirectory } : undefined;
}

function look(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw unreadable(path, error);
  }
}
