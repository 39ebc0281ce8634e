import { copyContest } from "./copy.js";
import { eventLoopContest } from "./event-loop.js";
import { hashContest } from "./hash.js";
import { hugeContest } from "./huge.js";
import { ignoredContest } from "./ignored.js";
import { manySmallContest } from "./many-small.js";
import { nodeModulesContest } from "./node-modules.js";
import { planContest } from "./plan.js";
import { programContest } from "./program.js";
import { requestsContest } from "./requests.js";
import type { BenchContext } from "../bench-context.js";
import type { Contest } from "../contest.js";

interface Entrant {
  /** Whether it has targets: only then is it part of `--check`. */
  readonly checked: boolean;
  /** Makes its workload, too. */
  readonly open: (bench: BenchContext) => Promise<Contest>;
}

/** All contests by name, in the order they are run. */
export const contests: Readonly<Record<string, Entrant>> = {
  requests: { checked: true, open: requestsContest },
  copy: { checked: true, open: copyContest },
  hash: { checked: true, open: hashContest },
  program: { checked: true, open: programContest },
  node_modules: { checked: true, open: nodeModulesContest },
  "event-loop": { checked: true, open: eventLoopContest },
  huge: { checked: true, open: hugeContest },
  ignored: { checked: true, open: ignoredContest },
  "many-small": { checked: false, open: manySmallContest },
  plan: { checked: false, open: planContest },
};
