import { GantryError } from "../../errors.js";
import { forImage, type IoOptions } from "../../model/events.js";
import { machinePlatform } from "../../model/platform.js";
import type { BuildPlan } from "../../plan/plan.js";
import type { World } from "../../plan/world.js";
import { parseCreated, sourceDateEpoch } from "../spec/created.js";
import { imageName, imageTags } from "../spec/names.js";
import { requestsByPlatform } from "../spec/platform-request.js";
import { checkFile } from "./checks/check-file.js";
import { createChecks, warnOfViolations } from "./checks/checks.js";
import { fileSettings } from "./checks/settings.js";
import { readStatements, wholeDockerfile } from "./dockerfile.js";
import type { DockerfileOptions } from "./plan/options.js";
import { planDockerfile } from "./plan/plan-dockerfile.js";
import { openNamedContexts } from "./stages/named-context.js";
import type { BuildContext } from "./open-context.js";
import { openRequest } from "./open-request.js";
import type { DockerfileRequest } from "./request.js";

/** Fetches the context where it is not here, reads the request's Dockerfile and plans it. */
export async function planDockerfileRequest(
  request: DockerfileRequest,
  world: World,
  {
    context,
    noCache = false,
    ...io
  }: IoOptions & { readonly context: BuildContext; readonly noCache?: boolean | undefined },
): Promise<BuildPlan> {
  if (request.ignoreRun === true && request.runWith !== undefined)
    throw new GantryError(
      "ERR_GANTRY_USAGE",
      `RUN is to be left out and to be handed to ${request.runWith}: leave --ignore-run or --run-with out`,
    );
  const { text, name, files, cwd } = await openRequest(request, { context, world, ...io });
  const reading = readStatements(text, name);
  const { annotations = {}, platforms, target, buildArgs = {} } = request;
  const mtime = sourceDateEpoch(world.system);
  const asked = requestsByPlatform({ platforms }, world.system).map(({ platform }) => platform);
  const tell = warnOfViolations(forImage(io.onEvent, imageName(request)));
  const checks = createChecks(fileSettings(reading.text, buildArgs), tell);
  const buildPlatform = machinePlatform(world.system);
  checkFile(reading, { given: buildArgs, target, platform: asked[0]!, buildPlatform }, checks.report);
  return planDockerfile(wholeDockerfile(reading), world, {
    ...io,
    name: imageName(request),
    tags: imageTags(request),
    platforms: asked,
    index: Object.keys(annotations).some(isForIndex),
    target,
    buildArgs,
    checks,
    labels: request.labels ?? {},
    annotations: splitAnnotations(annotations),
    context: files,
    ignoreRun: request.ignoreRun ?? false,
    runWith: request.runWith,
    noCache,
    squash: request.squash ?? false,
    contexts: await openNamedContexts(request.contexts ?? {}, { cwd, world, ...io }),
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
