import { MessageChannel, Worker } from "node:worker_threads";
import { GantryError } from "../errors.js";
import { mainThread } from "../model/spans.js";
import { segmentMemory } from "./frame.js";
import { writeSegment } from "./segment-message.js";
import { type Framed, frameAndPack } from "./frame-and-pack.js";
import type { OnSpan, RunningSpan } from "../model/spans.js";
import type { Sweeper, SweepJob, Taken } from "../plan/sweep.js";
import type { Compression } from "../plan/plan.js";
import type { Segment } from "./segments.js";
import type { Failed, FrameJob, Looked, LookJob } from "./worker.js";

/** Threads that list folders, and frame and pack segments. They start with the first job and end with `close`. */
export interface WorkerPool {
  /** How many jobs of one stream may be under way before asking for more is pointless. */
  readonly window: number;
  /** How many threads there are at most. */
  readonly size: number;
  /** Looks through folders on all of them but one, since the thread that asks does so itself. */
  readonly sweeper: Sweeper;
  /** Room for one more segment among all streams, given back by the function returned; undefined where there is none now. */
  reserve(): (() => void) | undefined;
  frame(segment: Segment, compression: Compression): Promise<Framed>;
  /** The same on this thread: for layers that are done before a thread would have started. */
  frameHere(segment: Segment, compression: Compression): Framed;
  /** Gives the memory of a job's raw or packed bytes back, for another job or to be freed at once; nothing may read them afterwards. */
  recycle(bytes: Uint8Array<ArrayBuffer>): void;
  /** Ends the threads; what is under way or asked for afterwards is rejected. */
  close(): Promise<void>;
}

interface Waiting {
  readonly job: Omit<FrameJob, "memory"> | LookJob;
  /** What a span of it is called. */
  readonly name: string;
  readonly resolve: (answer: Framed & Looked) => void;
  readonly reject: (error: Error) => void;
  span?: RunningSpan | undefined;
}

/** What a worker says: what it was asked for, or why not. */
type Answer = (Framed & Looked) | Failed;

/** A thread that has to wait for its next job, on two cores with a third thread that hashes, idles a third of the time. */
const jobsAtOnce = 2;

/** A pool of at most `size` workers, shared by all layers of a build. */
export function createWorkerPool(
  size: number,
  { onSpan }: { readonly onSpan?: OnSpan | undefined } = {},
): WorkerPool {
  return new ThreadPool(size, onSpan);
}

class ThreadPool implements WorkerPool {
  readonly window: number;
  readonly size: number;
  readonly sweeper: Sweeper;
  readonly #onSpan: OnSpan | undefined;
  #room: number;
  #closed = false;
  /** What each thread has been asked for, in order: it does the first, and finds the next without asking. */
  readonly #workers = new Map<Worker, Waiting[]>();
  readonly #queue: Waiting[] = [];
  readonly #memory: ArrayBuffer[] = [];

