import { setTimeout as wait } from "node:timers/promises";
import { folderOf, type BenchContext } from "../bench-context.js";
import { buildah } from "../peers/buildah.js";
import { buildkit } from "../peers/buildkit.js";
import { changeDist } from "../workloads/dist.js";
import { program, writeStamp } from "../workloads/program.js";
import { changed, cold, coldZstd, crane, unchanged } from "./contenders.js";
import { sendingLimit } from "./limits.js";
import type { Contender, Contest } from "../contest.js";

/** A stamp written less than two seconds before it is hashed is not trusted the next time: that is not what is measured. */
const settled = 2500;

/** The limits by what is done and nothing else. */
const sent = { none: "read, hashed and sent alone", gzip: "gzip and sent alone" };

/** One executable of 100 MB with a stamp beside it that makes each run new. */
export async function programContest(bench: BenchContext): Promise<Contest> {
  const context = await folderOf(bench, program);
  const stamp = () => writeStamp(context);
  const build = { context, add: ["program:/app"] };
  const withDist = { context, add: [...build.add, "dist:/app/dist"] };
  const files = { context, folder: "program" };
  return {
    name: "program",
    about: "one seeded executable of 100 MB, with a stamp that makes each run new",
    reference: "crane",
    contenders: [
      crane(context, "program", stamp),
      cold("gantry gzip", build, stamp),
      cold("gantry none", { ...build, compression: "none" }, stamp),
      coldZstd("gantry zstd", build, { ...bench, prepare: stamp }),
      unchanged("gantry unchanged", build, () => wait(settled)),
      changed("gantry one changed", withDist, () => changeDist(context)),
      bareNode,
      sendingLimit(sent.none, { ...files, depth: "read" }),
      sendingLimit(sent.gzip, { ...files, depth: "gzip" }),
      buildah(context, "program", stamp),
      ...buildkit(context, "program", stamp),
    ],
    targets: [
      { metric: "seconds", of: "gantry gzip", to: "crane", atMost: 0.4, limit: sent.gzip },
      { metric: "seconds", of: "gantry none", to: "crane", atMost: 0.22, limit: sent.none },
      { metric: "seconds", of: "gantry unchanged", to: bareNode.name, atMost: 3.5 },
    ],
  };
}

/** What no program of Node's can be faster than. */
const bareNode: Contender = { name: "node -e 0", command: () => ({ argv: [process.execPath, "-e", "0"] }) };
