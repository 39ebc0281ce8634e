import type { Stage } from "../dockerfile.js";
import type { Statement } from "../parse/statement.js";
import { nameOf, type StageGraph } from "./stage-graph.js";

/** The RUNs that the file itself gives a stage: those that its base stage leaves by ONBUILD, then its own. */
export function runsOf(stage: Stage, { baseOf }: Pick<StageGraph, "baseOf">): readonly Statement[] {
  const base = baseOf(stage);
  const left = base.type === "stage" ? base.stage.instructions : [];
  return [
    ...left.filter((each) => each.type === "ONBUILD" && isRun(each.trigger)),
    ...stage.instructions.filter(({ type }) => type === "RUN"),
  ].map(({ statement }) => statement);
}

/** Whether what ONBUILD left is a RUN. */
export function isRun(trigger: string): boolean {
  return /^run(?:\s|$)/i.test(trigger);
}

/** For each stage that is needed what needs it: "needed by the stage app through COPY --from=build (line 12)". */
export function needsOf({
  target,
  baseOf,
  triggersOf,
  sourceOf,
}: Omit<StageGraph, "needed">): ReadonlyMap<Stage, string> {
  const needs = new Map<Stage, string>([[target, "which is to be built"]]);
  // A map is gone through with what is added on the way.
  for (const stage of needs.keys()) {
    const need = (needed: Stage, how: string, { range }: Statement) => {
      if (needs.has(needed)) return;
      needs.set(needed, `needed by the stage ${nameOf(stage)} through ${how} (line ${range.start})`);
    };
    const base = baseOf(stage);
    if (base.type === "stage") need(base.stage, `FROM ${stage.from.image}`, stage.from.statement);
    const triggers = triggersOf(stage);
    for (const copy of [...triggers, ...stage.instructions]) {
      const source = copy.type === "COPY" ? sourceOf(copy, stage) : undefined;
      if (copy.type !== "COPY" || source === undefined) continue;
      // What ONBUILD left stands in no line of the stage.
      if (triggers.includes(copy)) need(source, `ONBUILD COPY --from=${copy.from}`, stage.from.statement);
      else need(source, `COPY --from=${copy.from}`, copy.statement);
    }
  }
  return needs;
}
