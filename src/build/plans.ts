import { resolve } from "node:path";
import { allDone } from "../concurrency.js";
import { createLayerLists, planRequest } from "../frontends/spec/plan.js";
import { validateRequest } from "../frontends/spec/schema.js";
import type { BuildOptions } from "./options.js";
import type { BuildRequest } from "../frontends/spec/request.js";
import type { BuildPlan } from "../plan/plan.js";
import type { Workspace } from "./workspace.js";

/** Plans every request side by side, so that all bases are resolved at once; in the requests' order. */
export async function planAll(
  requests: readonly BuildRequest[],
  { world, system }: Pick<Workspace, "world" | "system">,
  { context = ".", preserveMode, assumeNew, signal, onEvent }: BuildOptions,
): Promise<BuildPlan[]> {
  const contextRoot = resolve(system.cwd, context);
  await allDone(requests.map((request) => validateRequest(request)));
  const lists = createLayerLists();
  return allDone(
    requests.map((request) =>
      planRequest(
        {
          ...request,
          ...(preserveMode === undefined ? {} : { preserveMode }),
          ...(assumeNew === undefined ? {} : { assumeNew }),
        },
        world,
        { contextRoot, lists, signal, onEvent },
      ),
    ),
  );
}
