import { folderOf, type BenchContext } from "../bench-context.js";
import { huge } from "../workloads/huge.js";
import { cold, coldZstd, crane } from "./contenders.js";
import type { Contest } from "../contest.js";

const memory = 250e6;

/** Whether memory stays small whatever a layer's size. */
export async function hugeContest(bench: BenchContext): Promise<Contest> {
  const context = await folderOf(bench, huge);
  const build = { context, add: ["huge:/data"] };
  return {
    name: "huge",
    about: "one sparse file of 5 GiB",
    reference: "crane",
    most: 1,
    counted: false,
    contenders: [
      crane(context, "huge"),
      cold("gantry gzip", build),
      cold("gantry none", { ...build, compression: "none" }),
      coldZstd("gantry zstd", build, bench),
    ],
    targets: [
      { metric: "peakBytes", of: "gantry gzip", atMost: memory },
      { metric: "peakBytes", of: "gantry none", atMost: memory },
      { metric: "peakBytes", of: "gantry zstd", atMost: memory },
    ],
  };
}
