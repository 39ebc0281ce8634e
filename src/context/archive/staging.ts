import { GantryError } from "../../errors.js";
import { quote } from "../../model/quote.js";
import { posix } from "node:path";
import { partsOf } from "../base-tree/resolve.js";
import type { FileTree } from "../../plan/file-tree.js";
import type { ArchiveMember } from "../../plan/archive.js";

/** Something in a folder that is unpacked into; under two names where it is hardlinked. */
export type StagedNode = StagedFolder | StagedFile;

interface Attributes {
  mode: number;
  uid: number;
  gid: number;
  /** Whether the layer is to have it. */
  isChanged: boolean;
}

export interface StagedFolder extends Attributes {
  readonly type: "directory";
  readonly path: string;
  /** Whether nothing of the tree shows in it: it was made anew. */
  readonly isNew: boolean;
  /** What was looked at or put there; undefined for what was removed. */
  readonly children: Map<string, StagedNode | undefined>;
}

/** Anything but a folder. */
export interface StagedFile
  extends Attributes, Pick<ArchiveMember, "size" | "linkTarget" | "bytes" | "device" | "xattrs"> {
  readonly type: Exclude<ArchiveMember["type"], "directory" | "hardlink"> | "other";
  /** Where it is in the tree, if it is from there. */
  readonly from?: string;
}

/** A folder of a tree as it becomes while an archive is unpacked. */
export interface Staging {
  readonly root: StagedFolder;
  /** The folder of these names; those that are missing are made, or undefined is given back. */
  open(names: readonly string[], missing: "make" | "give up"): StagedFolder | undefined;
  /** What a folder has by a name, symlinks not followed. */
  child(folder: StagedFolder, name: string): StagedNode | undefined;
}

/** As many symlinks as Linux follows for one path. */
const mostLinks = 40;

/**
 * Begins with what a tree has in a folder, which is there. As BuildKit unpacks an archive with that folder as the root of
 * everything, absolute symlinks begin in it and ".." ends there, those of the tree too: nothing outside is ever reached.
 * `fail` makes the error for a path that leads through no folder.
 */
export function stageFolder(tree: FileTree, path: string, fail: (said: string) => Error): Staging {
  const { mode, uid, gid } = tree.lookup(path)!;
  const root: StagedFolder = { ...folderOf(path, false), mode, uid, gid, isChanged: false };
  return { root, open, child };

  function child(folder: StagedFolder, name: string): StagedNode | undefined {
    if (folder.isNew || folder.children.has(name)) return folder.children.get(name);
    const from = posix.join(folder.path, name);
    const node = tree.lookup(from);
    if (node === undefined) return undefined;
    const { type, size, linkTarget } = node;
    const attributes = { mode: node.mode, uid: node.uid, gid: node.gid, isChanged: false };
    const staged: StagedNode =
      type === "directory"
        ? { ...folderOf(from, false), ...attributes }
        : { type, size, from, ...attributes, ...(linkTarget === undefined ? {} : { linkTarget }) };
    folder.children.set(name, staged);
    return staged;
  }

  /** As Linux walks a path: ".." is the folder that holds the one that was reached, through whichever symlink. */
  function open(names: readonly string[], missing: "make" | "give up"): StagedFolder | undefined {
    const way = [root];
    const left = names.map((name) => ({ name, isOwn: true })).reverse();
    for (let links = 0; left.length > 0;) {
      const { name, isOwn } = left.pop()!;
      const folder = way.at(-1)!;
      if (name === "..") {
        if (way.length > 1) way.pop();
        continue;
      }
      const node = child(folder, name);
      if (node?.type === "directory") way.push(node);
      else if (node?.type === "symlink") {
        if (++links > mostLinks) throw loops(names);
        const target = node.linkTarget ?? "";
        if (target.startsWith("/")) way.length = 1;
        for (const part of partsOf(target).reverse()) left.push({ name: part, isOwn: false });
      } else if (missing === "give up") return undefined;
      else if (node !== undefined)
        throw fail(`${quote(name)} on its way is a ${node.type}, where a folder was expected`);
      else if (!isOwn) throw fail("a symlink on its way leads to nothing");
      else way.push(makeFolder(folder, name));
    }
    return way.at(-1)!;
  }

  function loops(names: readonly string[]): GantryError {
    return new GantryError(
      "ERR_GANTRY_LIMIT",
      `the path ${quote(names.join("/"))} of an archive goes through more than ${mostLinks} symlinks: they form a loop`,
    );
  }
}

/** A folder on the way to a member, which the archive says nothing of: root's. */
function makeFolder(parent: StagedFolder, name: string): StagedFolder {
  const made = folderOf(posix.join(parent.path, name), true);
  parent.children.set(name, made);
  return made;
}

/** A folder of root's, as it is made. */
export function folderOf(path: string, isNew: boolean): StagedFolder {
  return {
    type: "directory",
    path,
    isNew,
    mode: 0o755,
    uid: 0,
    gid: 0,
    isChanged: true,
    children: new Map<string, StagedNode | undefined>(),
  };
}
