import { lstatSync, readdirSync, readlinkSync } from "node:fs";
import { join, posix } from "node:path";
import { unreadable } from "../../../context/files.js";
import { compileGlob, isGlob } from "../../../context/go-match.js";
import type { Matcher } from "../../../context/ignore.js";
import { comparePaths } from "../../../context/path-order.js";
import { listSource } from "../../../context/walk.js";
import type { IoOptions } from "../../../model/events.js";
import type { FolderLister } from "../../../plan/world.js";
import { invalid } from "../instructions/invalid.js";
import type { CopySource, Found } from "./copy-source.js";

/** A folder of this machine that a COPY takes files from: the context, or a named one. */
export interface FolderSourceOptions extends IoOptions {
  /** Absolute. */
  readonly root: string;
  /** Its .dockerignore, and what that is called in messages. */
  readonly ignore: { readonly matcher: Matcher; readonly name: string } | undefined;
  readonly lister?: FolderLister | undefined;
}

/** Files come with user and group 0 and the permission bits that they have; nothing outside of the folder is ever read. */
export function folderSource({ root, ignore, lister, ...io }: FolderSourceOptions): CopySource {
  const isIgnored = (path: string) => path !== "" && (ignore?.matcher.ignores(path) ?? false);
  return {
    keepsOwner: false,
    async find(pattern) {
      const clean = posix.join("/", pattern).slice(1).replace(/\/$/, "");
      if (isGlob(clean))
        return findAll(root, clean).filter(({ path, isDirectory }) => isDirectory || !isIgnored(path));
      const found = resolveInside(root, clean);
      if (found === undefined) throw notFound(pattern, `in the context ${root}`);
      if (isIgnored(found.path) && !(found.isDirectory && ignore!.matcher.mayReinclude(found.path)))
        throw notFound(pattern, `(${ignore!.name} leaves it out)`);
      return [{ ...found, name: clean }];
    },
    async entries(found, destination, { owner, exclude }) {
      const listed = await listSource(
        {
          source: join(root, found.path),
          destination,
          exclude,
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

function notFound(pattern: string, where: string) {
  const path = posix.join("/", pattern);
  return invalid(`failed to calculate checksum: ${JSON.stringify(path)}: not found ${where}`);
}

/** What a pattern names, each part of it matched in the folders that the parts before it named; none is no error. */
function findAll(root: string, pattern: string): readonly Found[] {
  let folders: readonly Found[] = [{ path: "", name: "", isDirectory: true }];
  for (const part of pattern.split("/")) {
    folders = folders
      .filter(({ isDirectory }) => isDirectory)
      .flatMap((folder) => namesFor(root, folder.path, part).map((name) => posix.join(folder.name, name)))
      .map((name) => {
        const found = resolveInside(root, name);
        return found === undefined ? undefined : { ...found, name };
      })
      .filter((found) => found !== undefined);
  }
  return folders;
}

function namesFor(root: string, folder: string, part: string): readonly string[] {
  if (!isGlob(part)) return [part];
  const matches = compileGlob(part);
  const path = join(root, folder);
  try {
    return readdirSync(path).filter(matches).sort(comparePaths);
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** Most symlinks that are followed for one path, as Linux has it. */
const mostLinks = 40;

/** Follows a path through symlinks without leaving the folder: to it an absolute one is relative, and ".." ends there. */
function resolveInside(root: string, path: string): Omit<Found, "name"> | undefined {
  let done = "";
  let isDirectory = true;
  let links = 0;
  const parts = path.split("/");
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    if (part === "" || part === ".") continue;
    if (part === "..") {
      done = posix.dirname(`/${done}`).slice(1);
      continue;
    }
    if (!isDirectory) return undefined;
    const next = posix.join(done, part);
    const stat = look(join(root, next));
    if (stat === undefined) return undefined;
    if (!stat.isSymbolicLink()) {
      [done, isDirectory] = [next, stat.isDirectory()];
      continue;
    }
    if (++links > mostLinks) throw invalid(`/${path} is a symlink that leads to itself`);
    const target = readlinkSync(join(root, next));
    if (target.startsWith("/")) done = "";
    parts.unshift(...target.split("/"));
  }
  return { path: done, isDirectory };
}

function look(path: string) {
  try {
    return lstatSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw unreadable(path, error);
  }
}
