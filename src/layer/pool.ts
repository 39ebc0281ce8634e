import { MessageChannel, Worker } from "node:worker_threads";
import { GantryError } from "../errors.js";
import { withOwnInline } from "./segments.js";
import { runJob } from "./worker.js";
import type { Failed, Framed, Job } from "./worker.js";

/** Threads that frame and pack segments. They start with the first job and end with `close`. */
export interface WorkerPool {
  /** How many jobs of one stream may be under way before asking for more is pointless. */
  readonly window: number;
  /** Room for one more segment among all streams, given back by the function returned; undefined where there is none now. */
  reserve(): (() => void) | undefined;
  run(job: Omit<Job, "memory">): Promise<Framed>;
  /** Runs the job on this thread: for layers that are done before a thread would have started. */
  runHere(job: Omit<Job, "memory">): Framed;
  /** Gives the memory of a job's raw or packed bytes back, for another job or to be freed at once; nothing may read them afterwards. */
  recycle(bytes: Uint8Array<ArrayBuffer>): void;
  /** Ends the threads; what is under way or asked for afterwards is rejected. */
  close(): Promise<void>;
}

interface Waiting {
  readonly job: Omit<Job, "memory">;
  readonly resolve: (framed: Framed) => void;
  readonly reject: (error: Error) => void;
}

/** A pool of at most `size` workers, shared by all layers of a build. */
export function createWorkerPool(size: number): WorkerPool {
  return new ThreadPool(size);
}

class ThreadPool implements WorkerPool {
  readonly window: number;
  readonly #size: number;
  #room: number;
  #closed = false;
  readonly #idle: Worker[] = [];
  readonly #workers = new Set<Worker>();
  readonly #running = new Map<Worker, Waiting>();
  readonly #queue: Waiting[] = [];
  readonly #memory: ArrayBuffer[] = [];

  constructor(size: number) {
    this.#size = size;
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

  run({ segment, compression }: Omit<Job, "memory">): Promise<Framed> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(closedError());
      const waiting = { job: { segment: withOwnInline(segment), compression }, resolve, reject };
      const worker = this.#idle.pop() ?? (this.#workers.size < this.#size ? this.#spawn() : undefined);
      if (worker === undefined) this.#queue.push(waiting);
      else this.#start(worker, waiting);
    });
  }

  runHere(job: Omit<Job, "memory">): Framed {
    return runJob({ ...job, memory: this.#memory.pop() });
  }

  recycle({ buffer }: Uint8Array<ArrayBuffer>): void {
    if (this.#memory.length < this.window) this.#memory.push(buffer);
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
    worker.on("message", (answer: Framed | Failed) => this.#finish(worker, answer));
    worker.on("error", (error: Error) => this.#lose(worker, error));
    worker.on("exit", (code) => {
      if (this.#workers.has(worker)) this.#lose(worker, new Error(`it ended with ${code}`));
    });
    return worker;
  }

  #start(worker: Worker, waiting: Waiting): void {
    const memory = this.#memory.pop();
    this.#running.set(worker, waiting);
    worker.ref();
    worker.postMessage({ ...waiting.job, memory } satisfies Job, memory === undefined ? [] : [memory]);
  }

  #finish(worker: Worker, answer: Framed | Failed): void {
    const waiting = this.#running.get(worker);
    this.#running.delete(worker);
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
