import { allDone } from "../../../concurrency.js";
import { forImage } from "../../../model/events.js";
import type { BuildPlan, ImagePlan } from "../../../plan/plan.js";
import { shareLayers } from "../../../plan/share-layers.js";
import type { World } from "../../../plan/world.js";
import { checkStages } from "../checks/check-stages.js";
import type { Dockerfile } from "../dockerfile.js";
import { prepareBuild, type Build } from "./build.js";
import { openBuild } from "./open-build.js";
import type { DockerfileOptions } from "./options.js";
import { planImage } from "./plan-image.js";
import { squashLayers } from "./squash-layers.js";
import { askOwnBases, checkRuns, withoutRuns } from "./without-runs.js";

/**
 * Evaluates a Dockerfile for each platform: stages that the target needs, in order; bases pinned, files listed,
 * configuration and history as BuildKit writes them. Nothing is executed: a RUN that would have to be is refused before
 * anything is asked, unless an engine makes its stage. Throws DockerfileError with the place of what is wrong.
 */
export async function planDockerfile(
  dockerfile: Dockerfile,
  world: World,
  options: DockerfileOptions,
): Promise<BuildPlan> {
  const { name, tags, platforms, index, annotations } = options;
  const builds = platforms.map((platform) => prepareBuild(dockerfile, { platform, world, options }));
  await checkRuns(builds, options);
  const io = { ...options, onEvent: forImage(options.onEvent, name) };
  const checking = checkStages({
    ...builds[0]!,
    ...options,
    all: false,
    tellRuns: false,
    askBase: await askOwnBases(builds[0]!, io),
    report: options.checks.report,
  });
  if (options.checks.fatal) {
    await checking;
    options.checks.refuseViolations();
  }
  const planning = planImages(builds, io);
  // Where checking fails planning does too, and says it in its own way.
  await Promise.allSettled([checking, planning]);
  const planned = await planning;
  const images = shareLayers(options.squash ? planned.map(squashLayers) : planned);
  return { name, tags, images, index: index || images.length > 1, indexAnnotations: annotations.index };
}

/** An engine makes its stages one after the other: it remembers what it made for the platform before. */
async function planImages(builds: readonly Build[], options: DockerfileOptions): Promise<ImagePlan[]> {
  const opened = await allDone(builds.map((build) => openBuild(build, options)));
  const left: Build[] = [];
  for (const build of opened) left.push(await withoutRuns(build, options));
  return await allDone(left.map((build) => planImage(build, options)));
}
