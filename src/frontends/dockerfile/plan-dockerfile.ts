import { allDone } from "../../concurrency.js";
import { forImage, inStep, type IoOptions } from "../../model/events.js";
import { formatPlatform, machinePlatform } from "../../model/platform.js";
import type { Platform } from "../../model/oci.js";
import type { BuildPlan, ImagePlan } from "../../plan/plan.js";
import { emptyTree } from "../../context/base-tree/tree.js";
import type { World } from "../../plan/world.js";
import type { Dockerfile, Stage, StageInstruction } from "./dockerfile.js";
import { checkStages } from "./checks/check-stages.js";
import type { Checks } from "./checks/checks.js";
import type { CopySource } from "./evaluate/copy-source.js";
import { beginWith, evaluate, imageConfig } from "./evaluate/evaluate-stage.js";
import { contextSource, namedSource, type ContextFiles } from "./evaluate/context-source.js";
import { globalVariables, type GlobalVariables } from "./evaluate/global-variables.js";
import { createIgnoredRuns, type IgnoredRuns } from "./evaluate/ignored-runs.js";
import { refuseTriggers } from "./evaluate/refuse-run.js";
import { stateOf, type MadeStage } from "./evaluate/made-stage.js";
import type { NamedContexts } from "./evaluate/named-context.js";
import { nameOf, stageGraph, type StageBase, type StageGraph } from "./evaluate/stage-graph.js";
import type { OpenedBases } from "./evaluate/open-bases.js";
import { treeSource } from "./evaluate/tree-source.js";
import { withRemote } from "./evaluate/remote-source.js";
import { inherit, type StageState } from "./evaluate/state.js";
import type { AddInstruction, CopyInstruction, Instruction } from "./instructions/instruction.js";
import { located } from "./located.js";
import { openBuild } from "./open-build.js";
import { shareLayers } from "../../plan/share-layers.js";
import { squashLayers } from "./squash-layers.js";
import { parseAt } from "./source.js";
import { askOwnBases, refuseRuns, withoutRuns, type RunOptions } from "./without-runs.js";
import { withoutCredentials } from "../../model/without-credentials.js";

/** What a Dockerfile is built with. */
export interface DockerfileOptions extends IoOptions, RunOptions {
  readonly name: string;
  readonly tags: readonly string[];
  readonly platforms: readonly Platform[];
  /** Whether an index is made even of one image. */
  readonly index: boolean;
  readonly target: string | undefined;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** Of the image, over those of LABEL. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: {
    readonly manifest: Readonly<Record<string, string>>;
    readonly index: Readonly<Record<string, string>>;
  };
  readonly context: ContextFiles;
  readonly contexts: NamedContexts;
  /** Whether an engine is to execute what it remembers too. */
  readonly noCache: boolean;
  /** Of the stages that are needed: made for the first platform, and before anything else where a violation is an error. */
  readonly checks: Checks;
  /** Whether what the instructions make is one layer together, and not one each. */
  readonly squash: boolean;
  /** RFC 3339. */
  readonly created: string;
  /** Of files, in seconds since 1970. */
  readonly mtime: number;
}

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
  const builds = platforms.map((platform) => prepare(dockerfile, { platform, world, options }));
  await refuseRuns(builds, options);
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

/** A Dockerfile that is to be built for a platform. */
export interface Build {
  readonly dockerfile: Dockerfile;
  readonly world: World;
  readonly platform: Platform;
  readonly globals: GlobalVariables;
  readonly graph: StageGraph;
  /** The images that stages begin with, but for those that are an engine's to ask for. */
  readonly bases: OpenedBases["bases"];
  /** Stages that an engine has made. */
  readonly made: ReadonlyMap<Stage, MadeStage>;
}

/** What the file says for one platform before anything is asked. Throws DockerfileError. */
export function prepare(
  dockerfile: Dockerfile,
  {
    platform,
    world,
    options: { target, buildArgs: given, contexts },
  }: {
    readonly platform: Platform;
    readonly world: World;
    readonly options: Pick<DockerfileOptions, "target" | "buildArgs" | "contexts">;
  },
): Build {
  const { file, globals: args } = dockerfile;
  const buildPlatform = machinePlatform(world.system);
  const place = { file, ranges: args.map(({ statement }) => statement.range) };
  const globals = parseAt(place, () =>
    globalVariables(dockerfile, { given, target, platform, buildPlatform }),
  );
  return {
    dockerfile,
    world,
    platform,
    globals,
    graph: stageGraph(dockerfile, { globals, target, platform, contexts }),
    bases: new Map(),
    made: new Map(),
  };
}

