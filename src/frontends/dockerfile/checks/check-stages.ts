import { allDone } from "../../../concurrency.js";
import { DockerfileError } from "../source.js";
import { GantryError } from "../../../errors.js";
import { formatPlatform } from "../../../model/platform.js";
import type { Platform } from "../../../model/oci.js";
import type { PinnedBase } from "../../../plan/plan.js";
import { placeOf, type Dockerfile, type Stage, type StageInstruction } from "../dockerfile.js";
import { beginWith } from "../evaluate/evaluate.js";
import type { ContextFiles } from "../sources/context-source.js";
import type { GlobalVariables } from "../stages/global-variables.js";
import { copiedFrom } from "../stages/copied-from.js";
import type { NamedContexts } from "../stages/named-context.js";
import type { StageGraph } from "../stages/stage-graph.js";
import { nameOf } from "../stages/stage-names.js";
import { inherit, type StageState } from "../evaluate/state.js";
import { triggersOf } from "../stages/open-bases.js";
import type { Instruction } from "../instructions/instruction.js";
import { advance } from "./advance.js";
import { isForeign, type AskBase } from "./ask-base.js";
import { checkInstruction, type StageMemory } from "./check-instruction.js";
import { checkArgs, checkVariables } from "./check-variables.js";
import type { CheckPlace, Report } from "./checks.js";

/** What the rules about stages are asked of. */
export interface StagesToCheck {
  readonly dockerfile: Dockerfile;
  readonly graph: StageGraph;
  readonly globals: GlobalVariables;
  readonly platform: Platform;
  readonly context: ContextFiles;
  readonly contexts: NamedContexts;
  /** Whether stages that the target does not need are asked too. */
  readonly all: boolean;
  /** Whether a RUN that the target needs is told of. */
  readonly tellRuns: boolean;
  readonly askBase: AskBase;
  readonly report: Report;
}

/**
 * The rules about what stages do: each instruction is followed for what it does to the environment and the
 * configuration, no file is copied and nothing is executed. Of bases only the configuration is asked. Throws a
 * DockerfileError where an instruction makes no sense or a base is not there.
 */
export async function checkStages(start: StagesToCheck): Promise<void> {
  const { graph, bases } = await askAll(start);
  const asked = { ...start, graph };
  const walks = new Map<Stage, Walk>();
  for (const stage of stagesIn(asked)) {
    const walk = begin(stage, { bases, walks, asked });
    walks.set(stage, walk);
    await checkStage(stage, walk, asked);
  }
}

function stagesIn({ graph, all }: Pick<StagesToCheck, "graph" | "all">): readonly Stage[] {
  return all ? graph.stages : graph.needed;
}

type KnownBases = ReadonlyMap<Stage, PinnedBase | undefined>;

/** Asks for the images of all stages, those too that only what images trigger needs. */
async function askAll(
  asked: StagesToCheck,
): Promise<{ readonly graph: StageGraph; readonly bases: KnownBases }> {
  const bases = new Map<Stage, PinnedBase | undefined>();
  const done = new Set<Stage>();
  for (let { graph } = asked; ; graph = graph.withTriggers(triggersOf(bases))) {
    const stages = stagesIn({ ...asked, graph }).filter((stage) => !done.has(stage));
    if (stages.length === 0) return { graph, bases };
    for (const [stage, base] of await askBases(stages, asked)) bases.set(stage, base);
    for (const stage of stages) done.add(stage);
  }
}

/** What is known of a stage so far. */
interface Walk {
  readonly state: StageState;
  readonly memory: StageMemory;
  readonly declared: Set<string>;
  /** Whether all that is in its environment is known: not where its base could not be asked. */
  readonly isKnown: boolean;
}

