import { setTimeout as wait } from "node:timers/promises";
import { folderOf, type BenchContext } from "../bench-context.js";
import { program, writeStamp } from "../workloads/program.js";
import { again, cold, coldZstd, crane } from "./contenders.js";
import type { Contender, Contest } from "../contest.js";

/** Files that were written less than two seconds before they are hashed are not trusted the next time. */
const trusted = 2500;

/** One executable of 100 MB with a stamp beside it that makes each run new. */
export async function programContest(bench: BenchContext): Promise<Contest> {
  const context = await folderOf(bench, program);
  const stamp = () => writeStamp(context);
  const build = { context, add: ["program:/app"] };
  const unchanged = again("gantry unchanged", { ...build, compression: "gzip" });
  return {
    name: "program",
    about: "one seeded executable of 100 MB",
    reference: "crane",
    contenders: [
      crane(context, "program", stamp),
      cold("gantry gzip", { ...build, compression: "gzip" }, stamp),
      cold("gantry none", { ...build, compression: "none" }, stamp),
      coldZstd("gantry zstd", build, bench),
      {
        ...unchanged,
        prepare: async (run) => {
          await wait(trusted);
          await unchanged.prepare?.(run);
        },
      },
      bareNode,
    ],
    targets: [
      { metric: "seconds", of: "gantry gzip", to: "crane", atMost: 0.4 },
      { metric: "seconds", of: "gantry none", to: "crane", atMost: 0.22 },
      { metric: "seconds", of: "gantry unchanged", to: "node -e 0", atMost: 3.5 },
    ],
  };
}

/** What no program of Node's can be faster than. */
const bareNode: Contender = { name: "node -e 0", command: () => ({ argv: [process.execPath, "-e", "0"] }) };
