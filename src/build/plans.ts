import { resolve } from "node:path";
import { allDone, rest } from "../concurrency.js";
import { during, GantryError } from "../errors.js";
import { imageName } from "../frontends/spec/names.js";
import { createLayerLists, planRequest } from "../frontends/spec/plan.js";
import { validateRequest } from "../frontends/spec/schema.js";
import type { BuildOptions } from "./options.js";
import { isRemoteContext } from "../frontends/dockerfile/remote-context.js";
import {
  isDockerfileRequest,
  type DockerfileRequest,
  validateDockerfileRequest,
} from "../frontends/dockerfile/request.js";
import type { BuildRequest } from "../frontends/spec/request.js";
import type { BuildPlan } from "../plan/plan.js";
import type { Workspace } from "./workspace.js";

/** What can be asked for: files on a base, or a Dockerfile. */
export type AnyRequest = BuildRequest | DockerfileRequest;

/** The requests as a list, each checked: unknown keys and wrong types are refused by name. */
export async function checkRequests(
  requests: AnyRequest | readonly AnyRequest[],
): Promise<readonly AnyRequest[]> {
  const list = Array.isArray(requests) ? (requests as readonly AnyRequest[]) : [requests as AnyRequest];
  await allDone<unknown>(
    list.map((request) =>
      isDockerfileRequest(request) ? validateDockerfileRequest(request) : validateRequest(request),
    ),
  );
  // The first time, loading what checks them took twenty milliseconds in one go.
  await rest();
  return list;
}

/** Plans every request side by side, so that all bases are resolved at once; in the requests' order. */
export async function planAll(
  requests: readonly AnyRequest[],
  { world, system }: Pick<Workspace, "world" | "system">,
  { context = ".", preserveMode, baseTree, assumeNew, noCache, signal, onEvent }: BuildOptions,
): Promise<BuildPlan[]> {
  const contextRoot = typeof context === "string" ? resolve(system.cwd, context) : "";
  const lists = createLayerLists();
  return allDone(
    requests.map(async (request) => {
      if (isDockerfileRequest(request)) {
        const { planDockerfileRequest } = await import("../frontends/dockerfile/plan-request.js");
        return await planDockerfileRequest(request, world, { context, noCache, signal, onEvent });
      }
      if (typeof context !== "string" || isRemoteContext(context))
        throw new GantryError(
          "ERR_GANTRY_USAGE",
          `image ${imageName(request)} is not described by a Dockerfile, so that its context has to be a folder`,
        );
      const overridden = {
        ...request,
        ...(preserveMode === undefined ? {} : { preserveMode }),
        ...(baseTree === undefined ? {} : { baseTree }),
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
