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
import type { ByteSource, Entry } from "../../plan/plan.js";
import type { Extract } from "./extract.js";
import type { FileInode, FolderInode, Inode } from "./inode.js";

/** The tree of an image without layers: `FROM scratch`. */
export function emptyTree(): FileTree {
  return treeOf(emptyRoot, { layers: [] });
}

/** Where the bytes of a tree's files are: in layers, which `extract` brings to this machine. */
export interface TreeBytes {
  readonly layers: readonly Layer[];
  readonly extract?: Extract | undefined;
}

/** The tree that inodes make. */
export function treeOf(root: FolderInode, from: TreeBytes): FileTree {
  const { layers } = from;
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
    files: (paths, io = {}) => bytesOf(root, paths, { ...from, ...io }),
    linksAmong: (paths) => linksAmong(root, paths),
    with: (entries) => treeOf(withEntries(root, entries), from),
  };
}

function inodeAt(root: FolderInode, path: string): Inode | undefined {
  let found: Inode | undefined = root;
  for (const name of partsOf(path)) {
    found = found?.type === "directory" ? found.children.get(name) : undefined;
  }
  return found;
}

function linksAmong(root: FolderInode, paths: readonly string[]): ReadonlyMap<string, string> {
  const firsts = new Map<FileInode | number, string>();
  const links = new Map<string, string>();
  for (const path of paths) {
    const inode = inodeAt(root, path);
    if (inode?.type !== "file") continue;
    const { layer, member } = inode;
    // In a tree that was kept each name has an inode of its own, and they share the member.
    const file = layer < 0 ? inode : layer * maxMembers + member;
    const first = firsts.get(file);
    if (first === undefined) firsts.set(file, path);
    else links.set(path, first);
  }
  return links;
}

/** More than a tree takes in of all layers together. */
const maxMembers = 2 ** 32;

/** Where each file's bytes are on this machine; each layer is read once for all of its files. */
async function bytesOf(
  root: FolderInode,
  paths: readonly string[],
  { layers, extract, ...io }: IoOptions & TreeBytes,
): Promise<ReadonlyMap<string, ByteSource>> {
  const found = new Map<string, ByteSource>();
  const wanted = new Map<number, { readonly path: string; readonly member: number }[]>();
  for (const path of paths) {
    const inode = inodeAt(root, path);
    if (inode?.type !== "file" || inode.size === 0) continue;
    if (inode.layer < 0) found.set(path, inode.bytes!);
    else wanted.set(inode.layer, [...(wanted.get(inode.layer) ?? []), { path, member: inode.member }]);
  }
  for (const [layer, files] of wanted) {
    if (extract === undefined)
      throw new GantryError("ERR_GANTRY_INTERNAL", "files of a layer were asked for where none can be kept");
    const members = await extract(
      layers[layer]!,
      files.map(({ member }) => member),
      io,
    );
    for (const { path, member } of files) found.set(path, members.get(member)!);
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
  if (bytes !== undefined)
    return bytes.type === "inline" ? bytes.bytes : await readSource(bytes, { size, ...io });
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
