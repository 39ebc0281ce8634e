import { folderOf, type BenchContext } from "../bench-context.js";
import { gantry } from "../gantry.js";
import { ignored } from "../workloads/ignored.js";
import type { Contest } from "../contest.js";

/** What is left out costs nothing: neither its folders nor its files are looked at. */
export async function ignoredContest(bench: BenchContext): Promise<Contest> {
  const context = await folderOf(bench, ignored);
  return {
    name: "ignored",
    about: "the plan of a Dockerfile whose .dockerignore leaves 50 of 100,000 files",
    counted: false,
    contenders: [{ name: "gantry plan", command: (run) => gantry(run, ["build", context, "--print"]) }],
    targets: [{ metric: "cpuSeconds", of: "gantry plan", atMost: 0.5 }],
  };
}
