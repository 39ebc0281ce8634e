import { availableParallelism } from "node:os";
import { gzipSegment } from "../../../src/codec/gzip.js";
import { canWriteZstd, zstdSegment } from "../../../src/codec/zstd.js";
import { listSource } from "../../../src/context/walk.js";
import { frameSegment } from "../../../src/layer/frame.js";
import { createWorkerPool, type WorkerPool } from "../../../src/layer/pool.js";
import { cutSegments } from "../../../src/layer/segments.js";
import { streamSegments } from "../../../src/layer/stream.js";
import { createHasher } from "../../../src/model/digest.js";
import { mediaTypes } from "../../../src/model/oci.js";
import { openRegistrySession } from "../../../src/places/registry/session.js";
import { nodeSystem } from "../../../src/system.js";
import { content, image } from "../../../test/places/registry/images.js";
import type { Entry } from "../../../src/index.js";

/** All that the benches of single stages know of the product's inside: each stage as one function. */

/** Threads as a build has them. */
export function openPool(): WorkerPool {
  return createWorkerPool(workers);
}

/** How many threads a build starts. */
export const workers: number = Math.max(2, Math.min(availableParallelism(), 8));

/** Lists a folder as the layer that has it at /app; with a pool on its threads too. */
export function walk(folder: string, pool?: WorkerPool): Promise<readonly Entry[]> {
  return listSource({
    source: folder,
    destination: "app",
    exclude: undefined,
    ignore: undefined,
    owner: { uid: 0, gid: 0 },
    mode: undefined,
    preserveMode: false,
    mtime: 0,
    sweeper: pool?.sweeper,
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

/** Whether this Node can compress so. */
export function canCompress(type: keyof typeof compress): boolean {
  return type === "gzip" || canWriteZstd();
}

/** Frames and compresses on the pool's threads and hashes in order, as the build of a layer does: the diffID. */
export async function packAndHash(
  entries: readonly Entry[],
  type: "none" | "gzip" | "zstd",
  pool: WorkerPool,
): Promise<string> {
  const hasher = createHasher();
  const compression = { type, level: type === "none" ? 0 : 1 };
  for await (const { raw, packed } of streamSegments(entries, { compression, pool })) {
    hasher.update(raw);
    pool.recycle(raw);
    pool.recycle(packed);
  }
  return hasher.digest();
}

/** Sends an image with one layer of these bytes to an empty registry. */
export async function send(host: string, bytes: Uint8Array): Promise<void> {
  const session = openRegistrySession({ system: nodeSystem() });
  try {
    const root = image([content(bytes, mediaTypes.layerTar)]);
    const staged = await session.destination(host).stage(root, [`${host}/bench/app:1`]);
    await staged.publish();
  } finally {
    await session.close();
  }
}
