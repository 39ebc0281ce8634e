import { emptyTree } from "../../../context/base-tree/tree.js";
import { mergeConfig } from "../../../model/merge.js";
import type { ImageConfig, Platform, RuntimeConfig } from "../../../model/oci.js";
import type { PinnedBase } from "../../../plan/plan.js";
import { expandWord } from "../expand/word.js";
import type { RunInstruction, TextInstruction } from "../instructions/instruction.js";
import type { StageInstruction } from "../dockerfile.js";
import type { EscapeCharacter } from "../parse/statement.js";
import { configure, joinWorkdir, withEnv, type ConfigureContext } from "./configure.js";
import { copyInto, type CopyContext } from "./copy.js";
import type { CopySource } from "../sources/copy-source.js";
import { findOwner, rootOwner } from "./owner.js";
import { addLayer, lookupIn, splitVariable, tell, type LazyTree, type StageState } from "./state.js";
import { missingFolders } from "./target-path.js";

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** A stage that begins with an image, or with nothing: its environment always has a PATH. */
export function beginWith(
  base: PinnedBase | undefined,
  tree: LazyTree = async () => emptyTree(),
): StageState {
  const { OnBuild: triggers = [], ...inherited }: RuntimeConfig = base?.image.config.config ?? {
    WorkingDir: "/",
  };
  const env = inherited.Env ?? [];
  const hasPath = env.some((line) => line.startsWith("PATH="));
  const config = { ...inherited, Env: hasPath ? env : withEnv(env, "PATH", defaultPath) };
  return {
    base,
    author: base?.image.config.author,
    config,
    variables: new Map(config.Env.map(splitVariable)),
    layers: [],
    history: [],
    tree,
    triggers,
    hasCommand: false,
  };
}

export interface EvaluateContext extends ConfigureContext, Pick<CopyContext, "mtime"> {
  /** Told of a RUN, which is never executed; throws unless it is to be left out. */
  onRun(instruction: RunInstruction): void;
  /** Where an instruction's files come from. */
  sourceOf(instruction: Extract<StageInstruction, { readonly type: "COPY" | "ADD" }>): CopySource;
}

/** Carries an instruction out on a stage. */
export async function evaluate(
  state: StageState,
  instruction: StageInstruction,
  context: EvaluateContext,
): Promise<void> {
  switch (instruction.type) {
    case "RUN":
      return context.onRun(instruction);
    case "COPY":
    case "ADD":
      return copyInto(state, instruction, { ...context, source: context.sourceOf(instruction) });
    case "WORKDIR":
      return changeFolder(state, instruction, context);
    default:
      return configure(state, instruction, context);
  }
}

/** WORKDIR: a folder that is not there is made, of the user that the stage has now; one that is there is left as it is. */
async function changeFolder(
  state: StageState,
  { text }: TextInstruction,
  { escape, mtime }: { readonly escape: EscapeCharacter; readonly mtime: number },
): Promise<void> {
  const folder = joinWorkdir(state.config.WorkingDir, expandWord(text, lookupIn(state), { escape }).text);
  state.config = { ...state.config, WorkingDir: folder };
  const createdBy = `WORKDIR ${folder}`;
  const tree = await state.tree();
  const { path, node } = tree.resolve(folder.replace(/^\/+|\/+$/g, ""));
  if (node?.type === "directory") return tell(state, createdBy);
  const user = state.config.User ?? "";
  const owner = user === "" ? rootOwner : await findOwner(user, state.tree);
  const entries = missingFolders(path, tree, { ...owner, mode: 0o755, mtime });
  await addLayer(state, { createdBy, entries });
}

/** The whole configuration of an image that ends with a stage, but for its new layers. */
export function imageConfig(
  { base, author, config }: StageState,
  {
    platform,
    created,
    labels,
  }: {
    readonly platform: Platform;
    readonly created: string;
    readonly labels: Readonly<Record<string, string>>;
  },
): ImageConfig {
  const whole = mergeConfig(base?.image.config, {}, { platform, created }).config;
  const all = { ...config.Labels, ...labels };
  const runtime = { ...config, ...(Object.keys(all).length === 0 ? {} : { Labels: all }) };
  const known = Object.entries(runtime).filter(([, value]) => value !== undefined);
  return {
    ...whole,
    ...(author === undefined ? {} : { author }),
    config: Object.fromEntries(known) as RuntimeConfig,
  };
}
