import { SingleFlight } from "../concurrency.js";
import { materialise } from "../layer/materialise.js";
import type { MakeLayer } from "./assemble.js";
import type { LayerContext } from "../layer/materialise.js";
import type { Layer } from "../model/content.js";
import type { IoOptions } from "../model/events.js";
import type { Compression, LayerPlan } from "../plan/plan.js";

/** A function that makes each layer of a build once, however many platforms and images share its list. */
export function createLayerMaker(
  context: LayerContext,
  { compression, ...io }: { readonly compression: Compression } & IoOptions,
): MakeLayer {
  // By the list: platforms and images that hold the same files share it.
  const made = new SingleFlight<LayerPlan["entries"], Layer>();
  return (plan) => made.get(plan.entries, () => materialise(plan, { compression, context, ...io }));
}
