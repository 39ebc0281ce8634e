import { constants } from "node:fs";
import { GantryError } from "../errors.js";
import type { Entry } from "../plan/plan.js";
import type { Facts } from "./facts.js";

/** User and group of every entry of one source: numbers, 0 to 2^31-1. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** How the entries of one source are recorded. */
export interface Recording {
  readonly owner: Owner;
  /** For files; folders get it with the search bit wherever it has the read bit. Undefined: see `preserveMode`. */
  readonly mode: number | undefined;
  /** The permission bits as they are on disk; otherwise 0755 for folders and what the owner may execute, else 0644. */
  readonly preserveMode: boolean;
  /** Seconds since 1970. */
  readonly mtime: number;
}

export type SourceKind =
  "file" | "directory" | "symlink" | "socket" | "fifo" | "character device" | "block device";

/** What a path is, by its `lstat`. */
export function kindOf({ mode }: Pick<Facts, "mode">): SourceKind {
  return kinds.get(mode & constants.S_IFMT) ?? "file";
}

const kinds: ReadonlyMap<number, SourceKind> = new Map([
  [constants.S_IFREG, "file"],
  [constants.S_IFDIR, "directory"],
  [constants.S_IFLNK, "symlink"],
  [constants.S_IFSOCK, "socket"],
  [constants.S_IFIFO, "fifo"],
  [constants.S_IFCHR, "character device"],
  [constants.S_IFBLK, "block device"],
]);

/** The error for what no layer can hold. */
export function unsupported(path: string, kind: SourceKind): GantryError {
  return new GantryError(
    "ERR_GANTRY_SOURCE_UNSUPPORTED",
    `${path} is a ${kind}; expected files, folders and symlinks: exclude it`,
  );
}

/** A file whose bytes are read, much later, from `source`; its stamp then tells whether it is still the same. */
export function fileEntry(path: string, source: string, facts: Facts, how: Recording): Entry {
  return {
    path,
    type: "file",
    mode: fileMode(facts.mode, how),
    uid: how.owner.uid,
    gid: how.owner.gid,
    mtime: how.mtime,
    size: facts.size,
    // What was seen is the stamp: a copy of it for each of a million files would be memory and time.
    bytes: { type: "file", path: source, stamp: facts },
  };
}

/** Another name of a file that comes earlier in the layer. */
export function hardlinkEntry(path: string, target: string, facts: Facts, how: Recording): Entry {
  const mode = fileMode(facts.mode, how);
  const { uid, gid } = how.owner;
  return { path, type: "hardlink", mode, uid, gid, mtime: how.mtime, size: 0, linkTarget: target };
}

export function directoryEntry(path: string, facts: Facts, how: Recording): Entry {
  const mode = directoryMode(facts.mode, how);
  return { path, type: "directory", mode, uid: how.owner.uid, gid: how.owner.gid, mtime: how.mtime, size: 0 };
}

/** A symlink with its text as it is; no system looks at a symlink's mode, 0777 is what Linux shows. */
export function symlinkEntry(path: string, target: string, how: Recording): Entry {
  const { uid, gid } = how.owner;
  return { path, type: "symlink", mode: 0o777, uid, gid, mtime: how.mtime, size: 0, linkTarget: target };
}

function fileMode(onDisk: number, { mode, preserveMode }: Recording): number {
  if (mode !== undefined) return mode & 0o7777;
  if (preserveMode) return onDisk & 0o7777;
  return (onDisk & 0o100) === 0 ? 0o644 : 0o755;
}

/** setuid and setgid are asked for programs; the sticky bit means something only on folders. */
function directoryMode(onDisk: number, { mode, preserveMode }: Recording): number {
  if (mode !== undefined) return (mode & 0o1777) | ((mode & 0o444) >> 2);
  return preserveMode ? onDisk & 0o7777 : 0o755;
}
