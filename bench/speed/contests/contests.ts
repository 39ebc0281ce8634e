import { nodeModulesContest } from "./node-modules.js";
import { programContest } from "./program.js";
import type { BenchContext } from "../bench-context.js";
import type { Contest } from "../contest.js";

/** All contests by name, in the order they are run; making one makes its workload. */
export const contests: Readonly<Record<string, (bench: BenchContext) => Promise<Contest>>> = {
  program: programContest,
  node_modules: nodeModulesContest,
};
