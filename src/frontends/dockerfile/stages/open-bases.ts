import { allDone } from "../../../concurrency.js";
import type { PinnedBase } from "../../../plan/plan.js";
import type { Stage } from "../dockerfile.js";
import type { ImageBase } from "./stage-base.js";
import type { ImageTriggers, StageGraph } from "./stage-graph.js";

export interface OpenBasesOptions {
  /** The stages of a graph whose images are to be pinned, as far as the images that are pinned tell. */
  own(graph: StageGraph, bases: OpenedBases["bases"]): Promise<readonly Stage[]>;
  /** Pins the image that a stage begins with. */
  pin(stage: Stage, base: ImageBase): Promise<PinnedBase>;
  /** Told when what images trigger made the graph larger; may throw. */
  onGraph(graph: StageGraph): Promise<void>;
}

/** What a build begins with: the images of its stages, and the graph with all that they trigger. */
export interface OpenedBases {
  readonly graph: StageGraph;
  readonly bases: ReadonlyMap<Stage, PinnedBase>;
}

/**
 * Pins the images of all stages that a build needs, side by side. What an image triggers may need more stages, whose
 * images are pinned in turn. Rejects as the first of them does, in the order of the file, when none is under way any
 * more.
 */
export async function openBases(
  start: StageGraph,
  { own, pin, onGraph }: OpenBasesOptions,
): Promise<OpenedBases> {
  const bases = new Map<Stage, PinnedBase>();
  for (let graph = start; ;) {
    const pinned = await allDone(
      missing(await own(graph, bases), { graph, bases }).map(
        async ([stage, base]) => [stage, await pin(stage, base)] as const,
      ),
    );
    if (pinned.length === 0) return { graph, bases };
    for (const [stage, base] of pinned) bases.set(stage, base);
    const before = graph.needed.length;
    graph = graph.withTriggers(triggersOf(bases));
    if (graph.needed.length > before) await onGraph(graph);
  }
}

function missing(stages: readonly Stage[], { graph, bases }: OpenedBases): (readonly [Stage, ImageBase])[] {
  return stages.flatMap((stage) => {
    const base = graph.baseOf(stage);
    return base.type === "image" && !bases.has(stage) ? [[stage, base] as const] : [];
  });
}

/** What the images of stages leave for who builds on them; an image that is not known leaves nothing. */
export function triggersOf(bases: ReadonlyMap<Stage, PinnedBase | undefined>): ImageTriggers {
  return new Map([...bases].map(([stage, base]) => [stage, base?.image.config.config?.OnBuild ?? []]));
}
