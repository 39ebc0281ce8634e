import { GantryError } from "../../errors.js";
import { forImage, type IoOptions } from "../../model/events.js";
import { machinePlatform } from "../../model/platform.js";
import type { World } from "../../plan/world.js";
import { imageName } from "../spec/names.js";
import { requestsByPlatform } from "../spec/platform-request.js";
import { forgivingAsk } from "./checks/ask-base.js";
import { checkFile } from "./checks/check-file.js";
import { checkStages } from "./checks/check-stages.js";
import { createChecks } from "./checks/checks.js";
import { checkErrorOf, warningOf, type CheckResult, type CheckWarning } from "./checks/result.js";
import { fileSettings } from "./checks/settings.js";
import { readStatements, wholeDockerfile } from "./dockerfile.js";
import { openNamedContexts } from "./stages/named-context.js";
import type { BuildContext } from "./open-context.js";
import { openRequest } from "./open-request.js";
import { prepareBuild } from "./plan/build.js";
import type { DockerfileRequest } from "./request.js";

/**
 * Checks the request's Dockerfile for its first platform: all stages where it names no target, else those that the
 * target needs. What is wrong with the file is in the result; rejects where there is none.
 */
export async function checkDockerfileRequest(
  request: DockerfileRequest,
  world: World,
  { context, ...io }: IoOptions & { readonly context: BuildContext },
): Promise<CheckResult> {
  const { target, buildArgs = {}, platforms, ignoreRun = false, runWith } = request;
  const { text, name: filename, files, cwd } = await openRequest(request, { context, world, ...io });
  const { platform } = requestsByPlatform({ platforms }, world.system)[0]!;
  const contexts = await openNamedContexts(request.contexts ?? {}, { cwd, world, ...io });
  const warnings: CheckWarning[] = [];
  const data = Buffer.from(text).toString("base64");
  const result = { warnings, sources: [{ filename, language: "Dockerfile", data }] } as const;
  try {
    const reading = readStatements(text, filename);
    const checks = createChecks(fileSettings(reading.text, buildArgs), (violation) => {
      warnings.push(warningOf(violation));
    });
    const about = { given: buildArgs, target, platform, buildPlatform: machinePlatform(world.system) };
    checkFile(reading, about, checks.report);
    const options = { target, buildArgs, contexts };
    const build = prepareBuild(wholeDockerfile(reading), { platform, world, options });
    await checkStages({
      ...build,
      contexts,
      context: files,
      all: target === undefined,
      tellRuns: !ignoreRun && runWith === undefined,
      askBase: forgivingAsk(world, { ...io, onEvent: forImage(io.onEvent, imageName(request)) }),
      report: checks.report,
    });
    checks.refuseViolations();
    return result;
  } catch (error) {
    io.signal?.throwIfAborted();
    if (!(error instanceof GantryError) || notOfTheFile.has(error.code)) throw error;
    return { ...result, buildError: checkErrorOf(error) };
  }
}

const notOfTheFile = new Set(["ERR_GANTRY_USAGE", "ERR_GANTRY_INTERNAL", "ERR_GANTRY_INTERRUPTED"]);
