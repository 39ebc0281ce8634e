import { rest } from "../concurrency.js";
import { GantryError } from "../errors.js";
import type { IoOptions } from "../model/events.js";
import type { Entry } from "../plan/plan.js";
import type { FolderLister, ListedFolder } from "../plan/world.js";
import { type Files, readLinkTarget, requireUtf8Name, unreadable } from "./files.js";
import { isWhiteout } from "./image-path.js";
import { type Facts, factsAt, factsOf, foldersOf, listHere, namesOf } from "./listed-folder.js";
import { comparePaths } from "./path-order.js";
import { type ReadAhead, createReadAhead } from "./read-ahead.js";
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
  /** Lists folders on other threads; without one all is read here. */
  readonly lister: FolderLister | undefined;
  readonly how: Recording;
  readonly onDirectory: ((path: string) => void) | undefined;
}

/**
 * Lists a folder and what is in it in the order of a layer, without recursion: depth costs no stack. Each folder is read
 * and each entry looked at once, by synchronous calls: here, or in large trees on other threads, ahead of the walk.
 * Now and then it lets the event loop run.
 */
export async function walkFolder(
  root: { readonly path: string; readonly facts: Facts; readonly image: string },
  { signal, ...options }: WalkOptions,
): Promise<Entry[]> {
  const walk = startWalk(options);
  const states = options.filters.map(({ state }) => state);
  const verdict = { ignored: states.some((state) => state?.ignored), states };
  const found: Found = { ...root, sortKey: "", relative: "", parent: undefined, verdict, recorded: false };
  if (!verdict.ignored) record(walk, found);
  const stack: Open[] = [];
  try {
    for (let next: Next = found; next !== undefined; next = advance(walk, stack)) {
      signal?.throwIfAborted();
      if (next === "rest") await rest();
      else stack.push(await enter(walk, next));
    }
  } finally {
    walk.ahead?.stop();
  }
  return walk.late ? walk.entries.sort((a, b) => comparePaths(a.path, b.path)) : walk.entries;
}

/** Steps between two chances for the event loop. */
const stepsAtOnce = 500;

/** What a walk does next: go into a folder, let the event loop run, or end. */
type Next = Found | "rest" | undefined;

interface Walk extends Omit<WalkOptions, "signal" | "lister"> {
  readonly ahead: ReadAhead<Inner> | undefined;
  readonly entries: Entry[];
  steps: number;
  /** An ignored folder was recorded after all, once something in it was kept: the list is no longer in order. */
  late: boolean;
  /** Device and inode of a file with several names, and its first path in the image. */
  readonly firstNames: Map<string, string>;
}

/** A folder that was met. */
interface Found {
  readonly path: string;
  readonly facts: Facts;
  /** Its path in the image, and relative to the source. */
  readonly image: string;
  readonly relative: string;
  /** Its name with a slash: where its contents stand among its siblings. */
  readonly sortKey: string;
  readonly parent: Found | undefined;
  readonly verdict: Verdict;
  recorded: boolean;
}

/** A folder that the walk will come to, as far as is known before it does. */
type Inner = Pick<Found, "path" | "relative" | "verdict">;

/** A folder being walked. */
interface Open {
  readonly folder: Found;
  /** What goes before a name in it; made once, since most names share it. */
  readonly inPath: string;
  readonly inImage: string;
  readonly inRelative: string;
  readonly names: readonly string[];
  /** Undefined where it is read as the walk goes. */
  readonly listed: ListedFolder | undefined;
  next: number;
  /** Folders met whose contents are still to come; the last comes first. */
  readonly waiting: Found[];
}

function startWalk({ lister, ...options }: Omit<WalkOptions, "signal">): Walk {
  const { filters } = options;
  const ahead =
    lister && createReadAhead<Inner>(lister, (folder, listed) => foldersIn(folder, listed, filters));
  return { ...options, ahead, entries: [], steps: 0, late: false, firstNames: new Map() };
}

/** Looks at names of the innermost folder, and goes out of folders, until there is one to go into. */
function advance(walk: Walk, stack: Open[]): Next {
  for (let at = stack.at(-1); at !== undefined; at = stack.at(-1)) {
    if (++walk.steps % stepsAtOnce === 0) return "rest";
    const name = at.names[at.next];
    const inner = at.waiting.at(-1);
    // What is in "a" sorts as "a/…": after "a-b" and before "a0".
    if (inner !== undefined && (name === undefined || comparePaths(inner.sortKey, name) < 0)) {
      return at.waiting.pop();
    }
    if (name === undefined) stack.pop();
    else visit(walk, at, name, at.next++);
  }
  return undefined;
}

