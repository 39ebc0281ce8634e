import { folderOf, type BenchContext } from "../bench-context.js";
import { changeDist } from "../workloads/dist.js";
import { manySmall } from "../workloads/many-small.js";
import { changed, cold, coldZstd, crane, unchanged } from "./contenders.js";
import type { Contest } from "../contest.js";

/** Where the system's calls for each file weigh more than their bytes. */
export async function manySmallContest(bench: BenchContext): Promise<Contest> {
  const context = await folderOf(bench, manySmall);
  const build = { context, add: ["many:/data"] };
  const withDist = { context, add: [...build.add, "dist:/app/dist"] };
  return {
    name: "many-small",
    about: "100,000 files of 1 KiB",
    reference: "crane",
    contenders: [
      crane(context, "many"),
      cold("gantry gzip", build),
      cold("gantry none", { ...build, compression: "none" }),
      coldZstd("gantry zstd", build, bench),
      unchanged("gantry unchanged", build),
      changed("gantry one changed", withDist, () => changeDist(context)),
    ],
    targets: [],
  };
}
