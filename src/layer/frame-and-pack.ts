import { codecOf } from "./codec.js";
import { frameSegment } from "./frame.js";
import { threadClock } from "../system.js";
import type { Compression } from "../plan/plan.js";
import type { Segment } from "./segments.js";

/** A segment's bytes, raw and packed (empty without compression); both are transferred. */
export interface Framed {
  readonly raw: Uint8Array<ArrayBuffer>;
  readonly packed: Uint8Array<ArrayBuffer>;
  readonly crc: number;
  /** Milliseconds that framing and packing took. */
  readonly frameTime: number;
  readonly packTime: number;
}

/** Frames and packs one segment, on whichever thread it is called. */
export function frameAndPack(segment: Segment, compression: Compression, memory?: ArrayBuffer): Framed {
  const begun = threadClock();
  const raw = frameSegment(segment, memory) as Uint8Array<ArrayBuffer>;
  const framed = threadClock();
  const frameTime = framed - begun;
  if (compression.type === "none") return { raw, packed: new Uint8Array(0), crc: 0, frameTime, packTime: 0 };
  const { bytes, crc } = codecOf(compression.type).segment(raw, compression.level);
  return { raw, packed: bytes, crc, frameTime, packTime: threadClock() - framed };
}
