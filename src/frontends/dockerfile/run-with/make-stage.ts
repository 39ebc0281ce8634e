import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { during, GantryError } from "../../../errors.js";
import { startStep, type IoOptions } from "../../../model/events.js";
import type { Platform } from "../../../model/oci.js";
import { formatPlatform } from "../../../model/platform.js";
import { withoutCredentials } from "../../../model/without-credentials.js";
import type { Programs } from "../../../plan/world.js";
import type { Dockerfile, Stage } from "../dockerfile.js";
import type { ContextFiles } from "../sources/context-source.js";
import type { GlobalVariables } from "../stages/global-variables.js";
import type { FolderSourceOptions } from "../sources/folder-source.js";
import { nameOf } from "../stages/stage-names.js";
import { unsupported } from "../instructions/invalid.js";
import { buildah } from "./buildah.js";
import { buildctl } from "./buildctl.js";
import { docker } from "./docker.js";
import type { Engine, EngineName, StageBuild } from "./engine.js";

/** What a stage is made from beside its Dockerfile. */
export interface StageInput extends Pick<StageBuild, "contexts" | "buildArgs" | "mtime" | "noCache"> {
  readonly context: ContextFiles;
  /** What there is to build for: messages name the platform where it is one of several. */
  readonly platforms: readonly Platform[];
}

export interface MakeStageOptions extends StageInput, IoOptions {
  readonly dockerfile: Dockerfile;
  readonly globals: GlobalVariables;
  readonly engine: EngineName;
  readonly platform: Platform;
  /** The engine's program. */
  readonly program: string;
  readonly programs: Programs;
  /** A folder for the stage, which is made; what the engine made stays in it. */
  readonly folder: string;
}

/** What docker says of a command that it does not know. */
const lacksBuildx = /unknown flag: --progress|'buildx' is not a docker command/;

const engines = { docker, buildah, buildctl } as const satisfies Record<EngineName, Engine>;
const lastLines = 12;

/** Has the engine make a stage, as one step of progress with its output; the folder of the OCI layout that it wrote. */
export async function makeStage(stage: Stage, options: MakeStageOptions): Promise<string> {
  const { dockerfile, engine, platform, platforms, program, programs, signal, onEvent } = options;
  const several = platforms.length > 1 ? ` (${formatPlatform(platform)})` : "";
  const name = `stage ${nameOf(stage)} by ${engine}${several}`;
  const step = startStep(onEvent, { kind: "run", name });
  const said: string[] = [];
  const onLine = (text: string) => {
    const line = withoutCredentials(text.replace(colors, ""));
    said.push(line);
    if (said.length > lastLines) said.shift();
    step.output(line);
  };
  const run = async (args: readonly string[]) => {
    const { status } = await programs.run(program, args, { signal, onLine });
    if (status === 0) return;
    const what = `${engine} ${args[0]} ${status === undefined ? "was ended by a signal" : `ended with ${status}`}`;
    const where = `the stage ${nameOf(stage)} (${dockerfile.file.name}, line ${stage.from.statement.range.start})`;
    const last = said.map((line) => `  ${line}`);
    const advice =
      engine === "docker" && said.some((line) => lacksBuildx.test(line))
        ? "; it has no buildx: install docker's buildx plugin, or name another engine"
        : "";
    throw new GantryError(
      "ERR_GANTRY_ENGINE",
      [`${what} for ${where}${advice}; its last lines:`, ...last].join("\n"),
    );
  };
  try {
    const layout = await engines[engine](await writeInput(stage, options), run);
    step.end();
    return layout;
  } catch (error) {
    // The error itself repeats what the step has told.
    step.fail();
    signal?.throwIfAborted();
    throw error instanceof GantryError
      ? error
      : during(`having ${engine} make the stage ${nameOf(stage)}`, error, "ERR_GANTRY_ENGINE");
  }
}

const colors = /\u001b\[[0-9;?]*[A-Za-z]/g;

/** The engine reads what Gantry read, wherever that came from, and has a folder for what it writes. */
async function writeInput(
  stage: Stage,
  { dockerfile, globals, context, contexts, buildArgs, mtime, noCache, platform, folder }: MakeStageOptions,
): Promise<StageBuild> {
  const [input, output] = [join(folder, "input"), join(folder, "output")];
  for (const each of [input, output]) await mkdir(each, { recursive: true });
  const path = join(input, basename(dockerfile.file.name) || "Dockerfile");
  const ignoreFile = `${path}.dockerignore`;
  const { text, target } = textFor(stage, dockerfile);
  await writeFile(path, text);
  const { ignore, root } = folderOf(context, stage);
  await writeFile(ignoreFile, ignore === undefined ? "" : await readFile(resolve(root, ignore.name)));
  const wanted = globals.lookup(targetVariable)!;
  return {
    ...{ dockerfile: path, ignoreFile, target, context: root, contexts, platform, mtime, noCache, output },
    buildArgs: text.includes(targetVariable) ? { [targetVariable]: wanted, ...buildArgs } : buildArgs,
  };
}

/** Engines are given a folder; nothing of a commit's files is left out. */
function folderOf(context: ContextFiles, stage: Stage): Pick<FolderSourceOptions, "root" | "ignore"> {
  if (context.type === "folder") return context;
  if (context.type === "checkout") return { root: context.checkout.root, ignore: undefined };
  throw unsupported(
    `${context.label} is no folder, and the stage ${nameOf(stage)} cannot be handed over without one: unpack it, and name the folder`,
  );
}

/** An automatic ARG that tells what the whole build is for, which the engine does not know. */
const targetVariable = "TARGETSTAGE";

/**
 * The file with the stage's name as the target, or, where that means no stage or another one, the file up to the stage's
 * end: the last stage needs no name.
 */
function textFor(
  stage: Stage,
  { file, stages }: Dockerfile,
): { readonly text: string; readonly target: string | undefined } {
  const { name } = stage.from;
  const last = stages.findLast(({ from }) => from.name === name);
  if (name !== undefined && last?.index === stage.index) return { text: file.lines.join("\n"), target: name };
  const next = stages[stage.index + 1]?.from.statement.range.start;
  return {
    text: file.lines.slice(0, next === undefined ? undefined : next - 1).join("\n"),
    target: undefined,
  };
}
