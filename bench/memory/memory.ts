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
const sizes = { small: 500e6, large: 5 * 2 ** 30 };
const rate = 50e6;
const runs = 3;
const limit = 250e6;
const growth = 1.15;

interface Case {
  readonly compression: "none" | "gzip";
  /** How often each 4 KiB of random bytes come in a row. */
  readonly repeat: number;
}

const cases: readonly Case[] = [
  { compression: "none", repeat: 1 },
  { compression: "gzip", repeat: 1 },
  { compression: "gzip", repeat: 8 },
];

const folder = await mkdtemp(join(tmpdir(), "gantry-memory-"));
try {
  process.exitCode = await measure();
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function measure(): Promise<number> {
  const peaks = { small: await peaksOf("small"), large: await peaksOf("large") };
  let missed = 0;
  cases.forEach(({ compression, repeat }, index) => {
    const [small, large] = [median(peaks.small[index]!), median(peaks.large[index]!)];
    const ok = large < limit && large <= growth * small;
    if (!ok) missed++;
    const name = `${compression}, ${repeat === 1 ? "random" : "repeats"}`.padEnd(13);
    const ratio = (large / small).toFixed(2);
    console.log(
      `${name}  500 MB: ${mb(small)}   5 GiB: ${mb(large)}   ratio ${ratio}   ${ok ? "ok" : "MISSED"}`,
    );
  });
  console.log(`targets: under ${mb(limit)}, and 5 GiB within ${growth} times 500 MB (medians of ${runs})`);
  return missed > 0 ? 1 : 0;
}

/** The peaks of each case at one size. Runs on the same bytes go side by side: memory is measured here, not time. */
async function peaksOf(size: keyof typeof sizes): Promise<readonly (readonly number[])[]> {
  const peaks: number[][] = cases.map(() => []);
  for (const repeat of new Set(cases.map((each) => each.repeat))) {
    const file = join(folder, `${size}.bin`);
    await writeSeeded(file, sizes[size], repeat);
    await Promise.all(
      cases.flatMap(({ compression, repeat: wanted }, index) =>
        Array.from({ length: wanted === repeat ? runs : 0 }, async (_, run) => {
          peaks[index]!.push(await peakOf(file, compression, `${size}-${compression}-${run}`));
        }),
      ),
    );
    await rm(file);
  }
  return peaks;
}

/** Peak resident bytes of one `gantry build --push` of the file. */
async function peakOf(file: string, compression: string, name: string): Promise<number> {
  const registry = await startSlowRegistry(rate);
  const cache = join(folder, name);
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
