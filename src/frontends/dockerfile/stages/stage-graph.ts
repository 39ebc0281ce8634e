import { suggest } from "../../../errors.js";
import { parsePlatform } from "../../../model/platform.js";
import type { Platform } from "../../../model/oci.js";
import { expandWord } from "../expand/word.js";
import { placeOf, type Dockerfile, type Stage, type StageInstruction } from "../dockerfile.js";
import type { CopyInstruction, Instruction } from "../instructions/instruction.js";
import { invalid } from "../instructions/invalid.js";
import { parseAt } from "../source.js";
import type { GlobalVariables } from "./global-variables.js";
import type { NamedContext, NamedContexts } from "./named-context.js";
import { parseTriggers } from "./triggers.js";

/** What a stage begins with. */
export type StageBase =
  | { readonly type: "scratch" }
  | { readonly type: "stage"; readonly stage: Stage }
  | Extract<NamedContext, { readonly type: "folder" }>
  | ImageBase;

export interface ImageBase {
  readonly type: "image";
  readonly name: string;
  readonly platform: Platform;
}

/** What the graph depends on beside the file. */
export interface GraphOptions {
  readonly globals: GlobalVariables;
  readonly target: string | undefined;
  readonly platform: Platform;
  readonly contexts: NamedContexts;
}

/** Which stages a build needs, and what each begins with. */
export interface StageGraph {
  readonly target: Stage;
  /** All there are; one that a context takes the place of has no instructions. */
  readonly stages: readonly Stage[];
  /** The target and all that it needs, in the order of the file. */
  readonly needed: readonly Stage[];
  baseOf(stage: Stage): StageBase;
  /** What ONBUILD left for a stage to carry out first; of an image, once `withTriggers` said so. */
  triggersOf(stage: Stage): readonly StageInstruction[];
  /** The graph with what the images of stages trigger: that may need stages that nothing else does. */
  withTriggers(ofImages: ImageTriggers): StageGraph;
  /** The stage that a `--from` names; undefined where it is no stage but an image. */
  sourceOf(copy: CopyInstruction, stage: Stage): Stage | undefined;
}

/** What the image that a stage begins with has in its OnBuild. */
export type ImageTriggers = ReadonlyMap<Stage, readonly string[]>;

/** Works out which stages the target needs. Throws DockerfileError. */
export function stageGraph(whole: Dockerfile, { target: wanted, ...options }: GraphOptions): StageGraph {
  const dockerfile = withoutReplaced(whole, options.contexts);
  const { file, stages } = dockerfile;
  const bases = new Map<Stage, StageBase>();
  const baseOf = (stage: Stage): StageBase => {
    const known = bases.get(stage) ?? inPlace(stage.from, () => findBase(stage, dockerfile, options));
    bases.set(stage, known);
    return known;
  };
  const inPlace = <T>(instruction: Instruction, work: () => T): T =>
    parseAt(placeOf(file, instruction), work);
  // A trigger stands in no line of the file: the FROM that brings it does.
  const sourceOf = (copy: CopyInstruction, stage: Stage): Stage | undefined =>
    inPlace(stage.instructions.includes(copy) ? copy : stage.from, () => findSource(copy, { stage, stages }));
  // What a stage begins with and copies from is looked at in all of them, as BuildKit does.
  for (const stage of stages) baseOf(stage);
  const target = wanted === undefined ? stages.at(-1)! : stageNamed(wanted, stages);
  if (target === undefined) {
    const names = stages.flatMap(({ from }) => from.name ?? []);
    const hint =
      suggest(wanted!, names) || (names.length === 0 ? "" : `; ${file.name} has ${names.join(", ")}`);
    throw invalid(`target stage ${JSON.stringify(wanted)} could not be found${hint}`);
  }
  for (const stage of stages)
    for (const copy of copiesIn(stage.instructions))
      inPlace(copy, () => namedSource(copy, { stage, stages }));
  return withTriggers(new Map());

  function withTriggers(ofImages: ImageTriggers): StageGraph {
    const parsed = new Map<Stage, readonly StageInstruction[]>();
    const triggersOf = (stage: Stage): readonly StageInstruction[] => {
      const base = baseOf(stage);
      const texts = base.type === "stage" ? triggersIn(base.stage) : (ofImages.get(stage) ?? []);
      const known = parsed.get(stage) ?? inPlace(stage.from, () => parseTriggers(texts));
      parsed.set(stage, known);
      return known;
    };
    const needed = new Set<Stage>();
    const need = (stage: Stage) => {
      if (needed.has(stage)) return;
      needed.add(stage);
      const base = baseOf(stage);
      if (base.type === "stage") need(base.stage);
      for (const copy of copiesIn([...triggersOf(stage), ...stage.instructions])) {
        const source = sourceOf(copy, stage);
        if (source !== undefined) need(source);
      }
    };
    need(target!);
    const inOrder = stages.filter((stage) => needed.has(stage));
    return { target: target!, stages, needed: inOrder, baseOf, triggersOf, withTriggers, sourceOf };
  }
}

