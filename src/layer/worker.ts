import { parentPort } from "node:worker_threads";
import { nodeFiles } from "../context/files.js";
import { takeShares } from "../context/share.js";
import { GantryError } from "../errors.js";
import { frameAndPack } from "./frame-and-pack.js";
import { readSegment } from "./segment-message.js";
import { threadClock } from "../system.js";
import type { ErrorCode } from "../errors.js";
import type { Compression } from "../plan/plan.js";
import type { SweepJob, Taken } from "../plan/sweep.js";
import type { SegmentMessage } from "./segment-message.js";

/** What a worker is asked for: a segment, or a part in looking through folders. */
export type Job = FrameJob | LookJob;

export interface FrameJob {
  readonly type: "frame";
  readonly segment: SegmentMessage;
  readonly compression: Compression;
  /** A buffer to write into, given back by whoever read it. */
  readonly memory: ArrayBuffer | undefined;
}

export interface LookJob {
  readonly type: "look";
  readonly job: SweepJob;
}

export interface Looked {
  readonly taken: Taken;
  /** Milliseconds. */
  readonly listTime: number;
}

/** An error crosses the thread as its code and message: classes do not survive the crossing. */
export interface Failed {
  readonly code: ErrorCode;
  readonly message: string;
}

parentPort!.on("message", (job: Job) => {
  try {
    if (job.type === "frame") answerFrame(job);
    else answerLook(job);
  } catch (error) {
    const code = error instanceof GantryError ? error.code : "ERR_GANTRY_INTERNAL";
    const message = error instanceof Error ? error.message : String(error);
    parentPort!.postMessage({ code, message } satisfies Failed);
  }
});

function answerFrame({ segment, compression, memory }: FrameJob): void {
  const framed = frameAndPack(readSegment(segment), compression, memory);
  parentPort!.postMessage(framed, [framed.raw.buffer, framed.packed.buffer]);
}

function answerLook({ job }: LookJob): void {
  const begun = threadClock();
  const taking = takeShares(job, { files: nodeFiles });
  let step = taking.next();
  while (!step.done) step = taking.next();
  const taken = step.value;
  const memory = [...taken.values()].flatMap(({ facts, folders }) => [facts.buffer, folders.buffer]);
  parentPort!.postMessage({ taken, listTime: threadClock() - begun } satisfies Looked, memory);
}
