import type { Stage } from "../dockerfile.js";
import type { Statement } from "../parse/statement.js";
import type { StageGraph, StageUse } from "./stage-graph.js";
import { nameOf } from "./stage-names.js";

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
  usesOf,
}: Pick<StageGraph, "target" | "usesOf">): ReadonlyMap<Stage, string> {
  const needs = new Map<Stage, string>([[target, "which is to be built"]]);
  // A map is gone through with what is added on the way.
  for (const stage of needs.keys()) {
    for (const use of usesOf(stage)) {
      if (needs.has(use.stage)) continue;
      const { how, line } = describeUse(use, stage);
      needs.set(use.stage, `needed by the stage ${nameOf(stage)} through ${how} (line ${line})`);
    }
  }
  return needs;
}

function describeUse(
  { by }: StageUse,
  { from, instructions }: Stage,
): { readonly how: string; readonly line: number } {
  const line = by.statement.range.start;
  if (by.type === "FROM") return { how: `FROM ${by.image}`, line };
  const how = `COPY --from=${by.from}`;
  // What ONBUILD left stands in no line of the stage.
  return instructions.includes(by)
    ? { how, line }
    : { how: `ONBUILD ${how}`, line: from.statement.range.start };
}
