import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { sendBlob } from "./send-blob.js";
import { type Depth, unitsOf, workOn } from "./least-work.js";

/**
 * `node least.js DEPTH FOLDER [HOST FILE DIGEST]`: what no build of the folder can leave out, and nothing else. It is
 * listed; from "read" on read and hashed; from "gzip" or "zstd" on compressed too, by the product's own compressors. No
 * tar, no order, no cache, no answer: two threads take what comes next. With a host a layer made before is sent meanwhile.
 */
interface Shared {
  readonly depth: Depth;
  readonly folder: string;
  /** The number of the next unit that nobody has taken. */
  readonly next: SharedArrayBuffer;
}

if (isMainThread) await main();
else {
  const { depth, folder, next } = workerData as Shared;
  workOn(unitsOf(folder), depth, next);
  parentPort!.postMessage("done");
}

async function main(): Promise<void> {
  const [depth, folder, host, file, digest] = process.argv.slice(2) as [Depth, ...string[]];
  const shared: Shared = { depth, folder: folder!, next: new SharedArrayBuffer(4) };
  // Who sends has no time of its own to work.
  const sending = host === undefined ? undefined : sendBlob(host, file!, digest!);
  const workers = Array.from({ length: sending === undefined ? 1 : 2 }, () => startWorker(shared));
  if (sending === undefined) workOn(unitsOf(shared.folder), depth, shared.next);
  await Promise.all([...workers, sending]);
  process.exit();
}

function startWorker(shared: Shared): Promise<void> {
  return new Promise((resolve, reject) => {
    new Worker(new URL(import.meta.url), { workerData: shared })
      .on("message", () => resolve())
      .on("error", reject);
  });
}
