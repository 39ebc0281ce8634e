import { SingleFlight } from "../concurrency.js";
import { materialise } from "../layer/materialise.js";
import type { LayerContext } from "../layer/materialise.js";
import type { Layer } from "../model/content.js";
import type { IoOptions } from "../model/events.js";
import type { Compression, LayerPlan } from "../plan/plan.js";
import type { Reuse } from "./reuse.js";

export interface LayerOptions extends IoOptions {
  readonly compression: Compression;
  /** Of whoever asks first. */
  readonly reuse?: Reuse | undefined;
  /** Of whoever asks first. */
  readonly receive?: LayerContext["receive"];
}

/** Makes each layer of a run once, however many platforms and images share its list of files. */
export type LayerMaker = (plan: LayerPlan, options: LayerOptions) => Promise<Layer>;

/** A layer maker for one run. */
export function createLayerMaker(context: Omit<LayerContext, "reuse" | "receive">): LayerMaker {
  const made = new Map<string, SingleFlight<string | LayerPlan["entries"], Layer>>();
  return (plan, { compression, reuse, receive, ...io }) => {
    const packing = `${compression.type}:${compression.level}`;
    const flights = made.get(packing) ?? new SingleFlight();
    made.set(packing, flights);
    return flights.get(plan.streamed?.keys.stamps ?? plan.entries, () =>
      materialise(plan, { compression, context: { ...context, reuse, receive }, ...io }),
    );
  };
}
