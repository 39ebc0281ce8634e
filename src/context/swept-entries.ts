import { GantryError } from "../errors.js";
import type { OnEvent } from "../model/events.js";
import type { Entry } from "../plan/plan.js";
import { type Facts, factsAt, factsOf, isIgnored } from "./facts.js";
import { type Files, readLinkTarget, requireUtf8Name, unreadable } from "./files.js";
import { isWhiteout } from "./image-path.js";
import { comparePaths } from "./path-order.js";
import { withSlash } from "./share.js";
import {
  type Recording,
  directoryEntry,
  fileEntry,
  hardlinkEntry,
  kindOf,
  symlinkEntry,
  unsupported,
} from "./source-entry.js";
import { type List, type Lists, openLists } from "./swept-lists.js";
import type { Swept } from "./sweep.js";

/** What makes entries of what was seen. */
export interface EntriesOptions {
  readonly root: {
    readonly path: string;
    readonly facts: Facts;
    readonly image: string;
    readonly ignored: boolean;
  };
  readonly files: Files;
  readonly how: Recording;
  readonly onEvent?: OnEvent | undefined;
}

/**
 * The entries of a tree as it was seen, one after the other in the order of a layer, made as they are asked for; without
 * recursion, depth costs no stack. What could not be looked at is looked at again, for its error. Returns whether they
 * are out of order, since an ignored folder came after something in it was found to be kept.
 */
export function* sweptEntries(swept: Swept, options: EntriesOptions): Generator<Entry, boolean> {
  const { root } = options;
  const walk: Walk = { ...options, found: [], late: false, firstNames: new Map(), lists: openLists(swept) };
  const top: Found = { ...root, list: walk.lists.root(), sortKey: "", parent: undefined, recorded: false };
  if (!top.ignored) record(walk, top);
  const stack: Open[] = [enter(walk, top)];
  for (let at = stack.at(-1); at !== undefined; at = stack.at(-1)) {
    const name = at.next === at.end ? undefined : at.names[at.next]!;
    const inner = at.waiting.at(-1);
    // What is in "a" sorts as "a/…": after "a-b" and before "a0".
    if (inner !== undefined && (name === undefined || comparePaths(inner.sortKey, name) < 0))
      stack.push(enter(walk, at.waiting.pop()!));
    else if (name === undefined) stack.pop();
    else visit(walk, at, name);
    if (walk.found.length === 0) continue;
    yield* walk.found;
    walk.found.length = 0;
  }
  return walk.late;
}

interface Walk extends EntriesOptions {
  readonly lists: Lists;
  /** Entries that were found by the last step. */
  readonly found: Entry[];
  late: boolean;
  /** Device and inode of a file with several names, and its first path in the image. */
  readonly firstNames: Map<string, string>;
}

/** A folder that was met. */
interface Found {
  readonly path: string;
  readonly facts: Facts;
  /** Its path in the image. */
  readonly image: string;
  readonly list: List;
  /** Its name with a slash: where its contents stand among its siblings. */
  readonly sortKey: string;
  readonly parent: Found | undefined;
  readonly ignored: boolean;
  recorded: boolean;
}

/** A folder being walked. */
interface Open {
  readonly folder: Found;
  /** What goes before a name in it; made once, since most names share it. */
  readonly inPath: string;
  readonly inImage: string;
  /** The names of its share, of which its own begin at `next` and end before `end`. */
  readonly names: readonly string[];
  readonly facts: Float64Array;
  next: number;
  readonly end: number;
  /** The list of the next folder in it. */
  nextFolder: number;
  /** Folders met whose contents are still to come; the last comes first. */
  readonly waiting: Found[];
}

function enter({ files }: Walk, folder: Found): Open {
  const { path, image, list } = folder;
  const { names, facts, from, count, firstFolder } = list;
  if (count < 0) throw unreadableFolder(path, files);
  return {
    ...{ folder, inPath: withSlash(path), inImage: withSlash(image), names, facts },
    ...{ next: from, end: from + count, nextFolder: firstFolder, waiting: [] },
  };
}

