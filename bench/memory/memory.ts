import { spawn } from "node:child_process";
import { createCipheriv } from "node:crypto";
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startSlowRegistry } from "./slow-registry.js";

/**
 * `npm run memory`: what a build of one large layer holds at its peak, pushed to a registry that takes 50 MB/s. Seeded
 * random bytes do not get smaller on the way; because gzip stores them as they are, bytes that repeat are measured
 * too. Exits 1 where a target is missed.
 */
const rate = 50e6;
const limit = 250e6;
const growth = 1.15;

/**
 * Each input is built at 500 MB and at `large` bytes; `repeat` says how often each 4 KiB come in a row. What repeats
 * is done in seconds and holds little, so that chance weighs more (111 to 125 MB at 500 MB): its median is of more runs.
 */
const inputs = [
  { name: "random", repeat: 1, large: 5 * 2 ** 30, compressions: ["none", "gzip"], runs: 3 },
  { name: "repeats", repeat: 8, large: 2 * 2 ** 30, compressions: ["gzip"], runs: 7 },
] as const;
type Input = (typeof inputs)[number];
type Compression = Input["compressions"][number];

const folder = await mkdtemp(join(tmpdir(), "gantry-memory-"));
try {
  // One after the other: a process that waits for its turn collects its garbage late, and looks larger than it is.
  for (const input of inputs) await measure(input);
  console.log(`targets: under ${mb(limit)}, and the large one within ${growth} times (medians)`);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function measure(input: Input): Promise<void> {
  const [small, large] = await Promise.all([peaksOf(input, 500e6), peaksOf(input, input.large)]);
  for (const compression of input.compressions) {
    const [before, after] = [median(small[compression]), median(large[compression])];
    const ok = after < limit && after <= growth * before;
    if (!ok) process.exitCode = 1;
    const peaks = `500 MB: ${mb(before)}   ${input.large / 2 ** 30} GiB: ${mb(after)}`;
    const ratio = (after / before).toFixed(2);
    console.log(
      `${compression} ${input.name.padEnd(7)}  ${peaks}   ratio ${ratio}   ${ok ? "ok" : "MISSED"}`,
    );
  }
}

/** All runs of an input go side by side: memory is measured here, not time. */
async function peaksOf(
  { repeat, compressions, runs }: Input,
  size: number,
): Promise<Record<Compression, readonly number[]>> {
  const file = join(folder, `${repeat}-${size}.bin`);
  await writeSeeded(file, size, repeat);
  const of = (compression: Compression) =>
    Promise.all(
      Array.from({ length: compressions.some((each) => each === compression) ? runs : 0 }, (_, run) =>
        peakOf(file, compression, `${file}-${compression}-${run}`),
      ),
    );
  const [none, gzip] = await Promise.all([of("none"), of("gzip")]);
  await rm(file);
  return { none, gzip };
}

/** Peak resident bytes of one `gantry build --push` of the file. */
async function peakOf(file: string, compression: string, cache: string): Promise<number> {
  const registry = await startSlowRegistry(rate);
  const report = `${cache}.rss`;
  const flags = [
    "--base",
    "scratch",
    "--add",
    `${file}:/data`,
    "--compression",
    compression,
    "--progress",
    "quiet",
  ];
  const args = ["build", folder, ...flags, "-t", `${registry.host}/app:1`, "--push"];
  try {
    await run(args, { GANTRY_CACHE_DIR: cache, GANTRY_PEAK_FILE: report });
    if (registry.blobs.size < 2) throw new Error("the layer did not arrive");
    return Number(await readFile(report, "utf8")) * 1024;
  } finally {
    await registry.close();
    await rm(cache, { recursive: true, force: true });
  }
}

function run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<void> {
  const main = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
  const peak = new URL("./peak.js", import.meta.url).href;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--import", peak, main, ...args], {
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, ...env },
    });
    child.on("error", reject);
    child.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(`the build ended with ${code}`))));
  });
}

/** AES in counter mode is the fastest source of seeded random bytes at hand. */
async function writeSeeded(path: string, size: number, repeat: number): Promise<void> {
  const cipher = createCipheriv("aes-128-ctr", Buffer.alloc(16, 1), Buffer.alloc(16, 2));
  const unit = 4096;
  const zeros = Buffer.alloc((1 << 22) / repeat);
  const chunk = Buffer.alloc(1 << 22);
  const file = await open(path, "w");
  for (let left = size; left > 0; left -= chunk.length) {
    const random = cipher.update(zeros);
    for (let to = 0; to < chunk.length; to += unit) {
      const from = Math.floor(to / unit / repeat) * unit;
      random.copy(chunk, to, from, from + unit);
    }
    await file.write(chunk.subarray(0, Math.min(left, chunk.length)));
  }
  await file.close();
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
