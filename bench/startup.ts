import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/**
 * How long `gantry --version` takes next to `node -e 0`: `node build/bench/startup.js [RUNS]`. The two take turns, so that
 * a busy machine slows both. Ends with status 1 where the ratio of the medians is above the limit.
 */
const limit = 1.6;
const runs = Number(process.argv[2] ?? 21);
const main = fileURLToPath(new URL("../src/cli/main.js", import.meta.url));
const bare: number[] = [];
const version: number[] = [];

for (let run = 0; run < runs; run++) {
  bare.push(timeOf(["-e", "0"]));
  version.push(timeOf([main, "--version"]));
}

const ratio = median(version) / median(bare);
console.log(`node -e 0         ${median(bare).toFixed(0)} ms (median of ${runs})`);
console.log(`gantry --version  ${median(version).toFixed(0)} ms`);
console.log(`ratio             ${ratio.toFixed(2)} (limit ${limit})`);
process.exitCode = ratio <= limit ? 0 : 1;

function timeOf(args: readonly string[]): number {
  const begin = performance.now();
  const { status } = spawnSync(process.execPath, args, { stdio: "ignore" });
  if (status !== 0) throw new Error(`node ${args.join(" ")} ended with ${status}`);
  return performance.now() - begin;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
