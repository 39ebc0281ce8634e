import type { Stage } from "../dockerfile.js";
import type { StageGraph } from "./stage-graph.js";

/**
 * Goes from the target to what it needs and no further than the first stages for which `isHanded` holds: whatever
 * makes those makes what they need too. Both lists are in the file's order; the handed ones are among the needed.
 */
export async function cut(
  { target, needed, usesOf }: StageGraph,
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
    for (const use of usesOf(stage)) reached.add(use.stage);
  }
  return {
    needed: needed.filter((stage) => reached.has(stage)),
    handed: needed.filter((stage) => handed.has(stage)),
  };
}
