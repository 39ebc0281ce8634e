import type { BigIntStats } from "node:fs";
import { GantryError } from "../errors.js";
import type { IoOptions } from "../model/events.js";
import type { Entry } from "../plan/plan.js";
import { type Files, nodeFiles, readLinkTarget, requireUtf8Name, unreadable } from "./files.js";
import { isWhiteout, requireImagePath } from "./image-path.js";
import type { Matcher } from "./ignore.js";
import { comparePaths } from "./path-order.js";
import {
  type Filter,
  type Verdict,
  ignoredSource,
  judge,
  mayHoldKept,
  sourceFilters,
} from "./source-filter.js";
import {
  type Recording,
  directoryEntry,
  fileEntry,
  hardlinkEntry,
  kindOf,
  symlinkEntry,
} from "./source-entry.js";
import { type SourceRoot, findSource } from "./source-root.js";

/** A file or folder of this machine, and how it is recorded in a layer. */
export interface SourceRequest extends Recording {
  /** Absolute. A symlink here (and only here) stands for what it leads to. */
  readonly source: string;
  /** Path in the image without slashes around; "" is the root, for folders only. */
  readonly destination: string;
  /** Patterns against paths relative to the source (a file: against its name). */
  readonly exclude: Matcher | undefined;
  /** The context's .dockerignore: patterns against paths relative to `root`, which is absolute. */
  readonly ignore: { readonly root: string; readonly matcher: Matcher } | undefined;
  /** Called with the absolute path of each folder that is read. */
  readonly onDirectory?: ((path: string) => void) | undefined;
  /** The file system to list; this machine's unless given. */
  readonly files?: Files | undefined;
}

/**
 * Lists a file, or a folder and what is in it, in the order of a layer. A folder's contents land below the destination
 * and the folder itself at it, unless that is the root; a file lands at the destination. Symlinks are kept as they are.
 * Of several names of one file (hardlinks) the first in order is the file. Throws ERR_GANTRY_SOURCE_NOT_FOUND,
 * ERR_GANTRY_SOURCE_UNREADABLE, ERR_GANTRY_SOURCE_CHANGED and ERR_GANTRY_SOURCE_UNSUPPORTED, naming the file.
 */
export async function listSource(
  request: SourceRequest,
  { signal, onEvent }: IoOptions = {},
): Promise<Entry[]> {
  const { destination, files = nodeFiles } = request;
  if (destination !== "") requireImagePath(destination);
  const root = findSource(request.source, files);
  const filters = sourceFilters(request, root.kind === "directory");
  if (root.kind === "directory") return listFolder(request, { root, files, filters, signal, onEvent });
  if (filters.some(({ state }) => state?.ignored)) return [];
  if (destination === "") throw notAFolder(request.source);
  if (root.kind !== "file") throw unsupported(request.source, root.kind);
  return [fileEntry(destination, root.path, root.stat, request)];
}

async function listFolder(
  request: SourceRequest,
  { root, signal, ...given }: Pick<Walk, "files" | "filters" | "onEvent"> & IoOptions & { root: SourceRoot },
): Promise<Entry[]> {
  const walk: Walk = { request, ...given, entries: [], late: false, firstNames: new Map() };
  const states = walk.filters.map(({ state }) => state);
  const ignored = states.some((state) => state?.ignored);
  const top = openFolder(walk, {
    path: root.path,
    stat: root.stat,
    image: request.destination,
    relative: "",
    parent: undefined,
    verdict: { ignored, states },
    recorded: false,
  });
  if (!ignored) record(walk, top);
  await descend(walk, top, signal);
  if (ignored && !top.recorded) throw ignoredSource(request.source);
  return walk.late ? walk.entries.sort((a, b) => comparePaths(a.path, b.path)) : walk.entries;
}

interface Walk {
  readonly request: SourceRequest;
  readonly files: Files;
  readonly filters: readonly Filter[];
  readonly onEvent: IoOptions["onEvent"];
  readonly entries: Entry[];
  /** An ignored folder was recorded after all, once something in it was kept: the list is no longer in order. */
  late: boolean;
  /** Device and inode of a file with several names → its first path in the image. */
  readonly firstNames: Map<string, string>;
}

/** A folder being walked. Folders are kept on a list of their own, so depth costs no stack. */
interface Folder {
  readonly path: string;
  readonly stat: BigIntStats;
  /** Its path in the image, and relative to the source. */
  readonly image: string;
  readonly relative: string;
  /** What goes before a name in it: `path`, `image` and `relative` with a slash where one is needed. */
  readonly inPath: string;
  readonly inImage: string;
  readonly inRelative: string;
  readonly parent: Folder | undefined;
  readonly verdict: Verdict;
  recorded: boolean;
  readonly names: readonly string[];
  next: number;
  /** Folders met whose contents are still to come; the last comes first. */
  readonly waiting: Found[];
}