function unreadableFolder(path: string, files: Files): GantryError {
  try {
    files.readdir(path);
  } catch (error) {
    return unreadable(path, error);
  }
  return lateFolder(path);
}

function lateFolder(path: string): GantryError {
  return new GantryError(
    "ERR_GANTRY_SOURCE_CHANGED",
    `${path} could not be read at first, and then it could; build again once nothing changes there`,
  );
}

function visit(walk: Walk, at: Open, name: string): void {
  const { folder, inPath, inImage } = at;
  const index = at.next++;
  const path = inPath + name;
  try {
    requireUtf8Name(walk.files, folder.path, name);
    const facts = factsAt(at.facts, index) ?? lookAgain(path, walk.files);
    if (isWhiteout(name)) throw whiteout(path);
    const [kind, image] = [kindOf(facts), inImage + name];
    if (kind === "directory") {
      const ignored = isIgnored(at.facts, index);
      const list = walk.lists.at(folder.list, at.nextFolder++);
      const found = {
        path,
        facts,
        image,
        list,
        sortKey: `${name}/`,
        parent: folder,
        ignored,
        recorded: false,
      };
      if (!ignored) record(walk, found);
      at.waiting.push(found);
    } else if (kind === "socket") {
      walk.onEvent?.({
        type: "warning",
        code: "GANTRY_SOCKET_SKIPPED",
        message: `${path} is a socket: left out`,
      });
    } else {
      recordParents(walk, folder);
      walk.found.push(leafEntry(walk, { path, image, facts, kind }));
    }
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** For the error of what could not be looked at. A folder that can be by now was not looked through. */
function lookAgain(path: string, files: Files): Facts {
  const facts = factsOf(files.lstat(path));
  if (kindOf(facts) === "directory") throw lateFolder(path);
  return facts;
}

function record(walk: Walk, folder: Found): void {
  recordParents(walk, folder.parent);
  folder.recorded = true;
  if (folder.image !== "") walk.found.push(directoryEntry(folder.image, folder.facts, walk.how));
}

/** Where something in an ignored folder is kept, so is the folder, and those it is in. */
function recordParents(walk: Walk, folder: Found | undefined): void {
  for (let at = folder; at !== undefined && !at.recorded; at = at.parent) {
    at.recorded = true;
    walk.late = true;
    if (at.image !== "") walk.found.push(directoryEntry(at.image, at.facts, walk.how));
  }
}

function leafEntry(
  { files, how, firstNames }: Walk,
  {
    path,
    image,
    facts,
    kind,
  }: Pick<Found, "path" | "image" | "facts"> & { readonly kind: ReturnType<typeof kindOf> },
): Entry {
  if (kind === "symlink") return symlinkEntry(image, readSeenLink(path, facts, files), how);
  if (kind !== "file") throw unsupported(path, kind);
  if (facts.nlink > 1) {
    const inode = `${facts.dev}:${facts.ino}`;
    const first = firstNames.get(inode);
    if (first !== undefined) return hardlinkEntry(image, first, facts, how);
    firstNames.set(inode, image);
  }
  return fileEntry(image, path, facts, how);
}

/** A symlink's text, read later than its facts: afresh each time that the entries are made. */
function readSeenLink(path: string, seen: Facts, files: Files): string {
  const isSame = () => {
    const { ino, ctimeMs } = files.lstat(path);
    return ino === seen.ino && ctimeMs === seen.ctime;
  };
  if (isSame()) {
    const target = readLinkTarget(files, path);
    if (isSame()) return target;
  }
  throw new GantryError(
    "ERR_GANTRY_SOURCE_CHANGED",
    `${path} changed while it was being packed: something else has taken its place; let nothing write to the files during a build`,
  );
}

function whiteout(path: string): GantryError {
  return new GantryError(
    "ERR_GANTRY_SOURCE_UNSUPPORTED",
    `${path}: a name that begins with .wh. would delete a file of the image; rename it, or exclude it`,
  );
}
