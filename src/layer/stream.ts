import { rest } from "../concurrency.js";
import { cutSegments } from "./segments.js";
import type { Compression, Entry } from "../plan/plan.js";
import type { WorkerPool } from "./pool.js";
import type { Segment } from "./segments.js";
import type { Framed } from "./frame-and-pack.js";

/** A layer of fewer segments is framed on the calling thread: a worker takes longer to start than they to pack. */
const worthWorkers = 3;

/** Segments that are read before the event loop runs: about three milliseconds of hashing. */
export const segmentsAtOnce = 4;

interface StreamOptions {
  readonly compression: Compression;
  readonly pool: WorkerPool;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The layer's segments in order, framed and packed by the pool, a bounded number ahead of the reader. A reader that
 * is done with a segment's raw bytes may give them back by `pool.recycle`.
 */
export async function* streamSegments(
  entries: Iterable<Entry>,
  options: StreamOptions,
): AsyncGenerator<Framed> {
  const { compression, pool } = options;
  const segments = cutSegments(entries);
  const first = [...take(segments, worthWorkers)];
  if (first.length === worthWorkers) return yield* inOrder(join(first, segments), options);
  for (const segment of first) yield pool.frameHere(segment, compression);
}

interface Ahead {
  readonly framed: Promise<Framed>;
  /** Gives the pool's room back; a stream's first segment takes none, so that no stream ever waits for another. */
  readonly release: () => void;
}

async function* inOrder(
  segments: Generator<Segment>,
  { compression, pool, signal }: StreamOptions,
): AsyncGenerator<Framed> {
  const ahead: Ahead[] = [];
  const fill = async () => {
    for (let cut = 1; ahead.length < pool.window; cut++) {
      const release = ahead.length === 0 ? () => undefined : pool.reserve();
      if (release === undefined) return;
      const segment = nextOf(segments, release);
      if (segment === undefined) return release();
      const framed = pool.frame(segment, compression);
      // Whoever reads it in its turn sees the failure; until then it must not count as unhandled.
      framed.catch(() => undefined);
      ahead.push({ framed, release });
      // The first ones are many, and their entries may be made as they are cut.
      if (cut % segmentsAtOnce === 0) await rest();
    }
  };
  try {
    let read = 0;
    for (await fill(); ahead.length > 0; await fill()) {
      signal?.throwIfAborted();
      // Threads may answer as fast as the reader reads: without a rest nothing else of the process would run.
      if (++read % segmentsAtOnce === 0) await rest();
      const framed = await ahead[0]!.framed;
      ahead.shift()!.release();
      yield framed;
    }
  } finally {
    for (const { release } of ahead) release();
    await Promise.allSettled(ahead.map(({ framed }) => framed));
  }
}

/** The bytes of the plain tar from an offset on, made afresh from the files. */
export async function* streamTar(
  entries: Iterable<Entry>,
  { pool, start = 0, signal }: Omit<StreamOptions, "compression"> & { readonly start?: number | undefined },
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

/** Making the entries of a segment may fail: then its room is given back. */
function nextOf(segments: Generator<Segment>, release: () => void): Segment | undefined {
  try {
    const [segment] = take(segments, 1);
    return segment;
  } catch (error) {
    release();
    throw error;
  }
}

function* join(first: readonly Segment[], rest: Generator<Segment>): Generator<Segment> {
  yield* first;
  yield* rest;
}

function* take(segments: Generator<Segment>, count: number): Generator<Segment> {
  for (let taken = 0; taken < count; taken++) {
    const { done, value } = segments.next();
    if (done) return;
    yield value;
  }
}
