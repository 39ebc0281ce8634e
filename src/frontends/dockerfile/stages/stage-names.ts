import { expandWord } from "../expand/word.js";
import type { Stage } from "../dockerfile.js";
import type { CopyInstruction } from "../instructions/instruction.js";
import { invalid } from "../instructions/invalid.js";

/** The stage that a `--from` names, which has to be before its own; undefined where it is none. */
export function stageCopied(copy: CopyInstruction, where: Where): Stage | undefined {
  const source = stageMeant(copy, where);
  if (source === undefined || source.index < where.stage.index) return source;
  throw invalid(
    `cannot copy from stage ${JSON.stringify(copy.from)}, it needs to be defined before current stage ${JSON.stringify(nameOf(where.stage))}`,
  );
}

/** A COPY's stage, and all that there are. */
export interface Where {
  readonly stage: Stage;
  readonly stages: readonly Stage[];
}

/** The stage that a `--from` names, whether or not it may be copied from yet. */
export function stageMeant({ from }: CopyInstruction, { stage, stages }: Where): Stage | undefined {
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
export function stageNamed(name: string, stages: readonly Stage[]): Stage | undefined {
  return stages.findLast(({ from }) => from.name === name.toLowerCase());
}

/** What a stage is called: by its name, or by its number. */
export function nameOf({ from, index }: Stage): string {
  return from.name ?? `stage-${index}`;
}