  constructor(size: number, onSpan: OnSpan | undefined) {
    this.size = size;
    this.sweeper = { threads: Math.max(1, size - 1), sweep: (job) => this.#sweep(job) };
    this.#onSpan = onSpan;
    this.window = size * 2 + 2;
    this.#room = this.window;
  }

  reserve(): (() => void) | undefined {
    if (this.#room === 0) return undefined;
    this.#room--;
    let held = true;
    return () => {
      if (held) this.#room++;
      held = false;
    };
  }

  frame(segment: Segment, compression: Compression): Promise<Framed> {
    const job = { type: "frame", segment: writeSegment(segment), compression } as const;
    return this.#run(job, firstPath(segment));
  }

  async #sweep(job: SweepJob): Promise<Taken> {
    const { taken } = await this.#run({ type: "look", job }, job.root);
    return taken;
  }

  #run(job: Waiting["job"], name: string): Promise<Framed & Looked> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(closedError());
      const waiting = { job, name, resolve, reject };
      const most = job.type === "look" ? this.sweeper.threads : this.size;
      const worker = this.#idle() ?? (this.#workers.size < most ? this.#spawn() : this.#withRoomFor(waiting));
      if (worker === undefined) this.#queue.push(waiting);
      else this.#give(worker, waiting);
    });
  }

  #idle(): Worker | undefined {
    for (const [worker, given] of this.#workers) if (given.length === 0) return worker;
    return undefined;
  }

  /** One that has a job, and would have nothing to do between its end and word from this thread. */
  #withRoomFor(waiting: Waiting): Worker | undefined {
    for (const [worker, given] of this.#workers) if (mayFollow(given, waiting)) return worker;
    return undefined;
  }

  frameHere(segment: Segment, compression: Compression): Framed {
    const span = this.#onSpan?.({ kind: "segment", lane: mainThread, name: firstPath(segment) });
    const framed = frameAndPack(segment, compression, this.#memory.pop());
    endSpan(span, framed);
    return framed;
  }

  recycle({ buffer }: Uint8Array<ArrayBuffer>): void {
    // A packed segment's memory is mostly too small for another one's raw bytes.
    const fits = buffer.byteLength >= segmentMemory;
    if (fits && this.#memory.length < this.window) this.#memory.push(buffer);
    else free(buffer);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const workers = [...this.#workers];
    this.#workers.clear();
    const given = workers.flatMap(([, jobs]) => jobs);
    for (const { reject } of [...this.#queue.splice(0), ...given]) reject(closedError());
    await Promise.all(workers.map(([worker]) => worker.terminate()));
  }

  #spawn(): Worker {
    const worker = new Worker(new URL("./worker.js", import.meta.url));
    this.#workers.set(worker, []);
    worker.on("message", (answer: Answer) => this.#finish(worker, answer));
    worker.on("error", (error: Error) => this.#lose(worker, error));
    worker.on("exit", (code) => {
      if (this.#workers.has(worker)) this.#lose(worker, new Error(`it ended with ${code}`));
    });
    return worker;
  }

  #give(worker: Worker, waiting: Waiting): void {
    const { job } = waiting;
    const given = this.#workers.get(worker)!;
    given.push(waiting);
    if (given.length === 1) this.#begin(worker, waiting);
    worker.ref();
    const memory = job.type === "frame" ? this.#memory.pop() : undefined;
    worker.postMessage(job.type === "frame" ? { ...job, memory } : job, memory === undefined ? [] : [memory]);
  }

  #begin({ threadId }: Worker, waiting: Waiting): void {
    const kind = waiting.job.type === "frame" ? "segment" : "list";
    waiting.span = this.#onSpan?.({ kind, lane: `worker ${threadId}`, name: waiting.name });
  }

  #finish(worker: Worker, answer: Answer): void {
    const given = this.#workers.get(worker);
    const waiting = given?.shift();
    if (given === undefined || waiting === undefined) return;
    endSpan(waiting.span, answer);
    if (given[0] !== undefined) this.#begin(worker, given[0]);
    const next = this.#queue.findIndex((other) => mayFollow(given, other));
    if (next !== -1) this.#give(worker, this.#queue.splice(next, 1)[0]!);
    else if (given.length === 0) worker.unref();
    if ("code" in answer) waiting.reject(new GantryError(answer.code, answer.message));
    else waiting.resolve(answer);
  }

  /** A thread that died takes its own job with it; the others' go to a new one. */
  #lose(worker: Worker, error: Error): void {
    const [running, ...others] = this.#workers.get(worker) ?? [];
    this.#workers.delete(worker);
    const message = `a worker thread died: ${error.message}`;
    running?.reject(new GantryError("ERR_GANTRY_INTERNAL", message, { cause: error }));
    this.#queue.unshift(...others);
    const next = this.#closed ? undefined : this.#queue.shift();
    if (next !== undefined) this.#give(this.#spawn(), next);
  }
}

/** Looking at files takes long: nothing waits behind it, and it waits behind nothing. */
function mayFollow(given: readonly Waiting[], { job }: Waiting): boolean {
  if (given.length === 0) return true;
  return (
    given.length < jobsAtOnce && [job, ...given.map((one) => one.job)].every(({ type }) => type === "frame")
  );
}

/** Where a segment begins. */
function firstPath({ pieces }: Segment): string {
  return pieces[0]?.entry.path ?? "end of the tar";
}

function endSpan(span: RunningSpan | undefined, answer: Framed | Looked | Failed): void {
  if (span === undefined) return;
  if ("code" in answer) return span.end();
  if ("taken" in answer) return span.end({ took: { list: answer.listTime } });
  const { raw, packed, frameTime: frame, packTime: compress } = answer;
  const took = packed.length === 0 ? { frame } : { frame, compress };
  span.end({ bytesIn: raw.length, bytesOut: packed.length, took });
}

/** A closed port takes what is sent to it and drops it. */
const drain = (() => {
  const { port1 } = new MessageChannel();
  port1.close();
  return port1;
})();

/** Frees a buffer now: garbage collection sees only its handle, and lets a hundred megabytes of them gather. */
function free(buffer: ArrayBuffer): void {
  drain.postMessage(undefined, [buffer]);
}

function closedError(): GantryError {
  return new GantryError("ERR_GANTRY_INTERNAL", "the layer cannot be read: the call it came from has ended");
}