/** A stage whose name is a context's is that context: what is written in it is not carried out. */
function withoutReplaced(dockerfile: Dockerfile, contexts: NamedContexts): Dockerfile {
  const stages = dockerfile.stages.map((stage) =>
    contexts.has(stage.from.name ?? "") ? { ...stage, instructions: [] } : stage,
  );
  return { ...dockerfile, stages };
}

function findBase(
  { from, index }: Stage,
  { stages, escape }: Dockerfile,
  { globals, platform, contexts }: Omit<GraphOptions, "target">,
): StageBase {
  const replaced = contexts.get(from.name ?? "");
  if (replaced !== undefined) return baseOfContext(replaced, platform);
  const image = expandWord(from.image, globals.lookup, { escape }).text;
  if (image === "") throw invalid(`base name (${from.image}) should not be blank`);
  // The text as it is written: FROM does not find a stage in other letters' case, --from and --target do.
  const stage = stages.slice(0, index).findLast((each) => each.from.name === image);
  const own = from.platform === undefined ? platform : readPlatform(from.platform, globals, escape);
  if (stage !== undefined) return { type: "stage", stage };
  if (image === "scratch") return { type: "scratch" };
  const context = contexts.get(image.toLowerCase());
  return context === undefined ? { type: "image", name: image, platform: own } : baseOfContext(context, own);
}

function baseOfContext(context: NamedContext, platform: Platform): StageBase {
  return context.type === "folder" ? context : { ...context, platform };
}

function readPlatform(text: string, globals: GlobalVariables, escape: Dockerfile["escape"]): Platform {
  const platform = expandWord(text, globals.lookup, { escape }).text;
  if (platform === "") throw invalid(`empty platform value from expression ${text}`);
  try {
    return parsePlatform(platform);
  } catch (error) {
    throw invalid(`failed to parse platform ${text}: ${(error as Error).message}`);
  }
}

/** What a stage leaves for those that begin with it. */
function triggersIn({ instructions }: Stage): readonly string[] {
  return instructions.flatMap((instruction) => (instruction.type === "ONBUILD" ? [instruction.trigger] : []));
}

function copiesIn(instructions: readonly StageInstruction[]): readonly CopyInstruction[] {
  return instructions.filter((instruction) => instruction.type === "COPY");
}

/** The stage that is copied from, which has to be there by now. */
function findSource(copy: CopyInstruction, where: Where): Stage | undefined {
  const source = namedSource(copy, where);
  if (source === undefined || source.index < where.stage.index) return source;
  throw invalid(
    `cannot copy from stage ${JSON.stringify(copy.from)}, it needs to be defined before current stage ${JSON.stringify(nameOf(where.stage))}`,
  );
}

/** A COPY's stage, and all that there are. */
interface Where {
  readonly stage: Stage;
  readonly stages: readonly Stage[];
}

function namedSource({ from }: CopyInstruction, { stage, stages }: Where): Stage | undefined {
  if (from === undefined) return undefined;
  if (expandWord(from, () => undefined).text !== from) {
    throw invalid(
      "variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope as a workaround",
    );
  }
  const byNumber = /^[+-]?\d+$/.test(from);
  const source = byNumber ? stages[Number(from)] : stageNamed(from, stages);
  if (source === undefined && byNumber) throw invalid(`invalid stage index ${Number(from)}`);
  if (source === stage) throw invalid(`circular dependency detected on stage: ${nameOf(stage)}`);
  return source;
}

/** The last stage of a name wins. */
function stageNamed(name: string, stages: readonly Stage[]): Stage | undefined {
  return stages.findLast(({ from }) => from.name === name.toLowerCase());
}

/** What a stage is called: by its name, or by its number. */
export function nameOf({ from, index }: Stage): string {
  return from.name ?? `stage-${index}`;
}
