import { folderOf, type BenchContext } from "../bench-context.js";
import { buildah } from "../peers/buildah.js";
import { buildkit } from "../peers/buildkit.js";
import { changeDist } from "../workloads/dist.js";
import { nodeModules } from "../workloads/node-modules.js";
import { changed, cold, coldZstd, crane, fromDestination, unchanged } from "./contenders.js";
import { changeLimit, localLimit, sendingLimit } from "./limits.js";
import type { Contest } from "../contest.js";

const memory = 250e6;

/** The limits by what is done and nothing else. */
const listed = "listed alone";
const listedAndSent = "listed and a change sent alone";
const read = "read and hashed alone";
const sent = {
  none: "read, hashed and sent alone",
  gzip: "gzip and sent alone",
  zstd: "zstd and sent alone",
};

/** What most images of JavaScript programs are made of. */
export async function nodeModulesContest(bench: BenchContext): Promise<Contest> {
  const context = await folderOf(bench, nodeModules);
  const build = { context, add: ["node_modules:/app/node_modules"] };
  const withDist = { context, add: [...build.add, "dist:/app/dist"] };
  const files = { context, folder: "node_modules" };
  const zstd =
    "missing" in bench.zstdNode ? { skipped: bench.zstdNode.missing } : { node: bench.zstdNode.path };
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
      localLimit(listed, { ...files, depth: "list" }),
      changeLimit(listedAndSent, { context, folder: "node_modules", changed: "dist" }),
      localLimit(read, { ...files, depth: "read" }),
      sendingLimit(sent.none, { ...files, depth: "read" }),
      sendingLimit(sent.gzip, { ...files, depth: "gzip" }),
      sendingLimit(sent.zstd, { ...files, depth: "zstd" }, zstd),
      buildah(context, "node_modules"),
      ...buildkit(context, "node_modules"),
    ],
    targets: [
      { metric: "seconds", of: "gantry gzip", to: "crane", atMost: 0.35, limit: sent.gzip },
      { metric: "seconds", of: "gantry none", to: "crane", atMost: 0.26, limit: sent.none },
      { metric: "seconds", of: "gantry zstd", to: "crane", atMost: 0.22, limit: sent.zstd },
      { metric: "seconds", of: "gantry unchanged", to: "crane", atMost: 0.055, limit: listed },
      { metric: "seconds", of: "gantry one changed", to: "crane", atMost: 0.08, limit: listedAndSent },
      { metric: "seconds", of: "gantry cache-from", to: "crane", atMost: 0.2, limit: read },
      { metric: "peakBytes", of: "gantry gzip", atMost: memory },
      { metric: "peakBytes", of: "gantry none", atMost: memory },
      { metric: "peakBytes", of: "gantry zstd", atMost: memory },
    ],
  };
}
