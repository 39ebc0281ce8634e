import type { IoOptions } from "../../model/events.js";
import type { BuildPlan } from "../../plan/plan.js";
import type { World } from "../../plan/world.js";
import { parseCreated, sourceDateEpoch } from "../spec/created.js";
import { imageName, imageTags } from "../spec/names.js";
import { requestsByPlatform } from "../spec/platform-request.js";
import { readDockerfile } from "./dockerfile.js";
import { planDockerfile, type DockerfileOptions } from "./plan-dockerfile.js";
import { openNamedContexts } from "./evaluate/named-context.js";
import { openContext, type BuildContext } from "./open-context.js";
import type { DockerfileRequest } from "./request.js";

/** Fetches the context where it is not here, reads the request's Dockerfile and plans it. */
export async function planDockerfileRequest(
  request: DockerfileRequest,
  world: World,
  { context, ...io }: IoOptions & { readonly context: BuildContext },
): Promise<BuildPlan> {
  const keepGitDir = /^(1|t|true)$/i.test(request.buildArgs?.["BUILDKIT_CONTEXT_KEEP_GIT_DIR"] ?? "");
  const opened = await openContext(context, { world, keepGitDir, ...io });
  const given = request.dockerfile;
  const path = typeof given === "string" ? given : undefined;
  const { text, name } =
    typeof given === "string" ? await opened.dockerfile(given) : { ...given, name: "Dockerfile" };
  const dockerfile = readDockerfile(text, name);
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
    context: opened.files(path),
    ignoreRun: request.ignoreRun ?? false,
    contexts: await openNamedContexts(request.contexts ?? {}, { cwd: opened.cwd, world, ...io }),
    created: parseCreated(request.created ?? mtime),
    mtime,
  });
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
