import type { Stats } from "node:fs";
import { join, posix } from "node:path";
import { nodeFiles, unreadable, type Files } from "../../../context/files.js";
import type { IgnoreRules } from "../../../context/ignore.js";
import { comparePaths } from "../../../context/path-order.js";
import { listSource } from "../../../context/walk.js";
import { suggest } from "../../../errors.js";
import type { IoOptions } from "../../../model/events.js";
import type { Sweeper } from "../../../plan/sweep.js";
import { invalid } from "../instructions/invalid.js";
import type { CopySource, Found } from "./copy-source.js";
import { createPresence } from "./presence.js";
import { findSources, type SourceTree } from "./find-sources.js";

/** A folder of this machine that a COPY takes files from: the context, or a named one. */
export interface FolderSourceOptions extends IoOptions {
  /** Absolute. */
  readonly root: string;
  /** Its .dockerignore, and what that is called in messages. */
  readonly ignore: (IgnoreRules & { readonly name: string }) | undefined;
  readonly sweeper?: Sweeper | undefined;
  /** The file system that sources are looked up in; this machine's unless given. */
  readonly files?: Files | undefined;
}

/** Files come with user and group 0 and the permission bits that they have; nothing outside of the folder is ever read. */
export function folderSource({
  root,
  ignore,
  sweeper,
  files = nodeFiles,
  ...io
}: FolderSourceOptions): CopySource {
  const tree = contextTree(root, ignore, files);
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
          sweeper,
        },
        io,
      );
      const [first] = listed;
      return found.isDirectory && first?.path === destination ? listed.slice(1) : listed;
    },
  };
}

/** The folder without what the patterns leave out. */
function contextTree(root: string, ignore: FolderSourceOptions["ignore"], files: Files): SourceTree {
  const isThere = createPresence(root, { matcher: ignore?.matcher, files });
  return {
    resolve: (path) => resolveInside(root, path, { isThere, files }),
    children: (folder) => namesIn(root, folder, files),
    isThere,
    mayEnter: (path) =>
      ignore?.matcher.canSkip(path) !== true && look(join(root, path), files)?.isDirectory() === true,
    async notFound(path) {
      const isLeftOut = (await resolveInside(root, path, { files })) !== undefined;
      const where =
        isLeftOut && ignore !== undefined
          ? `(${ignore.name} leaves it out)`
          : `in the context ${root}${await hintOf(root, path, files)}`;
      return invalid(`failed to calculate checksum: ${JSON.stringify(`/${path}`)}: not found ${where}`);
    },
  };
}

/** What there is instead of what a source names. */
async function hintOf(root: string, path: string, files: Files): Promise<string> {
  const folder = await resolveInside(root, posix.dirname(`/${path}`), { files });
  if (folder?.isDirectory !== true) return "";
  const name = posix.basename(path);
  const at = join(root, folder.path, name);
  if (look(at, files)?.isSymbolicLink() === true)
    return `: it is a symlink to ${files.readlink(at)}, which leads to nothing in the context`;
  return suggest(name, namesIn(root, folder.path, files));
}

function namesIn(root: string, folder: string, files: Files): readonly string[] {
  const path = join(root, folder);
  try {
    return files.readdir(path).sort(comparePaths);
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
export async function resolveInside(
  root: string,
  path: string,
  {
    isThere = async () => true,
    files = nodeFiles,
  }: Partial<Pick<SourceTree, "isThere">> & { readonly files?: Files } = {},
): Promise<Omit<Found, "name"> | undefined> {
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
    const canBe: boolean = missing === undefined && isDirectory && (await isThere(next));
    const stat: Stats | undefined = canBe ? look(join(root, next), files) : undefined;
    if (stat?.isSymbolicLink()) {
      if (++links > mostLinks) throw invalid(`/${path} is a symlink that leads to itself`);
      const target = files.readlink(join(root, next));
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

function look(path: string, files: Files): Stats | undefined {
  try {
    return files.lstat(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw unreadable(path, error);
  }
}
