import { openWorkspace } from "../build/workspace.js";
import { planAll } from "../build/plans.js";
import type { BuildOptions } from "../build/options.js";
import type { BuildRequest } from "../frontends/spec/request.js";
import type { BuildPlan } from "../plan/plan.js";

/** What `build` would make: bases pinned, files listed, configuration merged; nothing is packed, written or sent. */
export async function plan(
  requests: BuildRequest | readonly BuildRequest[],
  options: BuildOptions = {},
): Promise<BuildPlan[]> {
  await using workspace = await openWorkspace(options);
  return planAll([requests].flat() as BuildRequest[], workspace, options);
}
