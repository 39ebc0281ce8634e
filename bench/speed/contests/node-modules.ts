import { folderOf, type BenchContext } from "../bench-context.js";
import { buildah } from "../peers/buildah.js";
import { buildkit } from "../peers/buildkit.js";
import { changeDist } from "../workloads/dist.js";
import { nodeModules } from "../workloads/node-modules.js";
import { bytesAlone, changed, cold, coldZstd, crane, fromDestination, unchanged } from "./contenders.js";
import type { Contest } from "../contest.js";

const memory = 250e6;

/** What most images of JavaScript programs are made of. */
export async function nodeModulesContest(bench: BenchContext): Promise<Contest> {
  const context = await folderOf(bench, nodeModules);
  const build = { context, add: ["node_modules:/app/node_modules"] };
  const withDist = { context, add: [...build.add, "dist:/app/dist"] };
  return {
    name: "node_modules",
    about: "a pinned node_modules, over 500 MB in 35,000 files",
    reference: "crane",
    contenders: [
      crane(context, "node_modules"),
      cold("gantry gzip", build),
      cold("gantry none", { ...build, compression: "none" }),
      coldZstd("gantry zstd", build, bench),
      unchanged("gantry unchanged", build),
      changed("gantry one changed", withDist, () => changeDist(context)),
      fromDestination("gantry cache-from", build),
      bytesAlone(context, "node_modules"),
      buildah(context, "node_modules"),
      ...buildkit(context, "node_modules"),
    ],
    targets: [
      { metric: "seconds", of: "gantry gzip", to: "crane", atMost: 0.35 },
      { metric: "seconds", of: "gantry none", to: "crane", atMost: 0.26 },
      { metric: "seconds", of: "gantry zstd", to: "crane", atMost: 0.22 },
      { metric: "seconds", of: "gantry unchanged", to: "crane", atMost: 0.055 },
      { metric: "seconds", of: "gantry one changed", to: "crane", atMost: 0.08 },
      { metric: "seconds", of: "gantry cache-from", to: "crane", atMost: 0.2 },
      { metric: "peakBytes", of: "gantry gzip", atMost: memory },
      { metric: "peakBytes", of: "gantry none", atMost: memory },
      { metric: "peakBytes", of: "gantry zstd", atMost: memory },
    ],
  };
}
