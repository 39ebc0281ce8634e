import type { Stage } from "../dockerfile.js";
import type { StageGraph } from "./stage-graph.js";

/**
 * Goes from the target to what it needs and no further than the first stages for which `isHanded` holds: whatever
 * makes those makes what they need too. Both lists are in the file's order; the handed ones are among the needed.
 */
export async function cut(
  { target, needed, baseOf, triggersOf, sourceOf }: StageGraph,
  isHanded: (stage: Stage) => Promise<boolean>,
): Promise<{ readonly needed: readonly Stage[]; readonly handed: readonly Stage[] }> {
  const reached = new Set<Stage>([target]);
  const handed = new Set<Stage>();
  // A set is gone through with what is added on the way.
  for (const stage of reached) {
    if (await isHanded(stage)) {
      handed.add(stage);
      continue;
    }
    const base = baseOf(stage);
    if (base.type === "stage") reached.add(base.stage);
    for (const copy of [...triggersOf(stage), ...stage.instructions]) {
      const source = copy.type === "COPY" ? sourceOf(copy, stage) : undefined;
      if (source !== undefined) reached.add(source);
    }
  }
  return {
    needed: needed.filter((stage) => reached.has(stage)),
    handed: needed.filter((stage) => handed.has(stage)),
  };
}
