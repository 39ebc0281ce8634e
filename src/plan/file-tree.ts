import type { IoOptions } from "../model/events.js";
import type { ByteSource, Entry } from "./plan.js";

/**
 * What an image's layers make together: for asking, not for reading bytes. Paths are those of the image, "" the root;
 * slashes around them and "." in them mean nothing. Never changes.
 */
export interface FileTree {
  /** What is at a path, symlinks not followed; undefined where there is nothing. */
  lookup(path: string): TreeNode | undefined;
  /**
   * Where a path leads when symlinks in every part are followed, the last one too unless asked otherwise. It never leaves
   * the root: there absolute targets begin and ".." ends; ".." takes back the name before it, as in BuildKit. Missing
   * parts stay as they are, so that the path is where a file written there would land. ERR_GANTRY_LIMIT beyond 255
   * links, as of a loop.
   */
  resolve(path: string, options?: ResolveOptions): Resolved;
  /** The names in a folder, ordered by their bytes; none where it is missing or no folder. Symlinks are not followed. */
  children(path: string): Iterable<string>;
  /**
   * The bytes of a small file, symlinks followed; undefined where it is missing or no file. Those of etc/passwd and
   * etc/group are at hand, another file's come from its layer. ERR_GANTRY_LIMIT beyond 10 MiB.
   */
  read(path: string, options?: IoOptions): Promise<Uint8Array | undefined>;
  /**
   * Where the bytes of files (paths without symlinks) are on this machine, by path; an empty file has none. Files of
   * layers are brought there first, each layer read once.
   */
  files(paths: readonly string[], options?: IoOptions): Promise<ReadonlyMap<string, ByteSource>>;
  /** Of paths (without symlinks) that are names of one file, hard links, each but the first of them, with the first. */
  linksAmong(paths: readonly string[]): ReadonlyMap<string, string>;
  /**
   * The tree with the entries of one more layer, by the rules that layers are unpacked by. Costs what the entries and
   * the folders with them cost, and this tree stays as it is.
   */
  with(entries: readonly Entry[]): FileTree;
}

export interface ResolveOptions {
  /** Whether a symlink at the path's own end is followed (default) or is what the path means. */
  readonly last?: "follow" | "keep" | undefined;
}

export interface Resolved {
  readonly path: string;
  readonly node: TreeNode | undefined;
}

export interface TreeNode {
  /** "other" is a device or a fifo. */
  readonly type: "file" | "directory" | "symlink" | "other";
  /** Permission bits with setuid, setgid and sticky: 0–0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes; 0 unless a file. */
  readonly size: number;
  /** Of a symlink: its text. */
  readonly linkTarget?: string;
}
