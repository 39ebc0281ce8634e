import { readFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import { during, GantryError } from "../../errors.js";
import type { IoOptions } from "../../model/events.js";
import type { BuildPlan } from "../../plan/plan.js";
import type { World } from "../../plan/world.js";
import { parseCreated, sourceDateEpoch } from "../spec/created.js";
import { imageName, imageTags } from "../spec/names.js";
import { requestsByPlatform } from "../spec/platform-request.js";
import { readDockerfile } from "./dockerfile.js";
import { planDockerfile, type DockerfileOptions } from "./plan-dockerfile.js";
import { parseNamedContexts } from "./evaluate/named-context.js";
import { readIgnore } from "./read-ignore.js";
import type { DockerfileRequest } from "./request.js";

/** Reads the request's Dockerfile and plans it. `contextRoot` is absolute. */
export async function planDockerfileRequest(
  request: DockerfileRequest,
  world: World,
  { contextRoot, ...io }: IoOptions & { readonly contextRoot: string },
): Promise<BuildPlan> {
  const path = resolve(contextRoot, request.dockerfile);
  const dockerfile = readDockerfile(readText(path), relative(contextRoot, path) || path);
  const { annotations = {}, platforms } = request;
  const mtime = sourceDateEpoch(world.system);
  const asked = requestsByPlatform({ platforms }, world.system).map(({ platform }) => platform);
  return planDockerfile(dockerfile, world, {
    ...io,
    name: imageName(request),
    tags: imageTags(request),
    platforms: asked,
    index: Object.keys(annotations).some(isForIndex),
    target: request.target,
    buildArgs: request.buildArgs ?? {},
    labels: request.labels ?? {},
    annotations: splitAnnotations(annotations),
    context: { root: contextRoot, ignore: readIgnore(contextRoot, path) },
    ignoreRun: request.ignoreRun ?? false,
    contexts: parseNamedContexts(request.contexts ?? {}, contextRoot),
    created: parseCreated(request.created ?? mtime),
    mtime,
  });
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EISDIR")
      throw new GantryError("ERR_GANTRY_SPEC_NOT_FOUND", `${path} is a folder: name the Dockerfile in it`, {
        cause: error,
      });
    if (code !== "ENOENT") throw during(`reading ${path}`, error, "ERR_GANTRY_SOURCE_UNREADABLE");
    throw new GantryError("ERR_GANTRY_SPEC_NOT_FOUND", `there is no Dockerfile ${path}: name one with -f`, {
      cause: error,
    });
  }
}

const indexPrefix = "index:";

function isForIndex(key: string): boolean {
  return key.startsWith(indexPrefix);
}

function splitAnnotations(annotations: Readonly<Record<string, string>>): DockerfileOptions["annotations"] {
  const entries = Object.entries(annotations);
  return {
    index: Object.fromEntries(
      entries
        .filter(([key]) => isForIndex(key))
        .map(([key, value]) => [key.slice(indexPrefix.length), value]),
    ),
    manifest: Object.fromEntries(entries.filter(([key]) => !isForIndex(key))),
  };
}
