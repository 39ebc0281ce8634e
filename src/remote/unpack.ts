import { decompress } from "../codec/decompress.js";
import { openTree, type KeptTrees } from "../context/base-tree/kept-tree.js";
import type { Extract } from "../context/base-tree/extract.js";
import { during } from "../errors.js";
import { createHasher, digestOf, isDigest } from "../model/digest.js";
import type { Layer } from "../model/content.js";
import type { Digest } from "../model/oci.js";
import type { Received, RemoteFiles } from "../plan/remote-files.js";
import type { Keeping } from "./download.js";

/** What a tar's files are read with. */
export interface UnpackOptions {
  readonly keeping: Keeping;
  readonly trees: KeptTrees | undefined;
  readonly extract: Extract;
}

/**
 * Reads a tar as if it were the only layer of an image: its files are listed with their owners and modes, and those that
 * are asked for are brought into the store by digest. See `RemoteFiles.unpack`.
 */
export function createUnpack({ keeping, trees, extract }: UnpackOptions): RemoteFiles["unpack"] {
  return async (tar, { what, ...io }) => {
    try {
      const diffId = await unpackedDigest(tar, { keeping, what, signal: io.signal });
      const layer: Layer = {
        descriptor: {
          mediaType: "application/vnd.oci.image.layer.v1.tar",
          digest: tar.digest,
          size: tar.size,
        },
        diffId,
        open: ({ start = 0, signal } = {}) => keeping.blobs.read(tar.digest, { start, signal }),
      };
      return (await openTree([layer], { kept: trees, extract, ...io })).tree;
    } catch (error) {
      io.signal?.throwIfAborted();
      throw during(`reading ${what}`, error);
    }
  };
}

/** The digest of the tar without its packing, which is remembered. */
async function unpackedDigest(
  { digest, size }: Received,
  {
    keeping: { blobs, records, onFailure },
    what,
    signal,
  }: { readonly keeping: Keeping; readonly what: string; readonly signal: AbortSignal | undefined },
): Promise<Digest> {
  const key = digestOf(Buffer.from(`unpacked\0${digest}`)).slice("sha256:".length);
  const record = (await records?.get(key)) as { readonly diffId?: unknown } | undefined;
  if (typeof record?.diffId === "string" && isDigest(record.diffId)) return record.diffId;
  const hasher = createHasher();
  for await (const bytes of decompress(blobs.read(digest, { signal }), { what })) hasher.update(bytes);
  const diffId = hasher.digest();
  await records?.put(key, { digest, size, diffId }).catch(onFailure);
  return diffId;
}
