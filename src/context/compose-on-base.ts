import { GantryError } from "../errors.js";
import type { FileTree, TreeNode } from "../plan/file-tree.js";
import type { Entry } from "../plan/plan.js";
import { composeLayer, parentOf } from "./layer-files.js";
import { comparePaths } from "./path-order.js";
import { composeWalked } from "./walked-layer.js";

/** The list of one source. */
export interface SourceOnBase {
  readonly entries: readonly Entry[];
  /** What the user said himself; the rest of a folder that the base has stays as the base has it. */
  readonly asked: { readonly mode: boolean; readonly owner: boolean };
}

/** What a layer is laid over. */
export interface BaseBelow {
  readonly tree: FileTree;
  /** Whether the base decides what becomes of a path; other entries are written as they are. */
  readonly decides: (path: string) => boolean;
  /** Of folders, in seconds since 1970. */
  readonly mtime: number;
}

/**
 * Joins the lists of one layer as composeLayer does, laid over a base. Symlinks to folders on the way to an entry are
 * followed, and so is one in whose place a folder would be; a file takes the place of a symlink. Folders of the base that
 * entries are in are written with the base's own mode and owner, so that engines that unpack a layer on its own keep
 * them; those that nobody has get no entry. ERR_GANTRY_DESTINATION_TAKEN where a file would hide a folder of the base
 * with all that is in it, or a folder a file.
 */
export function composeOnBase(sources: readonly SourceOnBase[], below: BaseBelow): readonly Entry[] {
  const folders = new Map<string, Entry>();
  const place = createPlacing(below, folders);
  const lists = sources.map(({ entries, asked }) =>
    entries.map((entry) => place(entry, asked)).filter((entry) => entry !== undefined),
  );
  // The base was asked: nothing is left to be refused without it.
  const options = { onBase: true, assumeNew: ["/"], mtime: below.mtime };
  const composed = lists.every(isInOrder)
    ? composeWalked(lists, options)
    : composeLayer([...lists, []], options);
  return withFolders(composed, folders);
}

/** Where a folder of a layer lies on a base. */
export function followed(path: string, { tree, decides }: Pick<BaseBelow, "tree" | "decides">): string {
  return decides(path) ? tree.resolve(path).path : path;
}

type Placing = (entry: Entry, asked: SourceOnBase["asked"]) => Entry | undefined;

/** Finds an entry's place; undefined where the base has it already. Notes the base's folders on the way. */
function createPlacing({ tree, decides, mtime }: BaseBelow, folders: Map<string, Entry>): Placing {
  const parents = new Map<string, string>();
  const place: Placing = (entry, asked) => {
    const { path, type } = entry;
    if (type === "directory") return decides(path) ? placeFolder(entry, asked) : entry;
    const at = fileAt(path);
    if (decides(path)) refuseHiding(entry, at, tree);
    if (type === "hardlink") return { ...entry, path: at, linkTarget: fileAt(entry.linkTarget!) };
    return at === path ? entry : { ...entry, path: at };
  };

  function placeFolder(entry: Entry, asked: SourceOnBase["asked"]): Entry | undefined {
    const { path, node } = tree.resolve(entry.path);
    if (node === undefined) {
      noteFolders(parentOf(path), entry.path);
      return path === entry.path ? entry : { ...entry, path };
    }
    noteFolders(path, entry.path);
    // A link may lead to the root, which no layer writes.
    if (path === "" || (!asked.mode && !asked.owner)) return undefined;
    return { ...entry, path, ...(asked.mode ? {} : modeOf(node)), ...(asked.owner ? {} : ownerOf(node)) };
  }

  function fileAt(path: string): string {
    if (!decides(path)) return path;
    const parent = parentOf(path);
    let resolved = parents.get(parent);
    if (resolved === undefined) {
      resolved = tree.resolve(parent).path;
      noteFolders(resolved, path);
      parents.set(parent, resolved);
    }
    const name = path.slice(path.lastIndexOf("/") + 1);
    return resolved === "" ? name : `${resolved}/${name}`;
  }

  /** The base's folders at a path and above it. */
  function noteFolders(path: string, destination: string): void {
    for (let at = path; at !== "" && !folders.has(at); at = parentOf(at)) {
      const node = tree.lookup(at);
      if (node === undefined) continue;
      if (node.type !== "directory")
        throw taken(destination, `a file at /${at}, where a folder is to be: choose another destination`);
      folders.set(at, { path: at, type: "directory", ...modeOf(node), ...ownerOf(node), mtime, size: 0 });
    }
  }

  return place;
}

/** A symlink may take the place of a symlink, and of a folder with nothing in it: a root that is copied brings its own. */
function refuseHiding({ path, type }: Entry, at: string, tree: FileTree): void {
  const node = type === "symlink" ? tree.lookup(at) : tree.resolve(at).node;
  if (node?.type !== "directory") return;
  if (type === "symlink" && [...tree.children(at)].length === 0) return;
  const advice = type === "symlink" ? "choose another destination" : `write /${path}/ for it to go into that`;
  throw taken(path, `a folder there, which the ${type} would hide: ${advice}`);
}

function modeOf({ mode }: TreeNode): Pick<Entry, "mode"> {
  return { mode };
}

function ownerOf({ uid, gid }: TreeNode): Pick<Entry, "uid" | "gid"> {
  return { uid, gid };
}

/** Strictly: two entries for one path are not in order. */
function isInOrder(entries: readonly Entry[]): boolean {
  return entries.every((entry, at) => at === 0 || comparePaths(entries[at - 1]!.path, entry.path) < 0);
}

/** What the layer has itself wins over what the base has. */
function withFolders(entries: readonly Entry[], folders: ReadonlyMap<string, Entry>): readonly Entry[] {
  const missing = new Map(folders);
  for (const { path } of entries) missing.delete(path);
  if (missing.size === 0) return entries;
  return [...entries, ...missing.values()].sort((one, other) => comparePaths(one.path, other.path));
}

function taken(destination: string, what: string): GantryError {
  return new GantryError(
    "ERR_GANTRY_DESTINATION_TAKEN",
    `destination /${destination}: the base has ${what}, or pass --assume-new /${destination} to replace it`,
  );
}
