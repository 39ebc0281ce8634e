import { allDone } from "../../concurrency.js";
import { during, GantryError } from "../../errors.js";
import { forImage, inStep, type IoOptions } from "../../model/events.js";
import { formatPlatform, machinePlatform } from "../../model/platform.js";
import type { Platform } from "../../model/oci.js";
import type { BuildPlan, ImagePlan } from "../../plan/plan.js";
import { emptyTree } from "../../context/base-tree/tree.js";
import type { World } from "../../plan/world.js";
import { placeOf, type Dockerfile, type Stage, type StageInstruction } from "./dockerfile.js";
import { withArchives } from "./evaluate/with-archives.js";
import type { CopySource } from "./evaluate/copy-source.js";
import { unsupported } from "./instructions/invalid.js";
import { beginWith, evaluate, imageConfig } from "./evaluate/evaluate-stage.js";
import { folderSource, type FolderSourceOptions } from "./evaluate/folder-source.js";
import { globalVariables, type GlobalVariables } from "./evaluate/global-variables.js";
import { createIgnoredRuns, refuseRun, type IgnoredRuns } from "./evaluate/refuse-run.js";
import type { NamedContexts } from "./evaluate/named-context.js";
import { nameOf, stageGraph, type StageGraph } from "./evaluate/stage-graph.js";
import { treeSource } from "./evaluate/tree-source.js";
import { inherit, type StageState } from "./evaluate/state.js";
import { parseTriggers } from "./evaluate/triggers.js";
import type { AddInstruction, CopyInstruction, Instruction } from "./instructions/instruction.js";
import { readIgnore } from "./read-ignore.js";
import { shareLayers } from "./share-layers.js";
import { DockerfileError, parseAt } from "./source.js";

/** What a Dockerfile is built with. */
export interface DockerfileOptions extends IoOptions {
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
  readonly context: Pick<FolderSourceOptions, "root" | "ignore">;
  readonly contexts: NamedContexts;
  /** RUN is left out, warned of and told in a label, instead of being refused. */
  readonly ignoreRun: boolean;
  /** RFC 3339. */
  readonly created: string;
  /** Of files, in seconds since 1970. */
  readonly mtime: number;
}

/**
 * Evaluates a Dockerfile for each platform: stages that the target needs, in order; bases pinned, files listed,
 * configuration and history as BuildKit writes them. Nothing is executed: a RUN that would have to be is refused before
 * anything is asked. Throws DockerfileError with the place of what is wrong.
 */
export async function planDockerfile(
  dockerfile: Dockerfile,
  world: World,
  options: DockerfileOptions,
): Promise<BuildPlan> {
  const { name, tags, platforms, index, annotations } = options;
  const builds = platforms.map((platform) => prepare(dockerfile, { platform, world, options }));
  if (!options.ignoreRun) for (const { graph } of builds) refuseRun(dockerfile, graph);
  const io = { ...options, onEvent: forImage(options.onEvent, name) };
  const images = shareLayers(await allDone(builds.map((build) => planImage(build, io))));
  return { name, tags, images, index: index || images.length > 1, indexAnnotations: annotations.index };
}

interface Build {
  readonly dockerfile: Dockerfile;
  readonly world: World;
  readonly platform: Platform;
  readonly globals: GlobalVariables;
  readonly graph: StageGraph;
}

function prepare(
  dockerfile: Dockerfile,
  {
    platform,
    world,
    options: { target, buildArgs: given, contexts },
  }: { readonly platform: Platform; readonly world: World; readonly options: DockerfileOptions },
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
  };
}

async function planImage(build: Build, options: DockerfileOptions): Promise<ImagePlan> {
  const { graph, platform } = build;
  const states = new Map<Stage, StageState>();
  const ignored = createIgnoredRuns(options.ignoreRun, options.onEvent);
  for (const stage of graph.needed) {
    const state = await begin(build, { stage, states, options });
    states.set(stage, state);
    const { from } = stage;
    const triggers = parseAt(placeOf(build.dockerfile.file, from), () => parseTriggers(state.triggers));
    const steps = [
      ...triggers.map((instruction) => ({ instruction, at: from })),
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
  { dockerfile, world, graph }: Build,
  { stage, states, options }: Evaluation,
): Promise<StageState> {
  const base = graph.baseOf(stage);
  if (base.type === "stage") return inherit(states.get(base.stage)!);
  if (base.type === "scratch") return beginWith(undefined, async () => emptyTree());
  if (base.type === "folder") return beginWithFolder(base.root, { world, stage, options });
  try {
    const pinned = await world.base(base.name, base.platform, options);
    return beginWith(pinned, async () => world.tree(pinned, options));
  } catch (error) {
    options.signal?.throwIfAborted();
    throw located(error, dockerfile, stage.from);
  }
}

/** A stage that a folder takes the place of: all of the folder, and a configuration that says nothing. */
async function beginWithFolder(
  root: string,
  { world, stage, options }: Pick<Evaluation, "stage" | "options"> & { readonly world: World },
): Promise<StageState> {
  const state = beginWith(undefined, async () => emptyTree());
  const source = folderSource({ ...options, root, ignore: readIgnore(root), lister: world.lister });
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
    findSource(build, { stage, instruction: copying, states, options });
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
  const line = text.replace(/\s+/g, " ");
  return line.length > 72 ? `${line.slice(0, 69)}...` : line;
}

function findSource(
  { graph, world, platform }: Build,
  {
    stage,
    instruction,
    states,
    options,
  }: Evaluation & { readonly instruction: CopyInstruction | AddInstruction },
): CopySource {
  if (instruction.type === "COPY" && instruction.parents)
    throw unsupported("COPY --parents is not there yet: name the folders in the destination");
  if (instruction.type !== "COPY" || instruction.from === undefined) {
    const folder = folderSource({ ...options.context, ...options, lister: world.lister });
    return withArchives(folder, instruction, { ...options, root: options.context.root, world });
  }
  const source = graph.sourceOf(instruction, stage);
  const context = source === undefined ? options.contexts.get(instruction.from.toLowerCase()) : undefined;
  if (context?.type === "folder")
    return folderSource({
      ...options,
      root: context.root,
      ignore: readIgnore(context.root),
      lister: world.lister,
    });
  if (source !== undefined) return treeSource(states.get(source)!.tree, `stage ${nameOf(source)}`, options);
  const name = context?.name ?? instruction.from;
  const tree = async () => world.tree(await world.base(name, platform, options), options);
  return treeSource(tree, `image ${name}`, options);
}

/** An error with the lines it is about; what has its place keeps it. */
function located(error: unknown, { file }: Dockerfile, instruction: Parameters<typeof placeOf>[1]): unknown {
  if (error instanceof DockerfileError) return error;
  const { message } = during(`${file.name}, line ${instruction.statement.range.start}`, error);
  const place = placeOf(file, instruction);
  return error instanceof GantryError
    ? new DockerfileError(message, { place, code: error.code, cause: error })
    : during(message, error);
}
