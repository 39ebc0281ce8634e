import type { IoOptions } from "../../../model/events.js";
import { openBases, type OpenedBases } from "../stages/open-bases.js";
import { located } from "../located.js";
import type { HandedBuild } from "../run-with/hand-over.js";
import { ownStages, checkRuns, type RunOptions } from "./without-runs.js";

/**
 * A build with the images that its stages begin with, but for those of stages that an engine makes, and with the stages
 * that these images trigger. Throws DockerfileError.
 */
export async function openBuild<B extends HandedBuild>(
  build: B,
  options: IoOptions & RunOptions,
): Promise<B & OpenedBases> {
  const { dockerfile, graph, world } = build;
  const opened = await openBases(graph, {
    own: (larger, bases) => ownStages(larger, { ...options, bases }),
    async pin(stage, base) {
      try {
        return await world.base(base.name, base.platform, options);
      } catch (error) {
        options.signal?.throwIfAborted();
        throw located(error, dockerfile, stage.from);
      }
    },
    onGraph: (larger) => checkRuns([{ ...build, graph: larger }], options),
  });
  return { ...build, ...opened };
}