interface Found {
  readonly name: string;
  readonly stat: BigIntStats;
  readonly verdict: Verdict;
  readonly recorded: boolean;
}

/** Steps between two looks at the signal, which also let the event loop run. */
const stepsAtOnce = 500;

async function descend(walk: Walk, top: Folder, signal: AbortSignal | undefined): Promise<void> {
  const stack = [top];
  for (let steps = 1; stack.length > 0; steps++) {
    if (steps % stepsAtOnce === 0) await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
    const folder = stack.at(-1)!;
    const name = folder.names[folder.next];
    const found = folder.waiting.at(-1);
    // What is in "a" sorts as "a/…", which is after "a-b" and before "a0".
    if (found !== undefined && (name === undefined || comparePaths(`${found.name}/`, name) < 0)) {
      folder.waiting.pop();
      stack.push(openChild(walk, folder, found));
    } else if (name === undefined) {
      stack.pop();
    } else {
      folder.next++;
      visit(walk, folder, name);
    }
  }
}

function openChild(walk: Walk, parent: Folder, { name, stat, verdict, recorded }: Found): Folder {
  const path = `${parent.path}/${name}`;
  const image = below(parent.image, name);
  return openFolder(walk, {
    path,
    stat,
    image,
    parent,
    relative: below(parent.relative, name),
    verdict,
    recorded,
  });
}

function openFolder(walk: Walk, folder: Omit<Folder, "names" | "next" | "waiting" | `in${string}`>): Folder {
  walk.request.onDirectory?.(folder.path);
  try {
    const names = walk.files.readdir(folder.path).sort(comparePaths);
    return { ...folder, names, next: 0, waiting: [] };
  } catch (error) {
    throw unreadable(folder.path, error);
  }
}

function visit(walk: Walk, folder: Folder, name: string): void {
  const relative = below(folder.relative, name);
  const verdict = judge(walk.filters, folder.verdict, relative);
  const wanted = !verdict.ignored || mayHoldKept(walk.filters, verdict, relative);
  if (!wanted) return;
  const path = `${folder.path}/${name}`;
  try {
    const stat = walk.files.lstat(path);
    const kind = kindOf(stat);
    if (verdict.ignored && kind !== "directory") return;
    requireUtf8Name(walk.files, folder.path, name);
    if (isWhiteout(name)) throw whiteout(path);
    if (!verdict.ignored) recordParents(walk, folder);
    if (kind !== "directory") return recordLeaf(walk, { path, image: below(folder.image, name), stat, kind });
    const found = { name, stat, verdict, recorded: !verdict.ignored };
    if (found.recorded) walk.entries.push(directoryEntry(below(folder.image, name), stat, walk.request));
    folder.waiting.push(found);
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** Something in an ignored folder is kept, so the folder is too, and those it is in. */
function recordParents(walk: Walk, folder: Folder): void {
  for (let at: Folder | undefined = folder; at !== undefined && !at.recorded; at = at.parent) {
    walk.late = true;
    record(walk, at);
  }
}

function record(walk: Walk, folder: Folder): void {
  folder.recorded = true;
  if (folder.image !== "") walk.entries.push(directoryEntry(folder.image, folder.stat, walk.request));
}

function recordLeaf(
  walk: Walk,
  {
    path,
    image,
    stat,
    kind,
  }: { path: string; image: string; stat: BigIntStats; kind: ReturnType<typeof kindOf> },
): void {
  const { request, files, entries, firstNames } = walk;
  if (kind === "symlink") {
    entries.push(symlinkEntry(image, readLinkTarget(files, path), request));
  } else if (kind === "socket") {
    walk.onEvent?.({
      type: "warning",
      code: "GANTRY_SOCKET_SKIPPED",
      message: `${path} is a socket, left out`,
    });
  } else if (kind !== "file") {
    throw unsupported(path, kind);
  } else if (stat.nlink > 1n) {
    const inode = `${stat.dev}:${stat.ino}`;
    const first = firstNames.get(inode);
    if (first === undefined) firstNames.set(inode, image);
    entries.push(
      first === undefined
        ? fileEntry(image, path, stat, request)
        : hardlinkEntry(image, first, stat, request),
    );
  } else {
    entries.push(fileEntry(image, path, stat, request));
  }
}

function below(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}

function unsupported(path: string, kind: string): GantryError {
  return new GantryError(
    "ERR_GANTRY_SOURCE_UNSUPPORTED",
    `${path} is a ${kind}; expected files, folders and symlinks: exclude it`,
  );
}

function whiteout(path: string): GantryError {
  return new GantryError(
    "ERR_GANTRY_SOURCE_UNSUPPORTED",
    `${path}: a name that begins with .wh. would delete a file of the image; rename it, or exclude it`,
  );
}

function notAFolder(path: string): GantryError {
  return new GantryError(
    "ERR_GANTRY_SPEC_INVALID",
    `${path} is a file and cannot stand at the image's root "/"; give it a path, or end the destination with "/"`,
  );
}
