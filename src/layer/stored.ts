import { GantryError } from "../errors.js";
import { isMismatch } from "../model/reread.js";
import { verified } from "../model/digest.js";
import type { BlobStore } from "../blobs/store.js";
import type { PackedLayer } from "../cache/layer-cache.js";
import type { OpenOptions } from "../model/content.js";

/**
 * A packed layer's bytes from the store, verified when read from the beginning. One that is gone is made again first;
 * one that proves damaged is removed and ERR_GANTRY_CONTENT_MISMATCH thrown: whoever opens it a second time gets it whole.
 */
export async function* openStored(
  { digest, size }: PackedLayer,
  {
    blobs,
    again,
    start = 0,
    signal,
    onEvent,
  }: OpenOptions & {
    readonly blobs: BlobStore;
    /** Packs the layer into the store anew. */
    readonly again: (io: OpenOptions) => Promise<PackedLayer>;
  },
): AsyncGenerator<Uint8Array, void, undefined> {
  if ((await blobs.size(digest)) !== size) {
    const made = await again({ signal, onEvent });
    if (made.digest !== digest) throw changed(digest, made);
  }
  try {
    const bytes = blobs.read(digest, { start, signal });
    yield* start === 0 ? verified(bytes, { digest, size }, `layer ${digest} of the cache`) : bytes;
  } catch (error) {
    if (!isDamage(error) || signal?.aborted === true) throw error;
    await blobs.remove(digest);
    const message = `the cache's copy of layer ${digest} is damaged and was removed: the layer is made anew`;
    onEvent?.({ type: "warning", code: "cache-damaged", message });
    throw new GantryError("ERR_GANTRY_CONTENT_MISMATCH", message, { cause: error });
  }
}

function isDamage(error: unknown): boolean {
  if (isMismatch(error)) return true;
  return error instanceof GantryError && ["ERR_GANTRY_STORE", "ERR_GANTRY_NOT_FOUND"].includes(error.code);
}

/** Another zlib packs otherwise; the manifest names what was there before. */
function changed(digest: string, made: PackedLayer): GantryError {
  return new GantryError(
    "ERR_GANTRY_CONTENT_MISMATCH",
    `layer ${digest} is gone from the cache, and packing it again gave ${made.digest}: build again`,
  );
}
