import type { BigIntStats } from "node:fs";
import { GantryError } from "../errors.js";
import type { IoOptions } from "../model/events.js";
import type { Entry } from "../plan/plan.js";
import { type Files, readLinkTarget, requireUtf8Name, unreadable } from "./files.js";
import { isWhiteout } from "./image-path.js";
import { comparePaths } from "./path-order.js";
import {
  type Recording,
  directoryEntry,
  fileEntry,
  hardlinkEntry,
  kindOf,
  symlinkEntry,
  unsupported,
} from "./source-entry.js";
import { type Filter, type Verdict, judge, mayHoldKept } from "./source-filter.js";

/** What a walk needs to know. */
export interface WalkOptions extends IoOptions {
  readonly filters: readonly Filter[];
  readonly files: Files;
  readonly how: Recording;
  readonly onDirectory: ((path: string) => void) | undefined;
}

/**
 * Lists a folder and what is in it in the order of a layer, without recursion: depth costs no stack. Its own file-system
 * calls are synchronous, one for each folder and one for each entry; now and then it lets the event loop run.
 */
export async function walkFolder(
  root: { readonly path: string; readonly stat: BigIntStats; readonly image: string },
  { signal, ...options }: WalkOptions,
): Promise<Entry[]> {
  const walk: Walk = { ...options, entries: [], late: false, firstNames: new Map() };
  const states = options.filters.map(({ state }) => state);
  const verdict = { ignored: states.some((state) => state?.ignored), states };
  const found: Found = { ...root, sortKey: "", relative: "", parent: undefined, verdict, recorded: false };
  if (!verdict.ignored) record(walk, found);
  const stack = [openFolder(walk, found)];
  for (let steps = 1; stack.length > 0; steps++) {
    if (steps % stepsAtOnce === 0) await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
    step(walk, stack);
  }
  return walk.late ? walk.entries.sort((a, b) => comparePaths(a.path, b.path)) : walk.entries;
}

/** Steps between two chances for the event loop. */
const stepsAtOnce = 500;

interface Walk extends Omit<WalkOptions, "signal"> {
  readonly entries: Entry[];
  /** An ignored folder was recorded after all, once something in it was kept: the list is no longer in order. */
  late: boolean;
  /** Device and inode of a file with several names, and its first path in the image. */
  readonly firstNames: Map<string, string>;
}

/** A folder that was met. */
interface Found {
  readonly path: string;
  readonly stat: BigIntStats;
  /** Its path in the image, and relative to the source. */
  readonly image: string;
  readonly relative: string;
  /** Its name with a slash: where its contents stand among its siblings. */
  readonly sortKey: string;
  readonly parent: Found | undefined;
  readonly verdict: Verdict;
  recorded: boolean;
}

/** A folder being walked. */
interface Open {
  readonly folder: Found;
  /** What goes before a name in it; made once, since most names share it. */
  readonly inPath: string;
  readonly inImage: string;
  readonly inRelative: string;
  readonly names: readonly string[];
  next: number;
  /** Folders met whose contents are still to come; the last comes first. */
  readonly waiting: Found[];
}

/** Looks at the next name of the innermost folder, or goes into a folder, or out of one. */
function step(walk: Walk, stack: Open[]): void {
  const at = stack.at(-1)!;
  const name = at.names[at.next];
  const inner = at.waiting.at(-1);
  // What is in "a" sorts as "a/…": after "a-b" and before "a0".
  if (inner !== undefined && (name === undefined || comparePaths(inner.sortKey, name) < 0)) {
    at.waiting.pop();
    stack.push(openFolder(walk, inner));
  } else if (name === undefined) {
    stack.pop();
  } else {
    at.next++;
    visit(walk, at, name);
  }
}

function openFolder(walk: Walk, folder: Found): Open {
  const { path, image, relative } = folder;
  walk.onDirectory?.(path);
  try {
    const names = walk.files.readdir(path).sort(comparePaths);
    const [inPath, inImage, inRelative] = [withSlash(path), withSlash(image), withSlash(relative)];
    return { folder, inPath, inImage, inRelative, names, next: 0, waiting: [] };
  } catch (error) {
    throw unreadable(path, error);
  }
}

function withSlash(path: string): string {
  return path === "" || path.endsWith("/") ? path : `${path}/`;
}

function visit(walk: Walk, { folder, inPath, inImage, inRelative, waiting }: Open, name: string): void {
  const relative = inRelative + name;
  const verdict = judge(walk.filters, folder.verdict, relative);
  if (verdict.ignored && !mayHoldKept(walk.filters, verdict, relative)) return;
  const path = inPath + name;
  try {
    requireUtf8Name(walk.files, folder.path, name);
    const stat = walk.files.lstat(path);
    const kind = kindOf(stat);
    if (verdict.ignored && kind !== "directory") return;
    if (isWhiteout(name)) throw whiteout(path);
    const image = inImage + name;
    if (kind === "directory") {
      const sortKey = `${name}/`;
      const found = { path, stat, image, relative, sortKey, parent: folder, verdict, recorded: false };
      if (!verdict.ignored) record(walk, found);
      waiting.push(found);
    } else if (kind === "socket") {
      walk.onEvent?.({
        type: "warning",
        code: "GANTRY_SOCKET_SKIPPED",
        message: `${path} is a socket: left out`,
      });
    } else {
      recordParents(walk, folder);
      walk.entries.push(leafEntry(walk, { path, image, stat, kind }));
    }
  } catch (error) {
    throw unreadable(path, error);
  }
}

function record(walk: Walk, folder: Found): void {
  recordParents(walk, folder.parent);
  folder.recorded = true;
  if (folder.image !== "") walk.entries.push(directoryEntry(folder.image, folder.stat, walk.how));
}

/** Where something in an ignored folder is kept, so is the folder, and those it is in. */
function recordParents(walk: Walk, folder: Found | undefined): void {
  for (let at = folder; at !== undefined && !at.recorded; at = at.parent) {
    at.recorded = true;
    walk.late = true;
    if (at.image !== "") walk.entries.push(directoryEntry(at.image, at.stat, walk.how));
  }
}

function leafEntry(
  { files, how, firstNames }: Walk,
  {
    path,
    image,
    stat,
    kind,
  }: Pick<Found, "path" | "image" | "stat"> & { readonly kind: ReturnType<typeof kindOf> },
): Entry {
  if (kind === "symlink") return symlinkEntry(image, readLinkTarget(files, path), how);
  if (kind !== "file") throw unsupported(path, kind);
  if (stat.nlink > 1n) {
    const inode = `${stat.dev}:${stat.ino}`;
    const first = firstNames.get(inode);
    if (first !== undefined) return hardlinkEntry(image, first, stat, how);
    firstNames.set(inode, image);
  }
  return fileEntry(image, path, stat, how);
}

function whiteout(path: string): GantryError {
  return new GantryError(
    "ERR_GANTRY_SOURCE_UNSUPPORTED",
    `${path}: a name that begins with .wh. would delete a file of the image; rename it, or exclude it`,
  );
}
