import { isDigest } from "../model/digest.js";
import type { LayerKeys } from "../model/layer-keys.js";
import type { Digest } from "../model/oci.js";
import type { Records } from "./records.js";

/** A packed layer: what a diffID became under one compressor. */
export interface PackedLayer {
  readonly digest: Digest;
  readonly size: number;
}

/** An unpacked layer: the digest and size in bytes of its tar. */
export interface UnpackedLayer {
  readonly diffId: Digest;
  readonly size: number;
}

/**
 * What is known of layers, in two steps so that a touched file costs a hash and not a compression:
 * the stamps of the files → the diffID; the diffID and the compressor → the packed layer.
 */
export interface LayerCache {
  unpacked(keys: LayerKeys): Promise<UnpackedLayer | undefined>;
  /** Whether a layer of the same paths, modes and sizes was made before: then hashing first is likely to pay. */
  familiar(keys: LayerKeys): Promise<boolean>;
  packed(key: string): Promise<PackedLayer | undefined>;
  rememberUnpacked(
    keys: LayerKeys,
    layer: UnpackedLayer,
    options: { readonly trusted: boolean },
  ): Promise<void>;
  /** The diffID is for a prune: what is known of it lives as long as the packed layer. */
  rememberPacked(key: string, layer: PackedLayer & { readonly diffId: Digest }): Promise<void>;
}

/** The cache over stored records. */
export function createLayerCache(records: Records): LayerCache {
  return {
    async unpacked(keys) {
      const record = await records.get(keys.stamps);
      return isUnpacked(record) ? { diffId: record.diffId, size: record.size } : undefined;
    },
    familiar: async (keys) => (await records.get(keys.shape)) !== undefined,
    async packed(key) {
      const record = await records.get(key);
      return isPacked(record) ? { digest: record.digest, size: record.size } : undefined;
    },
    async rememberUnpacked(keys, layer, { trusted }) {
      await records.put(keys.shape, { shape: true, diffId: layer.diffId });
      if (trusted) await records.put(keys.stamps, layer);
    },
    rememberPacked: (key, layer) => records.put(key, layer),
  };
}

/** A cache that goes on without being written to: a build needs what it remembers, not that it remembers. */
export function forgiving(cache: LayerCache, onFailure: (error: unknown) => void): LayerCache {
  const attempt = async (write: () => Promise<void>) => {
    try {
      await write();
    } catch (error) {
      onFailure(error);
    }
  };
  return {
    ...cache,
    rememberUnpacked: (...what) => attempt(() => cache.rememberUnpacked(...what)),
    rememberPacked: (...what) => attempt(() => cache.rememberPacked(...what)),
  };
}

/** A cache that knows nothing and remembers nothing: `--no-cache`. */
export const noLayerCache: LayerCache = {
  unpacked: async () => undefined,
  familiar: async () => false,
  packed: async () => undefined,
  rememberUnpacked: async () => {},
  rememberPacked: async () => {},
};

function isUnpacked(record: unknown): record is UnpackedLayer {
  const { diffId, size } = (record ?? {}) as Record<string, unknown>;
  return typeof diffId === "string" && isDigest(diffId) && Number.isSafeInteger(size);
}

function isPacked(record: unknown): record is PackedLayer {
  const { digest, size } = (record ?? {}) as Record<string, unknown>;
  return typeof digest === "string" && isDigest(digest) && Number.isSafeInteger(size);
}