async function planImage(build: Build, options: DockerfileOptions): Promise<ImagePlan> {
  const { graph, platform } = build;
  const states = new Map<Stage, StageState>();
  const ignored = createIgnoredRuns(options.ignoreRun, options.onEvent);
  for (const stage of graph.needed) {
    const made = build.made.get(stage);
    if (made !== undefined) {
      states.set(stage, stateOf(made, { world: build.world, io: options }));
      continue;
    }
    const state = await begin(build, { stage, states, options });
    states.set(stage, state);
    const { from } = stage;
    if (!options.ignoreRun) await refuseTriggers(state.triggers, { ...build, stage, base: state.base?.name });
    const steps = [
      ...graph.triggersOf(stage).map((instruction) => ({ instruction, at: from })),
      ...stage.instructions.map((instruction) => ({ instruction, at: instruction })),
    ];
    for (const step of steps) await carryOut(build, { ...step, state, stage, states, ignored, options });
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

/** An instruction that is carried out, and the one whose lines an error shows. */
interface Step {
  readonly instruction: StageInstruction;
  readonly at: Instruction;
}

interface Evaluation {
  readonly stage: Stage;
  readonly states: ReadonlyMap<Stage, StageState>;
  readonly options: DockerfileOptions;
}

async function begin(
  { world, graph, bases }: Build,
  { stage, states, options }: Evaluation,
): Promise<StageState> {
  const base = graph.baseOf(stage);
  if (base.type === "stage") return inherit(states.get(base.stage)!);
  if (base.type === "scratch") return beginWith(undefined, async () => emptyTree());
  if (base.type === "folder") return beginWithFolder(base, { world, stage, options });
  const pinned = bases.get(stage)!;
  return beginWith(pinned, async () => world.tree(pinned, options));
}

/** A stage that a folder takes the place of: all of the folder, and a configuration that says nothing. */
async function beginWithFolder(
  base: Extract<StageBase, { readonly type: "folder" }>,
  { world, stage, options }: Pick<Evaluation, "stage" | "options"> & { readonly world: World },
): Promise<StageState> {
  const state = beginWith(undefined, async () => emptyTree());
  const source = namedSource(base, { ...options, world });
  const all = await source.find("/");
  const owner = { uid: 0, gid: 0 };
  const listed = await allDone(all.map((found) => source.entries(found, "", { owner, exclude: undefined })));
  const entries = listed.flat().map((entry) => ({ ...entry, mtime: options.mtime }));
  const createdBy = `COPY / / # context ${nameOf(stage)}`;
  state.layers.push({ createdBy, entries });
  state.history.push({ createdBy, layer: true });
  const tree = emptyTree().with(entries);
  return { ...state, tree: async () => tree };
}

async function carryOut(
  build: Build,
  {
    state,
    stage,
    instruction,
    at,
    states,
    ignored,
    options,
  }: Evaluation & Step & { readonly state: StageState; readonly ignored: IgnoredRuns },
): Promise<void> {
  const { dockerfile, globals, platform } = build;
  const { escape } = dockerfile;
  const sourceOf = (copying: CopyInstruction | AddInstruction) =>
    findSource(build, { stage, instruction: copying, state, states, options });
  const place = { file: dockerfile.file.name, range: at.statement.range };
  const onRun = () => ignored.note(instruction.statement, place);
  const work = () => evaluate(state, instruction, { escape, globals, mtime: options.mtime, sourceOf, onRun });
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

function findSource(
  { dockerfile: { escape }, graph, world, platform }: Build,
  {
    stage,
    instruction,
    state,
    states,
    options,
  }: Evaluation & { readonly instruction: CopyInstruction | AddInstruction; readonly state: StageState },
): CopySource {
  if (instruction.type !== "COPY" || instruction.from === undefined) {
    const own = contextSource(options.context, instruction, { ...options, world });
    return instruction.type === "ADD"
      ? withRemote(own, instruction, { world, state, escape, ...options })
      : own;
  }
  const source = graph.sourceOf(instruction, stage);
  const context = source === undefined ? options.contexts.get(instruction.from.toLowerCase()) : undefined;
  if (context?.type === "folder") return namedSource(context, { ...options, world });
  if (source !== undefined) return treeSource(states.get(source)!.tree, `stage ${nameOf(source)}`, options);
  const name = context?.name ?? instruction.from;
  const tree = async () => world.tree(await world.base(name, platform, options), options);
  return treeSource(tree, `image ${name}`, options);
}
