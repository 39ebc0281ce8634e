import { GantryError } from "../../errors.js";
import { quote } from "../../model/quote.js";
import { isMetadata } from "./whiteout.js";
import { resolvePath } from "./resolve.js";
import type { ChangedFolder, LinkBelow } from "./change.js";
import type { FolderInode, Inode } from "./inode.js";

/**
 * A layer over what is below it (image-spec layer.md, "Applying Changesets", as overlayfs shows it): a folder over a
 * folder merges with it, anything else replaces what was there. The tree below stays as it is, and all that the layer
 * does not touch is shared with it. ERR_GANTRY_TAR_INVALID for a hardlink to nothing or to a folder.
 */
export function layOver(below: FolderInode, layer: ChangedFolder): FolderInode {
  return merged(below, layer, below);
}

function merged(below: FolderInode | undefined, folder: ChangedFolder, root: FolderInode): FolderInode {
  const { mode, uid, gid } = below === undefined || folder.isListed ? folder : below;
  const children = new Map<string, Inode>(folder.isOpaque ? [] : below?.children);
  for (const name of folder.deleted ?? []) children.delete(name);
  for (const [name, change] of folder.children) {
    if (isMetadata(name)) continue;
    if (change.type === "directory") children.set(name, merged(folderOf(children.get(name)), change, root));
    else children.set(name, change.type === "hardlink" ? targetOf(change, root) : change);
  }
  return { type: "directory", mode, uid, gid, children };
}

function folderOf(inode: Inode | undefined): FolderInode | undefined {
  return inode?.type === "directory" ? inode : undefined;
}

function targetOf({ target, where }: LinkBelow, root: FolderInode): Inode {
  const { node } = resolvePath<Inode>(root, target, { last: "keep" });
  if (node !== undefined && node.type !== "directory") return node;
  const said = node === undefined ? "which is nowhere before it" : "which is a folder";
  throw new GantryError("ERR_GANTRY_TAR_INVALID", `${where}: it is a hardlink to ${quote(target)}, ${said}`);
}
