import { join } from "node:path";
import { imageOf, readArtifact } from "../../../places/artifact.js";
import { openLayout } from "../../../places/layout/layout.js";
import type { Image } from "../../../model/content.js";
import type { IoOptions } from "../../../model/events.js";
import type { Platform } from "../../../model/oci.js";
import type { World } from "../../../plan/world.js";
import type { Dockerfile, Stage } from "../dockerfile.js";
import { cut } from "../stages/cut.js";
import type { GlobalVariables } from "../stages/global-variables.js";
import type { MadeStage } from "../evaluate/made-stage.js";
import { isRun, runsOf } from "../stages/needed-runs.js";
import type { StageBase } from "../stages/stage-base.js";
import type { StageGraph } from "../stages/stage-graph.js";
import { nameOf } from "../stages/stage-names.js";
import { located } from "../located.js";
import type { EngineName } from "./engine.js";
import { findEngine } from "./find-engine.js";
import { inheritedVariables } from "./inherited-variables.js";
import { makeStage, type StageInput } from "./make-stage.js";

/** A build for one platform of which an engine has a part. */
export interface HandedBuild {
  readonly dockerfile: Dockerfile;
  readonly world: World;
  readonly platform: Platform;
  readonly globals: GlobalVariables;
  readonly graph: StageGraph;
}

/** What is left of it. */
export interface Handed {
  readonly graph: StageGraph;
  readonly made: ReadonlyMap<Stage, MadeStage>;
}

export interface HandOverOptions extends IoOptions, StageInput {
  readonly engine: EngineName;
}

/**
 * Has an engine make the stages with a RUN, their own or one that ONBUILD leaves to them: of those that build on each other
 * the last, since an engine makes what it needs itself. The graph then needs no more than these and what has no RUN.
 * Throws ERR_GANTRY_ENGINE.
 */
export async function handOver(
  { dockerfile, world, platform, globals, graph }: HandedBuild,
  { engine, ...options }: HandOverOptions,
): Promise<Handed> {
  const hasRun = (stage: Stage) => runsOf(stage, graph).length > 0;
  const { needed, handed } = await cut(
    graph,
    async (stage) => hasRun(stage) || (await isLeftRun(stage, { dockerfile, world, graph, options })),
  );
  const made = new Map<Stage, MadeStage>();
  if (handed.length === 0) return { graph, made };
  const { program, programs } = await findEngine(engine, world.programs);
  const folder = await programs.folder();
  for (const stage of handed) {
    const about = { ...options, dockerfile, engine, platform, program, programs, globals };
    const layout = await makeStage(stage, { ...about, folder: join(folder, String(stage.index)) });
    const image = await imageIn(layout, { platform, ...options });
    const isBase = needed.some((each) => !handed.includes(each) && isStage(graph.baseOf(each), stage));
    made.set(stage, {
      base: { name: `stage ${nameOf(stage)} by ${engine}`, image, passing: true },
      variables: isBase
        ? await inheritedVariables(stage, { dockerfile, graph, world, globals, ...options })
        : undefined,
    });
  }
  return { graph: { ...graph, needed }, made };
}

function isStage(base: StageBase, stage: Stage): boolean {
  return base.type === "stage" && base.stage === stage;
}

/** Whether the image that a stage begins with leaves a RUN to it. */
async function isLeftRun(
  stage: Stage,
  {
    dockerfile,
    world,
    graph,
    options,
  }: Omit<HandedBuild, "platform" | "globals"> & { readonly options: IoOptions },
): Promise<boolean> {
  const base = graph.baseOf(stage);
  if (base.type !== "image") return false;
  try {
    const { image } = await world.base(base.name, base.platform, options);
    return (image.config.config?.OnBuild ?? []).some(isRun);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw located(error, dockerfile, stage.from);
  }
}

/** The image as the engine made it: its platform is that of what the stage begins with. */
async function imageIn(
  layout: string,
  { platform, ...io }: IoOptions & { readonly platform: Platform },
): Promise<Image> {
  const artifact = await readArtifact(openLayout(layout, { token: () => "none" }), undefined, io);
  return artifact.kind === "image" ? artifact : await imageOf(artifact, platform, io);
}
