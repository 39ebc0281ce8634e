import { resolve } from "node:path";
import { allDone } from "../concurrency.js";
import { planRequest } from "../frontends/spec/plan.js";
import { forImage } from "../model/events.js";
import type { BuildOptions } from "./options.js";
import type { BuildRequest } from "../frontends/spec/request.js";
import type { BuildPlan } from "../plan/plan.js";
import type { Workspace } from "./workspace.js";

/** Plans every request side by side, so that all bases are resolved at once; in the requests' order. */
export async function planAll(
  requests: readonly BuildRequest[],
  { world, system }: Pick<Workspace, "world" | "system">,
  { context = ".", signal, onEvent }: Pick<BuildOptions, "context" | "signal" | "onEvent">,
): Promise<BuildPlan[]> {
  const contextRoot = resolve(system.cwd, context);
  return allDone(
    requests.map((request) =>
      planRequest(request, world, { contextRoot, signal, onEvent: forImage(onEvent, request.name ?? "image") }),
    ),
  );
}
