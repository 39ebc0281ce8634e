import { GantryError } from "../../errors.js";
import { quote } from "../../model/quote.js";
import { comparePaths } from "../path-order.js";
import { emptyRoot, nodeOf } from "./inode.js";
import { createChanges, treeBudget } from "./layer-changes.js";
import { layOver } from "./lay-over.js";
import { readLimit, readMember } from "./read-layer.js";
import { readSource } from "./read-source.js";
import { partsOf, resolvePath } from "./resolve.js";
import type { Layer } from "../../model/content.js";
import type { IoOptions } from "../../model/events.js";
import type { FileTree } from "../../plan/file-tree.js";
import type { Entry } from "../../plan/plan.js";
import type { FileInode, FolderInode, Inode } from "./inode.js";

/** The tree of an image without layers: `FROM scratch`. */
export function emptyTree(): FileTree {
  return treeOf(emptyRoot, []);
}

/** The tree that inodes make. `layers` are those that their files' bytes are in. */
export function treeOf(root: FolderInode, layers: readonly Layer[]): FileTree {
  return {
    lookup(path) {
      const found = inodeAt(root, path);
      return found === undefined ? undefined : nodeOf(found);
    },
    resolve(path, options) {
      const found = resolvePath<Inode>(root, path, options);
      return { path: found.path, node: found.node === undefined ? undefined : nodeOf(found.node) };
    },
    children(path) {
      const found = inodeAt(root, path);
      return found?.type === "directory" ? [...found.children.keys()].sort(comparePaths) : [];
    },
    async read(path, io = {}) {
      const { node } = resolvePath<Inode>(root, path);
      return node?.type === "file" ? await readInode(node, { path, layers, ...io }) : undefined;
    },
    with: (entries) => treeOf(withEntries(root, entries), layers),
  };
}

function inodeAt(root: FolderInode, path: string): Inode | undefined {
  let found: Inode | undefined = root;
  for (const name of partsOf(path)) {
    found = found?.type === "directory" ? found.children.get(name) : undefined;
  }
  return found;
}

/** A file's bytes; those from a layer are kept, since who asks once asks again for every file that has an owner. */
export async function readInode(
  inode: FileInode,
  { path, layers, ...io }: IoOptions & { readonly path: string; readonly layers: readonly Layer[] },
): Promise<Uint8Array> {
  const { size, layer, member, bytes } = inode;
  if (size > readLimit) {
    throw new GantryError(
      "ERR_GANTRY_LIMIT",
      `the image's ${quote(`/${path}`)} has ${size} bytes, ${readLimit} are allowed in a file that is read for a build`,
    );
  }
  if (size === 0) return new Uint8Array();
  if (bytes !== undefined) return bytes.type === "inline" ? bytes.bytes : await readSource(bytes, io);
  const from = layers[layer];
  if (from === undefined) throw new GantryError("ERR_GANTRY_INTERNAL", `${path} has a size but no content`);
  const read = await readMember(from, { member, ...io });
  inode.bytes = { type: "inline", bytes: read };
  return read;
}

function withEntries(root: FolderInode, entries: readonly Entry[]): FolderInode {
  const changes = createChanges("the layer of a build", treeBudget());
  for (const entry of entries) changes.add(entry, { layer: -1, member: -1, bytes: entry.bytes });
  return layOver(root, changes.root);
}
