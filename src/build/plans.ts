import { resolve } from "node:path";
import { allDone } from "../concurrency.js";
import { during } from "../errors.js";
import { imageName } from "../frontends/spec/names.js";
import { createLayerLists, planRequest } from "../frontends/spec/plan.js";
import { validateRequest } from "../frontends/spec/schema.js";
import type { BuildOptions } from "./options.js";
import type { BuildRequest } from "../frontends/spec/request.js";
import type { BuildPlan } from "../plan/plan.js";
import type { Workspace } from "./workspace.js";

/** The requests as a list, each checked: unknown keys and wrong types are refused by name. */
export async function checkRequests(
  requests: BuildRequest | readonly BuildRequest[],
): Promise<readonly BuildRequest[]> {
  const list = Array.isArray(requests) ? (requests as readonly BuildRequest[]) : [requests as BuildRequest];
  await allDone(list.map((request) => validateRequest(request)));
  return list;
}

/** Plans every request side by side, so that all bases are resolved at once; in the requests' order. */
export async function planAll(
  requests: readonly BuildRequest[],
  { world, system }: Pick<Workspace, "world" | "system">,
  { context = ".", preserveMode, assumeNew, signal, onEvent }: BuildOptions,
): Promise<BuildPlan[]> {
  const contextRoot = resolve(system.cwd, context);
  const lists = createLayerLists();
  return allDone(
    requests.map(async (request) => {
      const overridden = {
        ...request,
        ...(preserveMode === undefined ? {} : { preserveMode }),
        ...(assumeNew === undefined ? {} : { assumeNew }),
      };
      try {
        return await planRequest(overridden, world, { contextRoot, lists, signal, onEvent });
      } catch (error) {
        signal?.throwIfAborted();
        throw requests.length === 1 ? error : during(`image ${imageName(request)}`, error);
      }
    }),
  );
}