function begin(
  stage: Stage,
  {
    bases,
    walks,
    asked: { graph },
  }: {
    readonly bases: KnownBases;
    readonly walks: ReadonlyMap<Stage, Walk>;
    readonly asked: StagesToCheck;
  },
): Walk {
  const base = graph.baseOf(stage);
  const parent = base.type === "stage" ? walks.get(base.stage) : undefined;
  const image = bases.get(stage);
  return {
    state: parent === undefined ? beginWith(image) : inherit(parent.state),
    memory: { hasWorkdir: parent?.memory.hasWorkdir ?? false, last: new Map() },
    declared: new Set(parent?.declared),
    isKnown: parent?.isKnown ?? (base.type !== "image" || image !== undefined),
  };
}

async function checkStage(stage: Stage, walk: Walk, asked: StagesToCheck): Promise<void> {
  const { from } = stage;
  for (const instruction of asked.graph.triggersOf(stage)) {
    const place = { range: from.statement.range };
    await inPlace(from, asked, () => checkStep({ stage, instruction, place }, walk, asked));
  }
  for (const instruction of stage.instructions) {
    const place = instruction.statement;
    await inPlace(instruction, asked, () => checkStep({ stage, instruction, place }, walk, asked));
  }
}

interface Step {
  readonly stage: Stage;
  readonly instruction: StageInstruction;
  readonly place: CheckPlace;
}

async function checkStep(
  { stage, instruction, place }: Step,
  walk: Walk,
  asked: StagesToCheck,
): Promise<void> {
  const { dockerfile, globals, graph, report, tellRuns } = asked;
  const { escape } = dockerfile;
  const context = { ...walk, escape, globals, place, report };
  if (instruction.type === "ARG") return checkArgs(instruction, context);
  if (walk.isKnown) checkVariables(instruction, context);
  checkInstruction(instruction, context);
  if (instruction.type === "RUN" && tellRuns && graph.needed.includes(stage))
    report("RunNotSupported", place, nameOf(stage));
  await advance(instruction, { ...context, files: asked.context });
}

/** Asks for all images side by side: those that stages begin with, by stage, and those that are copied from. */
async function askBases(stages: readonly Stage[], asked: StagesToCheck): Promise<KnownBases> {
  const wanted = stages.flatMap((stage) => imagesOf(stage, asked));
  const images = await allDone(
    wanted.map(async (each) => ({
      ...each,
      image: await inPlace(each.by, asked, () => asked.askBase(each.name, each.platform)),
    })),
  );
  for (const { image, name, platform, by } of images) {
    const actual = image?.image.platform ?? platform;
    if (!isForeign(actual, platform)) continue;
    const { range } = by.statement;
    const [is, expected] = [actual, platform].map(formatPlatform);
    asked.report("InvalidBaseImagePlatform", { range }, name, is!, expected!);
  }
  return new Map(
    images.flatMap(({ stage, by, image }) => (by === stage.from ? [[stage, image] as const] : [])),
  );
}

/** An image that a stage needs, and the instruction that says so. */
interface WantedImage {
  readonly stage: Stage;
  readonly by: Instruction;
  readonly name: string;
  readonly platform: Platform;
}

function imagesOf(stage: Stage, { graph, contexts, platform }: StagesToCheck): readonly WantedImage[] {
  const base = graph.baseOf(stage);
  const own = base.type === "image" ? [{ ...base, stage, by: stage.from }] : [];
  const copied = stage.instructions.flatMap((by) => {
    if (by.type !== "COPY") return [];
    const from = copiedFrom(by, { stage, graph, contexts });
    if (from?.type !== "image" || by.from === "scratch") return [];
    return [{ stage, by, name: from.name, platform }];
  });
  return [...own, ...copied];
}

/** An error with the lines it is about, in its own words. */
async function inPlace<T>(
  instruction: Instruction,
  { dockerfile }: StagesToCheck,
  work: () => T | Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof GantryError) || error instanceof DockerfileError) throw error;
    if (error.code === "ERR_GANTRY_INTERRUPTED") throw error;
    const place = placeOf(dockerfile.file, instruction);
    throw new DockerfileError(error.message, { place, code: error.code, cause: error });
  }
}