async function enter(walk: Walk, folder: Found): Promise<Open> {
  const { path, image, relative } = folder;
  walk.onDirectory?.(path);
  const begun = walk.ahead?.take(path);
  const listed = (begun instanceof Promise ? await begun : begun) ?? readHere(walk, folder);
  try {
    const names = listed === undefined ? walk.files.readdir(path).sort(comparePaths) : namesOf(listed);
    const [inPath, inImage, inRelative] = [withSlash(path), withSlash(image), withSlash(relative)];
    return { folder, inPath, inImage, inRelative, names, listed, next: 0, waiting: [] };
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** Reads all of a folder at once, so that other threads can begin with the folders in it; without them nobody needs to know. */
function readHere({ ahead, files, filters }: Walk, folder: Found): ListedFolder | undefined {
  const listed = ahead && listHere(folder.path, files);
  if (listed !== undefined) foldersIn(folder, listed, filters).forEach((inner) => ahead?.expect(inner));
  return listed;
}

/** The folders in a folder that the walk will go into. */
function foldersIn(folder: Inner, listed: ListedFolder, filters: readonly Filter[]): readonly Inner[] {
  const at = foldersOf(listed);
  if (at.length === 0) return at as [];
  const names = namesOf(listed);
  const [inPath, inRelative] = [withSlash(folder.path), withSlash(folder.relative)];
  const found: Inner[] = [];
  for (const index of at) {
    const [path, relative] = [inPath + names[index]!, inRelative + names[index]!];
    const verdict = judge(filters, folder.verdict, relative);
    if (!verdict.ignored || mayHoldKept(filters, verdict, relative)) found.push({ path, relative, verdict });
  }
  return found;
}

function withSlash(path: string): string {
  return path === "" || path.endsWith("/") ? path : `${path}/`;
}

function visit(walk: Walk, at: Open, name: string, index: number): void {
  const { folder, inPath, inImage, inRelative, listed, waiting } = at;
  const relative = inRelative + name;
  const verdict = judge(walk.filters, folder.verdict, relative);
  if (verdict.ignored && !mayHoldKept(walk.filters, verdict, relative)) return;
  const path = inPath + name;
  try {
    requireUtf8Name(walk.files, folder.path, name);
    const facts = (listed && factsAt(listed, index)) ?? factsOf(walk.files.lstat(path));
    const kind = kindOf(facts);
    if (verdict.ignored && kind !== "directory") return;
    if (isWhiteout(name)) throw whiteout(path);
    const image = inImage + name;
    if (kind === "directory") {
      const sortKey = `${name}/`;
      const found = { path, facts, image, relative, sortKey, parent: folder, verdict, recorded: false };
      if (!verdict.ignored) record(walk, found);
      waiting.push(found);
      if (listed === undefined) walk.ahead?.expect(found);
    } else if (kind === "socket") {
      walk.onEvent?.({
        type: "warning",
        code: "GANTRY_SOCKET_SKIPPED",
        message: `${path} is a socket: left out`,
      });
    } else {
      recordParents(walk, folder);
      walk.entries.push(leafEntry(walk, { path, image, facts, kind }));
    }
  } catch (error) {
    throw unreadable(path, error);
  }
}

function record(walk: Walk, folder: Found): void {
  recordParents(walk, folder.parent);
  folder.recorded = true;
  if (folder.image !== "") walk.entries.push(directoryEntry(folder.image, folder.facts, walk.how));
}

/** Where something in an ignored folder is kept, so is the folder, and those it is in. */
function recordParents(walk: Walk, folder: Found | undefined): void {
  for (let at = folder; at !== undefined && !at.recorded; at = at.parent) {
    at.recorded = true;
    walk.late = true;
    if (at.image !== "") walk.entries.push(directoryEntry(at.image, at.facts, walk.how));
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
  if (kind === "symlink") return symlinkEntry(image, readLinkTarget(files, path), how);
  if (kind !== "file") throw unsupported(path, kind);
  if (facts.nlink > 1) {
    const inode = `${facts.dev}:${facts.ino}`;
    const first = firstNames.get(inode);
    if (first !== undefined) return hardlinkEntry(image, first, facts, how);
    firstNames.set(inode, image);
  }
  return fileEntry(image, path, facts, how);
}

function whiteout(path: string): GantryError {
  return new GantryError(
    "ERR_GANTRY_SOURCE_UNSUPPORTED",
    `${path}: a name that begins with .wh. would delete a file of the image; rename it, or exclude it`,
  );
}
