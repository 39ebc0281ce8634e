import { writeFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { isMainThread } from "node:worker_threads";

/**
 * Preloaded into a measured process: writes, when it ends, the longest time in milliseconds between two turns of its
 * event loop. Loading gantry itself is a few turns of it too. Workers inherit the preload and are none of its business.
 */
const file = process.env.GANTRY_DELAY_FILE;
if (isMainThread && file !== undefined) {
  // A block that falls between two samples is seen with up to one interval on top.
  const delay = monitorEventLoopDelay({ resolution: 2 });
  delay.enable();
  process.on("exit", () => writeFileSync(file, String(delay.max / 1e6)));
}
