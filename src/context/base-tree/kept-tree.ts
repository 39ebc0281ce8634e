import { digestOf } from "../../model/digest.js";
import { keep, readKept } from "./kept-record.js";
import { decodeRoot, encodeRoot, recordVersion } from "./record.js";
import { readRoot } from "./read-tree.js";
import { treeOf } from "./tree.js";
import type { BlobStore } from "../../blobs/store.js";
import type { Records } from "../../cache/records.js";
import type { Layer } from "../../model/content.js";
import type { FileTree } from "../../plan/file-tree.js";
import type { ReadTreeOptions } from "./read-tree.js";

/** Where listed trees are kept: the bytes as a blob, and what the blob's name is as a record. */
export interface KeptTrees {
  readonly blobs: BlobStore;
  readonly records: Records;
  /** Told where a tree cannot be kept, which changes nothing else. */
  readonly onFailure: (error: unknown) => void;
}

export interface OpenedTree {
  readonly tree: FileTree;
  /** Whether no layer had to be read. */
  readonly isKept: boolean;
}

/**
 * The tree of an image's layers, lowest first, from where it was kept when they were listed before: the layers' diffIDs
 * decide it, and they never change. What is kept is verified as it is read; a record that is broken, or of another
 * version, is as good as none. Rejects as readTree does.
 */
export async function openTree(
  layers: readonly Layer[],
  { kept, ...options }: ReadTreeOptions & { readonly kept?: KeptTrees | undefined },
): Promise<OpenedTree> {
  const key = keyOf(layers);
  const known = kept === undefined ? undefined : await readKept(kept, key, decodeRoot);
  if (known !== undefined) return { tree: treeOf(known, { layers, extract: options.extract }), isKept: true };
  const root = await readRoot(layers, options);
  if (kept !== undefined) {
    try {
      await keep(encodeRoot(root), { kept, key, signal: options.signal });
    } catch (error) {
      options.signal?.throwIfAborted();
      kept.onFailure(error);
    }
  }
  return { tree: treeOf(root, { layers, extract: options.extract }), isKept: false };
}

/** Lower-case hex, as records have it. */
function keyOf(layers: readonly Layer[]): string {
  const text = ["base tree", recordVersion, ...layers.map(({ diffId }) => diffId)].join("\0");
  return digestOf(Buffer.from(text)).slice("sha256:".length);
}
