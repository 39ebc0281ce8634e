import { folderOf, type BenchContext } from "../bench-context.js";
import { changeDistFile, nodeModules } from "../workloads/node-modules.js";
import { again, cold, coldZstd, crane, fromDestination } from "./contenders.js";
import type { Contest } from "../contest.js";
import type { GantryBuild } from "../gantry.js";

const most = 250e6;

/** 43,000 files of 555 MB: what most images of JavaScript programs are made of. */
export async function nodeModulesContest(bench: BenchContext): Promise<Contest> {
  const context = await folderOf(bench, nodeModules);
  const build = (compression: string, ...add: readonly string[]): GantryBuild => ({
    context,
    add: ["node_modules:/app/node_modules", ...add],
    compression,
  });
  return {
    name: "node_modules",
    about: "a pinned node_modules: at least 500 MB in 35,000 files",
    reference: "crane",
    contenders: [
      crane(context, "node_modules"),
      cold("gantry gzip", build("gzip")),
      cold("gantry none", build("none")),
      coldZstd("gantry zstd", build("zstd"), bench),
      again("gantry unchanged", build("gzip")),
      again("gantry one changed", build("gzip", "dist:/app/dist"), () => changeDistFile(context)),
      fromDestination("gantry cache-from", build("gzip")),
    ],
    targets: [
      { metric: "seconds", of: "gantry gzip", to: "crane", atMost: 0.35 },
      { metric: "seconds", of: "gantry none", to: "crane", atMost: 0.26 },
      { metric: "seconds", of: "gantry zstd", to: "crane", atMost: 0.22 },
      { metric: "seconds", of: "gantry unchanged", to: "crane", atMost: 0.055 },
      { metric: "seconds", of: "gantry one changed", to: "crane", atMost: 0.08 },
      { metric: "seconds", of: "gantry cache-from", to: "crane", atMost: 0.2 },
      { metric: "peakBytes", of: "gantry gzip", atMost: most },
      { metric: "peakBytes", of: "gantry none", atMost: most },
      { metric: "peakBytes", of: "gantry zstd", atMost: most },
    ],
  };
}
