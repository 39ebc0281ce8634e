import { mapLimit } from "../../concurrency.js";
import { layOver } from "./lay-over.js";
import { emptyRoot } from "./inode.js";
import { treeBudget } from "./layer-changes.js";
import { keptPaths, readLayer, readLimit } from "./read-layer.js";
import { resolvePath } from "./resolve.js";
import { readInode, treeOf } from "./tree.js";
import type { Layer } from "../../model/content.js";
import type { Extract } from "./extract.js";
import type { IoOptions } from "../../model/events.js";
import type { FileTree } from "../../plan/file-tree.js";
import type { FileInode, FolderInode, Inode } from "./inode.js";

export interface ReadTreeOptions extends IoOptions {
  /** Brings files of layers to this machine, for `files`. */
  readonly extract?: Extract | undefined;
  /** Told how many packed bytes were read so far. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/** Layers that are downloaded and listed side by side; they are laid over each other in order. */
const layersAtOnce = 3;

/**
 * The tree of an image's layers, lowest first, as engines unpack them (image-spec layer.md), each plain or packed with
 * gzip or zstd. Layers are not trusted: ERR_GANTRY_TAR_INVALID, ERR_GANTRY_CONTENT_MISMATCH (the digest or the diffID is
 * another) and ERR_GANTRY_LIMIT (more files, longer names or a better compression than any image has) name the layer
 * and the member.
 */
export async function readTree(layers: readonly Layer[], options: ReadTreeOptions = {}): Promise<FileTree> {
  return treeOf(await readRoot(layers, options), { layers, extract: options.extract });
}

/** The same as the inodes it is made of. */
export async function readRoot(
  layers: readonly Layer[],
  { onProgress, ...io }: ReadTreeOptions = {},
): Promise<FolderInode> {
  const budget = treeBudget();
  let bytes = 0;
  const onBytes = (count: number) => onProgress?.((bytes += count));
  const read = await mapLimit(layers, layersAtOnce, (layer, at) =>
    readLayer(layer, { at, budget, onBytes, ...io }),
  );
  const root = read.reduce(layOver, emptyRoot);
  await keepBytes(root, { layers, ...io });
  return root;
}

/** Where passwd or group is a symlink, the file that it leads to was none of those that the listing kept. */
async function keepBytes(
  root: FolderInode,
  { layers, ...io }: ReadTreeOptions & { readonly layers: readonly Layer[] },
) {
  for (const path of keptPaths) {
    const inode = fileAt(root, path);
    if (inode !== undefined && inode.size <= readLimit) await readInode(inode, { path, layers, ...io });
  }
}

function fileAt(root: FolderInode, path: string): FileInode | undefined {
  try {
    const { node } = resolvePath<Inode>(root, path);
    return node?.type === "file" ? node : undefined;
  } catch {
    // A loop is no fault of the tree: who asks for this path is told.
    return undefined;
  }
}
