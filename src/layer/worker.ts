import { parentPort } from "node:worker_threads";
import { GantryError } from "../errors.js";
import { codecOf } from "./codec.js";
import { frameSegment } from "./frame.js";
import type { ErrorCode } from "../errors.js";
import type { Compression } from "../plan/plan.js";
import type { Segment } from "./segments.js";

/** What a worker is asked for: one segment. `memory` is a buffer to write into, given back by whoever read it. */
export interface Job {
  readonly segment: Segment;
  readonly compression: Compression;
  readonly memory: ArrayBuffer | undefined;
}

/** A segment's bytes, raw and packed (empty without compression); both are transferred. */
export interface Framed {
  readonly raw: Uint8Array<ArrayBuffer>;
  readonly packed: Uint8Array<ArrayBuffer>;
  readonly crc: number;
}

/** An error crosses the thread as its code and message: classes do not survive the crossing. */
export interface Failed {
  readonly code: ErrorCode;
  readonly message: string;
}

/** Frames and packs one segment, on whichever thread it is called. */
export function runJob({ segment, compression, memory }: Job): Framed {
  const raw = frameSegment(segment, memory) as Uint8Array<ArrayBuffer>;
  if (compression.type === "none") return { raw, packed: new Uint8Array(0), crc: 0 };
  const { bytes, crc } = codecOf(compression.type).segment(raw, compression.level);
  return { raw, packed: bytes, crc };
}

parentPort?.on("message", (job: Job) => {
  try {
    const framed = runJob(job);
    parentPort!.postMessage(framed, [framed.raw.buffer, framed.packed.buffer]);
  } catch (error) {
    const code = error instanceof GantryError ? error.code : "ERR_GANTRY_INTERNAL";
    parentPort!.postMessage({
      code,
      message: error instanceof Error ? error.message : String(error),
    } satisfies Failed);
  }
});
