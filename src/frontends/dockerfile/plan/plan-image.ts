import { inStep } from "../../../model/events.js";
import { formatPlatform } from "../../../model/platform.js";
import type { ImagePlan } from "../../../plan/plan.js";
import type { Stage, StageInstruction } from "../dockerfile.js";
import { evaluate, imageConfig } from "../evaluate/evaluate.js";
import { stateOf } from "../evaluate/made-stage.js";
import type { StageState } from "../evaluate/state.js";
import type { Instruction } from "../instructions/instruction.js";
import { located } from "../located.js";
import { sourceOf } from "../sources/source-of.js";
import { withoutCredentials } from "../../../model/without-credentials.js";
import { beginStage } from "./begin-stage.js";
import type { Build } from "./build.js";
import { createIgnoredRuns, type IgnoredRuns } from "./ignored-runs.js";
import type { DockerfileOptions } from "./options.js";
import { refuseTriggers } from "./refuse-run.js";

/** The image that the target of a build comes to, once its bases are known and an engine has made its stages. */
export async function planImage(build: Build, options: DockerfileOptions): Promise<ImagePlan> {
  const { graph, platform, world } = build;
  const states = new Map<Stage, StageState>();
  const ignored = createIgnoredRuns(options.ignoreRun, options.onEvent);
  for (const stage of graph.needed) {
    const made = build.made.get(stage);
    const state =
      made === undefined
        ? await carryOutStage(stage, { build, states, ignored, options })
        : stateOf(made, { world, io: options });
    states.set(stage, state);
  }
  const state = states.get(graph.target)!;
  return {
    platform,
    ...(state.base === undefined ? {} : { base: state.base }),
    layers: state.layers,
    history: state.history,
    config: imageConfig(state, {
      platform,
      created: options.created,
      labels: { ...options.labels, ...ignored.labels() },
    }),
    annotations: options.annotations.manifest,
  };
}

interface Evaluation {
  readonly build: Build;
  /** Of the stages before. */
  readonly states: ReadonlyMap<Stage, StageState>;
  readonly ignored: IgnoredRuns;
  readonly options: DockerfileOptions;
}

async function carryOutStage(stage: Stage, evaluation: Evaluation): Promise<StageState> {
  const { build, states, options } = evaluation;
  const { graph } = build;
  const { from } = stage;
  const state = await beginStage(stage, { ...build, states, options });
  if (!options.ignoreRun) await refuseTriggers(state.triggers, { ...build, stage, base: state.base?.name });
  const steps = [
    ...graph.triggersOf(stage).map((instruction) => ({ instruction, at: from })),
    ...stage.instructions.map((instruction) => ({ instruction, at: instruction })),
  ];
  for (const step of steps) await carryOut({ ...step, stage, state }, evaluation);
  return state;
}

/** An instruction that is carried out, and the one whose lines an error shows. */
interface Step {
  readonly stage: Stage;
  readonly state: StageState;
  readonly instruction: StageInstruction;
  readonly at: Instruction;
}

async function carryOut(
  { stage, state, instruction, at }: Step,
  { build, states, ignored, options }: Evaluation,
): Promise<void> {
  const { dockerfile, globals, platform } = build;
  const { escape } = dockerfile;
  const place = { file: dockerfile.file.name, range: at.statement.range };
  const work = () =>
    evaluate(state, instruction, {
      ...{ escape, globals, mtime: options.mtime },
      sourceOf: (copy) => sourceOf(copy, { ...options, ...build, stage, state, states, escape }),
      onRun: () => ignored.note(instruction.statement, place),
    });
  try {
    if (instruction.type !== "COPY" && instruction.type !== "ADD") return await work();
    const several = options.platforms.length > 1 ? ` (${formatPlatform(platform)})` : "";
    const name = `list ${shortened(instruction.statement.text)}${several}`;
    await inStep(options.onEvent, { kind: "walk", name }, work);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw located(error, dockerfile, at);
  }
}

/** An instruction as progress names it. */
function shortened(text: string): string {
  const line = withoutCredentials(text).replace(/\s+/g, " ");
  return line.length > 72 ? `${line.slice(0, 69)}...` : line;
}
