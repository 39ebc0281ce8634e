import { openWorkspace } from "../build/workspace.js";
import { checkOptions } from "../build/check.js";
import { checkRequests, planAll } from "../build/plans.js";
import type { BuildOptions } from "../build/options.js";
import type { AnyRequest } from "../build/plans.js";
import type { BuildPlan } from "../plan/plan.js";

/** What `build` would make: bases pinned, files listed, configuration merged; nothing is packed, written or sent. */
export async function plan(
  requests: AnyRequest | readonly AnyRequest[],
  options: BuildOptions = {},
): Promise<BuildPlan[]> {
  const list = await checkRequests(requests);
  checkOptions(options, options.outputs ?? [{ type: "store" }]);
  await using workspace = await openWorkspace(options);
  return await planAll(list, workspace, options);
}
