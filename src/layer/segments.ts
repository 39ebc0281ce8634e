import { rest } from "../concurrency.js";
import { endOfArchive, headerLength, paddedSize } from "../tar/header.js";
import type { Entry } from "../plan/plan.js";

/** Bytes after which a segment ends. */
const segmentSize = 1 << 20;
const blockSize = 512;

/** A run of one entry's bytes; the one that begins at 0 carries the entry's header. */
export interface Piece {
  readonly entry: Entry;
  readonly from: number;
  readonly length: number;
  /** The bytes themselves, where they came without the entry's others: on a thread. */
  readonly inline?: Uint8Array;
}

/** A stretch of the tar stream, about 1 MiB: the unit of parallel work, of back-pressure and of determinism. */
export interface Segment {
  readonly pieces: readonly Piece[];
  /** Exact length in bytes, headers and padding counted. */
  readonly size: number;
  /** Whether the end-of-archive blocks follow the pieces. */
  readonly last: boolean;
}

/** Cuts the tar of these entries into segments, at places that depend on the entries alone. */
export function* cutSegments(entries: Iterable<Entry>): Generator<Segment> {
  let pieces: Piece[] = [];
  let size = 0;
  for (const entry of entries) {
    let from = 0;
    size += headerLength(entry);
    for (;;) {
      // A header and the first of its bytes are never parted: a piece that begins at 0 is what carries the header.
      const room = Math.max(segmentSize - size, from === 0 ? blockSize : 0);
      const length = Math.min(entry.size - from, room);
      pieces.push({ entry, from, length });
      from += length;
      size += length;
      if (from === entry.size) break;
      yield { pieces, size, last: false };
      [pieces, size] = [[], 0];
    }
    size += paddedSize(entry.size) - entry.size;
    if (size >= segmentSize) {
      yield { pieces, size, last: false };
      [pieces, size] = [[], 0];
    }
  }
  yield { pieces, size: size + endOfArchive.length, last: true };
}

/** The length in bytes of the whole tar, without reading a file; now and then it lets the event loop run. */
export async function tarSize(entries: Iterable<Entry>): Promise<number> {
  let size = endOfArchive.length;
  let seen = 0;
  for (const entry of entries) {
    size += headerLength(entry) + paddedSize(entry.size);
    if (++seen % entriesAtOnce === 0) await rest();
  }
  return size;
}

/** Some milliseconds of making entries and adding up. */
const entriesAtOnce = 1024;
