import { MessageChannel, Worker } from "node:worker_threads";
import { GantryError } from "../errors.js";
import { separate } from "../context/listed-folder.js";
import { mainThread } from "../model/spans.js";
import { segmentMemory } from "./frame.js";
import { writeSegment } from "./segment-message.js";
import { frameAndPack } from "./worker.js";
import type { OnSpan, RunningSpan } from "../model/spans.js";
import type { ListedFolder } from "../plan/world.js";
import type { Compression } from "../plan/plan.js";
import type { Segment } from "./segments.js";
import type { Failed, FrameJob, Framed, Listed, ListJob } from "./worker.js";

/** Threads that list folders, and frame and pack segments. They start with the first job and end with `close`. */
export interface WorkerPool {
  /** How many jobs of one stream may be under way before asking for more is pointless. */
  readonly window: number;
  /** How many threads there are at most. */
  readonly size: number;
  /** How many of them list folders: one fewer, since the thread that walks looks at folders itself. */
  readonly listers: number;
  /** Room for one more segment among all streams, given back by the function returned; undefined where there is none now. */
  reserve(): (() => void) | undefined;
  frame(segment: Segment, compression: Compression): Promise<Framed>;
  /** The same on this thread: for layers that are done before a thread would have started. */
  frameHere(segment: Segment, compression: Compression): Framed;
  /** Lists folders; in the order of the paths, undefined for one that cannot be read. */
  list(paths: readonly string[]): Promise<readonly (ListedFolder | undefined)[]>;
  /** Gives the memory of a job's raw or packed bytes back, for another job or to be freed at once; nothing may read them afterwards. */
  recycle(bytes: Uint8Array<ArrayBuffer>): void;
  /** Ends the threads; what is under way or asked for afterwards is rejected. */
  close(): Promise<void>;
}

interface Waiting {
  readonly job: Omit<FrameJob, "memory"> | ListJob;
  /** What a span of it is called. */
  readonly name: string;
  readonly resolve: (answer: Framed & Listed) => void;
  readonly reject: (error: Error) => void;
  span?: RunningSpan | undefined;
}

/** What a worker says: what it was asked for, or why not. */
type Answer = (Framed & Listed) | Failed;

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
  readonly listers: number;
  readonly #onSpan: OnSpan | undefined;
  #room: number;
  #closed = false;
  readonly #idle: Worker[] = [];
  readonly #workers = new Set<Worker>();
  readonly #running = new Map<Worker, Waiting>();
  readonly #queue: Waiting[] = [];
  readonly #memory: ArrayBuffer[] = [];

  constructor(size: number, onSpan: OnSpan | undefined) {
    this.size = size;
    this.listers = Math.max(1, size - 1);
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

  async list(paths: readonly string[]): Promise<readonly (ListedFolder | undefined)[]> {
    const { folders } = await this.#run({ type: "list", paths: paths.join("\0") }, paths[0] ?? "");
    return separate(folders);
  }

  #run(job: Waiting["job"], name: string): Promise<Framed & Listed> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(closedError());
      const waiting = { job, name, resolve, reject };
      const most = job.type === "list" ? this.listers : this.size;
      const worker = this.#idle.pop() ?? (this.#workers.size < most ? this.#spawn() : undefined);
      if (worker === undefined) this.#queue.push(waiting);
      else this.#start(worker, waiting);
    });
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
    for (const { reject } of [...this.#queue.splice(0), ...this.#running.values()]) reject(closedError());
    this.#running.clear();
    await Promise.all(workers.map((worker) => worker.terminate()));
  }

  #spawn(): Worker {
    const worker = new Worker(new URL("./worker.js", import.meta.url));
    this.#workers.add(worker);
    worker.on("message", (answer: Answer) => this.#finish(worker, answer));
    worker.on("error", (error: Error) => this.#lose(worker, error));
    worker.on("exit", (code) => {
      if (this.#workers.has(worker)) this.#lose(worker, new Error(`it ended with ${code}`));
    });
    return worker;
  }

  #start(worker: Worker, waiting: Waiting): void {
    const { job } = waiting;
    this.#running.set(worker, waiting);
    const kind = job.type === "frame" ? "segment" : "list";
    waiting.span = this.#onSpan?.({ kind, lane: `worker ${worker.threadId}`, name: waiting.name });
    worker.ref();
    const memory = job.type === "frame" ? this.#memory.pop() : undefined;
    worker.postMessage(job.type === "frame" ? { ...job, memory } : job, memory === undefined ? [] : [memory]);
  }

  #finish(worker: Worker, answer: Answer): void {
    const waiting = this.#running.get(worker);
    this.#running.delete(worker);
    endSpan(waiting?.span, answer);
    worker.unref();
    const next = this.#queue.shift();
    if (next === undefined) this.#idle.push(worker);
    else this.#start(worker, next);
    if ("code" in answer) waiting?.reject(new GantryError(answer.code, answer.message));
    else waiting?.resolve(answer);
  }

  /** A thread that died takes its own job with it; the others' go to a new one. */
  #lose(worker: Worker, error: Error): void {
    this.#workers.delete(worker);
    const at = this.#idle.indexOf(worker);
    if (at !== -1) this.#idle.splice(at, 1);
    const message = `a worker thread died: ${error.message}`;
    this.#running.get(worker)?.reject(new GantryError("ERR_GANTRY_INTERNAL", message, { cause: error }));
    this.#running.delete(worker);
    const next = this.#closed ? undefined : this.#queue.shift();
    if (next !== undefined) this.#start(this.#spawn(), next);
  }
}

/** Where a segment begins. */
function firstPath({ pieces }: Segment): string {
  return pieces[0]?.entry.path ?? "end of the tar";
}

function endSpan(span: RunningSpan | undefined, answer: Framed | Listed | Failed): void {
  if (span === undefined) return;
  if ("code" in answer) return span.end();
  if ("folders" in answer) return span.end({ took: { list: answer.listTime } });
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
