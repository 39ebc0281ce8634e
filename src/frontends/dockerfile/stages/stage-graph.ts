import { suggest } from "../../../errors.js";
import { placeOf, type Dockerfile, type Stage, type StageInstruction } from "../dockerfile.js";
import type { CopyInstruction, FromInstruction, Instruction } from "../instructions/instruction.js";
import { invalid } from "../instructions/invalid.js";
import { parseAt } from "../source.js";
import type { NamedContexts } from "./named-context.js";
import { findBase, type BaseOptions, type StageBase } from "./stage-base.js";
import { stageCopied, stageMeant, stageNamed } from "./stage-names.js";
import { parseTriggers } from "./triggers.js";

/** What the graph depends on beside the file. */
export interface GraphOptions extends BaseOptions {
  readonly target: string | undefined;
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
  /** The stages that a stage needs itself: by its FROM, by what ONBUILD left to it, by its own instructions. */
  usesOf(stage: Stage): Iterable<StageUse>;
}

/** A stage that another one needs, and the instruction that says so. */
export interface StageUse {
  readonly stage: Stage;
  readonly by: FromInstruction | CopyInstruction;
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
    inPlace(stage.instructions.includes(copy) ? copy : stage.from, () =>
      stageCopied(copy, { stage, stages }),
    );
  // What a stage begins with and copies from is looked at in all of them, as BuildKit does.
  for (const stage of stages) baseOf(stage);
  const target = wanted === undefined ? stages.at(-1)! : targetNamed(wanted, dockerfile);
  for (const stage of stages)
    for (const copy of copiesIn(stage.instructions)) inPlace(copy, () => stageMeant(copy, { stage, stages }));
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
    const usesOf = function* (stage: Stage): Generator<StageUse> {
      const base = baseOf(stage);
      if (base.type === "stage") yield { stage: base.stage, by: stage.from };
      for (const by of copiesIn([...triggersOf(stage), ...stage.instructions])) {
        const source = sourceOf(by, stage);
        if (source !== undefined) yield { stage: source, by };
      }
    };
    const needed = new Set<Stage>();
    const need = (stage: Stage) => {
      if (needed.has(stage)) return;
      needed.add(stage);
      for (const use of usesOf(stage)) need(use.stage);
    };
    need(target);
    const inOrder = stages.filter((stage) => needed.has(stage));
    return { target, stages, needed: inOrder, baseOf, triggersOf, withTriggers, sourceOf, usesOf };
  }
}

function targetNamed(name: string, { file, stages }: Dockerfile): Stage {
  const target = stageNamed(name, stages);
  if (target !== undefined) return target;
  const names = stages.flatMap(({ from }) => from.name ?? []);
  const hint = suggest(name, names) || (names.length === 0 ? "" : `; ${file.name} has ${names.join(", ")}`);
  throw invalid(`target stage ${JSON.stringify(name)} could not be found${hint}`);
}

/** A stage whose name is a context's is that context: what is written in it is not carried out. */
function withoutReplaced(dockerfile: Dockerfile, contexts: NamedContexts): Dockerfile {
  const stages = dockerfile.stages.map((stage) =>
    contexts.has(stage.from.name ?? "") ? { ...stage, instructions: [] } : stage,
  );
  return { ...dockerfile, stages };
}

/** What a stage leaves for those that begin with it. */
function triggersIn({ instructions }: Stage): readonly string[] {
  return instructions.flatMap((instruction) => (instruction.type === "ONBUILD" ? [instruction.trigger] : []));
}

function copiesIn(instructions: readonly StageInstruction[]): readonly CopyInstruction[] {
  return instructions.filter((instruction) => instruction.type === "COPY");
}
