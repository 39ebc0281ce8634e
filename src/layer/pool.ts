import { Worker } from "node:worker_threads";
import { GantryError } from "../errors.js";
import { runJob } from "./worker.js";
import type { Failed, Framed, Job } from "./worker.js";

/** Threads that frame and pack segments. They start with the first job and end with `close`. */
export interface WorkerPool {
  /** How many jobs may be under way before asking for more is pointless. */
  readonly window: number;
  run(job: Omit<Job, "memory">): Promise<Framed>;
  /** Runs the job on this thread: for layers that are done before a thread would have started. */
  runHere(job: Omit<Job, "memory">): Framed;
  /** Gives a raw segment's memory back for another job; nothing may read it afterwards. */
  recycle(raw: Uint8Array<ArrayBuffer>): void;
  close(): Promise<void>;
}

interface Waiting {
  readonly job: Omit<Job, "memory">;
  readonly resolve: (framed: Framed) => void;
  readonly reject: (error: Error) => void;
}

/** A pool of at most `size` workers, shared by all layers of a build. */
export function createWorkerPool(size: number): WorkerPool {
  const idle: Worker[] = [];
  const workers = new Set<Worker>();
  const queue: Waiting[] = [];
  const memory: ArrayBuffer[] = [];

  const start = (worker: Worker, waiting: Waiting) => {
    const buffer = memory.pop();
    const settle = () => {
      worker.removeAllListeners("message");
      worker.removeAllListeners("error");
      worker.unref();
    };
    worker.ref();
    worker.once("message", (answer: Framed | Failed) => {
      settle();
      release(worker);
      if ("code" in answer) waiting.reject(new GantryError(answer.code, answer.message));
      else waiting.resolve(answer);
    });
    worker.once("error", (error) => {
      settle();
      workers.delete(worker);
      waiting.reject(
        new GantryError("ERR_GANTRY_INTERNAL", `a worker thread died: ${error.message}`, { cause: error }),
      );
    });
    worker.postMessage(
      { ...waiting.job, memory: buffer } satisfies Job,
      buffer === undefined ? [] : [buffer],
    );
  };

  const release = (worker: Worker) => {
    const next = queue.shift();
    if (next === undefined) idle.push(worker);
    else start(worker, next);
  };

  const spawn = () => {
    const worker = new Worker(new URL("./worker.js", import.meta.url));
    workers.add(worker);
    return worker;
  };

  return {
    window: size * 2 + 2,
    run: (job) =>
      new Promise((resolve, reject) => {
        const waiting = { job, resolve, reject };
        const worker = idle.pop() ?? (workers.size < size ? spawn() : undefined);
        if (worker === undefined) queue.push(waiting);
        else start(worker, waiting);
      }),
    runHere: (job) => runJob({ ...job, memory: memory.pop() }),
    recycle: (raw) => {
      if (memory.length < size * 2 + 2) memory.push(raw.buffer);
    },
    close: async () => {
      await Promise.all([...workers].map((worker) => worker.terminate()));
      workers.clear();
      idle.length = 0;
    },
  };
}
