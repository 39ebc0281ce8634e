import { isUtf8 } from "node:buffer";
import { type Stats, lstatSync, readdirSync, readlinkSync, realpathSync } from "node:fs";
import { GantryError } from "../errors.js";

/** What listing asks of a file system. Synchronous: an asynchronous call for each of 100,000 entries costs seconds. */
export interface Files {
  /** Names in a folder, in any order; bytes that are not UTF-8 show as U+FFFD. */
  readdir(path: string): string[];
  lstat(path: string): Stats;
  readlink(path: string): string;
  /** The same path with every symlink resolved. */
  realpath(path: string): string;
  /** The bytes of the names in a folder. */
  rawNames(path: string): Buffer[];
  rawLink(path: string): Buffer;
}

/** This machine's file system. */
export const nodeFiles: Files = {
  readdir: (path) => readdirSync(path),
  lstat: (path) => lstatSync(path),
  readlink: (path) => readlinkSync(path),
  realpath: (path) => realpathSync(path),
  rawNames: (path) => readdirSync(path, { encoding: "buffer" }),
  rawLink: (path) => readlinkSync(path, { encoding: "buffer" }),
};

/** Refuses a name whose bytes are not UTF-8, showing them as \xFF: tar readers would disagree about what they mean. */
export function requireUtf8Name(files: Files, folder: string, name: string): void {
  // Decoding puts U+FFFD for bad bytes, so every other name is known to be good without looking at its bytes.
  if (!name.includes("\ufffd")) return;
  const raw = files.rawNames(folder).find((bytes) => !isUtf8(bytes) && bytes.toString() === name);
  if (raw !== undefined) throw notUtf8(`the name of ${folder}/${escapeBytes(raw)}`);
}

/** A symlink's text; refused where its bytes are not UTF-8. */
export function readLinkTarget(files: Files, path: string): string {
  const target = files.readlink(path);
  if (target.includes("\ufffd")) {
    const raw = files.rawLink(path);
    if (!isUtf8(raw)) throw notUtf8(`the target of the symlink ${path}, ${escapeBytes(raw)},`);
  }
  return target;
}

/** The error for a file that could be listed but not looked at; one that is gone since is said to have changed. */
export function unreadable(path: string, error: unknown): GantryError {
  if (error instanceof GantryError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOENT" || code === "ENOTDIR") {
    return new GantryError(
      "ERR_GANTRY_SOURCE_CHANGED",
      `${path} vanished while it was being listed; build again once nothing writes there`,
      { cause: error },
    );
  }
  return new GantryError(
    "ERR_GANTRY_SOURCE_UNREADABLE",
    `${path} cannot be read: ${reasons[code ?? ""] ?? message}`,
    {
      cause: error,
    },
  );
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: "permission denied (EACCES); allow this user to read it, or exclude it",
  EPERM: "not permitted (EPERM); allow this user to read it, or exclude it",
  EMFILE: "this process has too many open files (EMFILE); raise `ulimit -n`",
  ENFILE: "this machine has too many open files (ENFILE)",
  EIO: "the disk reports an input/output error (EIO)",
  ESTALE: "the network file system lost it (ESTALE); build again",
  ELOOP: "it is a symlink that leads to itself (ELOOP)",
  ENAMETOOLONG:
    "its path is longer than this system allows (ENAMETOOLONG); build from a folder nearer to the root",
};

function notUtf8(what: string): GantryError {
  return new GantryError(
    "ERR_GANTRY_SOURCE_UNSUPPORTED",
    `${what} is not valid UTF-8, which layers need; rename it, or exclude it`,
  );
}

function escapeBytes(raw: Buffer): string {
  return raw
    .toString("latin1")
    .replace(/[^ -~]/g, (char) => `\\x${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
}
