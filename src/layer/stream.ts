import { cutSegments } from "./segments.js";
import type { Compression, Entry } from "../plan/plan.js";
import type { WorkerPool } from "./pool.js";
import type { Segment } from "./segments.js";
import type { Framed } from "./worker.js";

/** Segments below this number are framed on the calling thread: a worker takes longer to start than they to pack. */
const worthWorkers = 3;

/**
 * The layer's segments in order, framed and packed by the pool, a bounded number ahead of the reader. A reader that
 * is done with a segment's raw bytes may give them back by `pool.recycle`.
 */
export async function* streamSegments(
  entries: readonly Entry[],
  {
    compression,
    pool,
    signal,
  }: { compression: Compression; pool: WorkerPool; signal?: AbortSignal | undefined },
): AsyncGenerator<Framed> {
  const segments = cutSegments(entries);
  const first = [...take(segments, worthWorkers)];
  if (first.length < worthWorkers) {
    for (const segment of first) yield pool.runHere({ segment, compression });
    return;
  }
  const ahead = first.map((segment) => pool.run({ segment, compression }));
  try {
    while (ahead.length > 0) {
      for (const segment of take(segments, pool.window - ahead.length))
        ahead.push(pool.run({ segment, compression }));
      signal?.throwIfAborted();
      yield await ahead.shift()!;
    }
  } finally {
    await Promise.allSettled(ahead);
  }
}

/** The bytes of the plain tar from an offset on, made afresh from the files. */
export async function* streamTar(
  entries: readonly Entry[],
  {
    pool,
    start = 0,
    signal,
  }: { pool: WorkerPool; start?: number | undefined; signal?: AbortSignal | undefined },
): AsyncGenerator<Uint8Array> {
  let offset = 0;
  for await (const { raw } of streamSegments(entries, {
    compression: { type: "none", level: 0 },
    pool,
    signal,
  })) {
    const end = offset + raw.length;
    if (end > start) yield raw.subarray(Math.max(start - offset, 0));
    offset = end;
  }
}

function* take(segments: Generator<Segment>, count: number): Generator<Segment> {
  for (let taken = 0; taken < count; taken++) {
    const { done, value } = segments.next();
    if (done) return;
    yield value;
  }
}
