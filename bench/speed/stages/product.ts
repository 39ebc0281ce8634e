import { availableParallelism } from "node:os";
import { zstdSegment } from "../../../src/codec/zstd.js";
import { gzipSegment } from "../../../src/codec/gzip.js";
import { listSource } from "../../../src/context/walk.js";
import { frameSegment } from "../../../src/layer/frame.js";
import { createWorkerPool } from "../../../src/layer/pool.js";
import { cutSegments } from "../../../src/layer/segments.js";
import { streamSegments } from "../../../src/layer/stream.js";
import { createHasher } from "../../../src/model/digest.js";
import type { Entry } from "../../../src/index.js";

/** All that the benches of single stages know of the product's inside: each stage as one function. */

/** Lists a folder as the layer that has it at /app. */
export function walk(folder: string): Promise<readonly Entry[]> {
  return listSource({
    source: folder,
    destination: "app",
    exclude: undefined,
    ignore: undefined,
    owner: { uid: 0, gid: 0 },
    mode: undefined,
    preserveMode: false,
    mtime: 0,
  });
}

/** Reads and frames the entries on this thread, a segment at a time. */
export function* frame(entries: readonly Entry[]): Generator<Uint8Array> {
  for (const segment of cutSegments(entries)) yield frameSegment(segment);
}

/** The diffID of what is framed. */
export function hash(segments: Iterable<Uint8Array>): string {
  const hasher = createHasher();
  for (const segment of segments) hasher.update(segment);
  return hasher.digest();
}

/** One segment compressed at the level that is the default. */
export const compress: { readonly [type in "gzip" | "zstd"]: (raw: Uint8Array) => Uint8Array } = {
  gzip: (raw) => gzipSegment(raw, 1).bytes,
  zstd: (raw) => zstdSegment(raw, 1),
};

/** Frames on all workers and hashes in order, as the build of a plain layer does: the diffID. */
export async function frameAndHash(entries: readonly Entry[]): Promise<string> {
  const pool = createWorkerPool(availableParallelism());
  const hasher = createHasher();
  try {
    const none = { type: "none", level: 0 } as const;
    for await (const { raw } of streamSegments(entries, { compression: none, pool })) {
      hasher.update(raw);
      pool.recycle(raw);
    }
  } finally {
    await pool.close();
  }
  return hasher.digest();
}
