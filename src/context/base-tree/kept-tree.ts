import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { digestOf, readAll, verified } from "../../model/digest.js";
import { blobOf } from "./kept-record.js";
import { decodeRoot, encodeRoot, recordVersion } from "./record.js";
import { readRoot } from "./read-tree.js";
import { treeOf } from "./tree.js";
import type { BlobStore } from "../../blobs/store.js";
import type { Records } from "../../cache/records.js";
import type { Layer } from "../../model/content.js";
import type { FileTree } from "../../plan/file-tree.js";
import type { FolderInode } from "./inode.js";
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
  const known = kept === undefined ? undefined : await readKept(kept, key);
  if (known !== undefined) return { tree: treeOf(known, { layers, extract: options.extract }), isKept: true };
  const root = await readRoot(layers, options);
  if (kept !== undefined) await keep(root, { kept, key, signal: options.signal });
  return { tree: treeOf(root, { layers, extract: options.extract }), isKept: false };
}

/** Lower-case hex, as records have it. */
function keyOf(layers: readonly Layer[]): string {
  const text = ["base tree", recordVersion, ...layers.map(({ diffId }) => diffId)].join("\0");
  return digestOf(Buffer.from(text)).slice("sha256:".length);
}

/** The most that a kept tree may have, packed and unpacked: more than any that is listed. */
const recordLimit = 1024 * 1024 * 1024;

async function readKept({ blobs, records }: KeptTrees, key: string): Promise<FolderInode | undefined> {
  const blob = blobOf(await records.get(key));
  if (blob === undefined) return undefined;
  try {
    if ((await blobs.size(blob.digest)) !== blob.size) return undefined;
    await blobs.keep(blob.digest);
    const bytes = verified(blobs.read(blob.digest), blob, blob.digest);
    const packed = await readAll(bytes, { limit: recordLimit, what: blob.digest });
    return decodeRoot(await promisify(gunzip)(packed, { maxOutputLength: recordLimit }));
  } catch {
    // Of its size and damaged, it would stand in the way of the next one.
    await blobs.remove(blob.digest).catch(() => undefined);
    return undefined;
  }
}

async function keep(
  root: FolderInode,
  { kept, key, signal }: { readonly kept: KeptTrees; readonly key: string } & Pick<ReadTreeOptions, "signal">,
): Promise<void> {
  try {
    const bytes = await promisify(gzip)(encodeRoot(root), { level: 1 });
    const descriptor = { mediaType: "application/octet-stream", digest: digestOf(bytes), size: bytes.length };
    await kept.blobs.put(
      {
        descriptor,
        open: async function* () {
          yield bytes;
        },
      },
      { signal },
    );
    await kept.records.put(key, { digest: descriptor.digest, size: descriptor.size });
  } catch (error) {
    signal?.throwIfAborted();
    kept.onFailure(error);
  }
}
