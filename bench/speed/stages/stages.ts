import { join } from "node:path";
import { createEnds, startRealRegistry } from "../registries.js";
import { median } from "../statistics.js";
import { nodeModules } from "../workloads/node-modules.js";
import { defaultWork, prepareWorkload } from "../workloads/workload.js";
import { workloads } from "../workloads/workloads.js";
import { canCompress, compress, frame, hash, openPool, packAndHash, send, walk, workers } from "./product.js";

/**
 * `npm run bench:stages`: what each stage of a layer's way does alone, on node_modules: `node build/bench/speed/stages/stages.js
 * [RUNS]`, medians. All but the last lines are of one thread; hashing, compressing and sending are of every fourth segment.
 */
const runs = Number(process.argv[2] ?? 5);
const onLine = (line: string): void => void process.stderr.write(`${line}\n`);
const folder = join(await prepareWorkload(defaultWork(workloads), nodeModules, onLine), "node_modules");
const entries = await walk(folder);
const sample = everyFourth(frame(entries));
const sampled = sizeOf(sample);
const whole = sizeOf(frame(entries));

await line("walk", entries.length, "entries", () => walk(folder));
await line("read and frame", whole, "bytes", () => sizeOf(frame(entries)));
await line("hash", sampled, "bytes", () => hash(sample));
for (const type of ["gzip", "zstd"] as const) {
  if (canCompress(type))
    await line(`compress, ${type}`, sampled, "bytes", () => sizeOf(sample.map(compress[type])));
  else console.log(`compress, ${type}: skipped, Node ${process.versions.node} has no ${type}`);
}
await sendLine();
const pool = openPool();
await line(`walk, ${workers} workers`, entries.length, "entries", () => walk(folder, pool));
for (const type of ["none", "gzip", "zstd"] as const) {
  const name = `all but sending, ${type}, ${workers} workers`;
  if (type === "none" || canCompress(type))
    await line(name, whole, "bytes", () => packAndHash(entries, type, pool));
}

await pool.close();

async function sendLine(): Promise<void> {
  const bytes = Buffer.concat(sample);
  const seconds: number[] = [];
  for (let run = 0; run < runs; run++) {
    const ends = createEnds();
    try {
      const host = await startRealRegistry(ends);
      seconds.push(await secondsOf(() => send(host, bytes)));
    } finally {
      await ends.end();
    }
  }
  print("send to a real registry", sampled, "bytes", median(seconds));
}

async function line(
  name: string,
  amount: number,
  unit: "bytes" | "entries",
  work: () => unknown,
): Promise<void> {
  const seconds: number[] = [];
  for (let run = 0; run < runs; run++) seconds.push(await secondsOf(work));
  print(name, amount, unit, median(seconds));
}

async function secondsOf(work: () => unknown): Promise<number> {
  const begin = performance.now();
  await work();
  return (performance.now() - begin) / 1000;
}

function print(name: string, amount: number, unit: "bytes" | "entries", seconds: number): void {
  const rate =
    unit === "bytes"
      ? `${(amount / 1e6 / seconds).toFixed(0)} MB/s`
      : `${(amount / seconds).toFixed(0)} entries/s`;
  const what = unit === "bytes" ? `${(amount / 1e6).toFixed(0)} MB` : `${amount} entries`;
  console.log(
    `${name.padEnd(36)}${rate.padStart(18)}${what.padStart(18)}${seconds.toFixed(3).padStart(9)} s`,
  );
}

function everyFourth(segments: Iterable<Uint8Array>): Uint8Array[] {
  const picked: Uint8Array[] = [];
  let number = 0;
  for (const segment of segments) if (number++ % 4 === 0) picked.push(segment);
  return picked;
}

function sizeOf(segments: Iterable<Uint8Array>): number {
  let size = 0;
  for (const { length } of segments) size += length;
  return size;
}
