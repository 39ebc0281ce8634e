import { createHasher } from "../../model/digest.js";
import type { BlobStore } from "../../blobs/store.js";
import type { Descriptor } from "../../model/oci.js";

/** Takes the bytes of a blob that entries are to stand for. */
export interface OnceWriter {
  write(bytes: Uint8Array): Promise<void>;
  /** A blob that is there stays: an entry may stand for that very file, and a new one of the same name is another file. */
  end(): Promise<Pick<Descriptor, "digest" | "size">>;
  /** Drops the bytes. Harmless after the end. */
  abort(): Promise<void>;
}

/** Opens a writer into the store. */
export async function writeOnce(blobs: BlobStore): Promise<OnceWriter> {
  const writer = await blobs.create();
  const hasher = createHasher();
  return {
    async write(bytes) {
      hasher.update(bytes);
      await writer.write(bytes);
    },
    async end() {
      const [digest, { size }] = [hasher.digest(), writer];
      if ((await blobs.size(digest)) === size) await writer.abort();
      else await writer.commit({ digest, size });
      return { digest, size };
    },
    abort: () => writer.abort(),
  };
}

/** Writes all of a stream, or nothing. */
export async function writeAllOnce(
  stream: AsyncIterable<Uint8Array>,
  blobs: BlobStore,
): Promise<Pick<Descriptor, "digest" | "size">> {
  const writer = await writeOnce(blobs);
  try {
    for await (const bytes of stream) await writer.write(bytes);
    return await writer.end();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}
