import { GantryError } from "../errors.js";
import type { Digest } from "../model/oci.js";
import type { BlobBytes, ReadRange } from "./store.js";
import { createWriter, type Sink } from "./writer.js";

interface MemoryBlob {
  readonly chunks: readonly Uint8Array[];
  readonly size: number;
}

/** Blobs that live as long as the process: what an embedded registry without a folder keeps. */
export function openMemoryStore(): BlobBytes {
  const blobs = new Map<Digest, MemoryBlob>();
  return {
    size: async (digest) => blobs.get(digest)?.size,
    async *read(digest, range) {
      const blob = blobs.get(digest);
      if (blob === undefined)
        throw new GantryError("ERR_GANTRY_NOT_FOUND", `blob ${digest} is not in memory`);
      yield* slice(blob, range);
    },
    create: async ({ algorithm } = {}) => createWriter(memorySink(blobs), { algorithm }),
    async remove(digest) {
      blobs.delete(digest);
    },
    keep: async () => undefined,
  };
}

function memorySink(blobs: Map<Digest, MemoryBlob>): Sink {
  let chunks: Uint8Array[] = [];
  return {
    async append(bytes) {
      // A copy: the writer promises only not to touch the buffer until the write is done, and this keeps it.
      chunks.push(Uint8Array.from(bytes));
    },
    async *reread() {
      yield* chunks;
    },
    async publish(digest, size) {
      blobs.set(digest, { chunks, size });
    },
    async discard() {
      chunks = [];
    },
  };
}

function* slice(
  blob: MemoryBlob,
  { start = 0, end = blob.size, signal }: ReadRange = {},
): Generator<Uint8Array> {
  let position = 0;
  for (const chunk of blob.chunks) {
    signal?.throwIfAborted();
    const [from, to] = [Math.max(start - position, 0), Math.min(end - position, chunk.length)];
    if (from < to) yield chunk.subarray(from, to);
    position += chunk.length;
  }
}
