import type { Stage } from "../dockerfile.js";
import type { CopyInstruction } from "../instructions/instruction.js";
import type { NamedContext, NamedContexts } from "./named-context.js";
import type { StageBase } from "./stage-base.js";
import type { StageGraph } from "./stage-graph.js";

/** What a `--from` names: an earlier stage, else a named context, else an image. */
export type CopiedFrom = Extract<StageBase, { readonly type: "stage" }> | NamedContext;

/** What a COPY of a stage takes files from; undefined where that is the build's context. Throws DockerfileError. */
export function copiedFrom(
  copy: CopyInstruction,
  {
    stage,
    graph,
    contexts,
  }: { readonly stage: Stage; readonly graph: StageGraph; readonly contexts: NamedContexts },
): CopiedFrom | undefined {
  if (copy.from === undefined) return undefined;
  const source = graph.sourceOf(copy, stage);
  if (source !== undefined) return { type: "stage", stage: source };
  return contexts.get(copy.from.toLowerCase()) ?? { type: "image", name: copy.from };
}
