import { writeFileSync } from "node:fs";
import { isMainThread } from "node:worker_threads";

/** Preloaded into a measured process: writes its peak resident size in KiB when it ends. */
const file = process.env.GANTRY_PEAK_FILE;
if (isMainThread && file !== undefined)
  process.on("exit", () => writeFileSync(file, String(process.resourceUsage().maxRSS)));
