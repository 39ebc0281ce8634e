import type { GantryEvent, StepKind } from "../../index.js";

/** A step as a reader of the events sees it; times are in milliseconds of the reader's clock. */
export interface StepState {
  readonly id: number;
  /** "[app] layer /app": the image, where there is one, and what is done. */
  readonly title: string;
  readonly image: string | undefined;
  readonly name: string;
  readonly kind: StepKind;
  readonly startedAt: number;
  readonly current: number;
  readonly total: number | undefined;
  readonly endedAt: number | undefined;
  readonly status: "running" | "done" | "cached" | "failed";
  readonly note: string | undefined;
}

/** What an event changed: the step's new state, or nothing where the event is no step's. */
export interface StepTracker {
  apply(event: GantryEvent): StepState | undefined;
  running(): readonly StepState[];
}

/** Follows the steps through their events, stamping them with `now`. Ended steps are forgotten. */
export function trackSteps(now: () => number): StepTracker {
  const steps = new Map<number, StepState>();
  const started = (event: GantryEvent & { type: "step-start" }): StepState => {
    const { id, name, image, kind } = event;
    const title = image === undefined ? name : `[${image}] ${name}`;
    return {
      id,
      title,
      image,
      name,
      kind,
      startedAt: now(),
      current: 0,
      total: undefined,
      endedAt: undefined,
      status: "running",
      note: undefined,
    };
  };
  return {
    apply: (event) => {
      if (event.type === "warning" || event.type === "step-output") return undefined;
      if (event.type === "step-start") {
        const state = started(event);
        steps.set(event.id, state);
        return state;
      }
      const before = steps.get(event.id);
      if (before === undefined) return undefined;
      if (event.type === "step-progress") {
        const state = { ...before, current: event.current, total: event.total ?? before.total };
        steps.set(event.id, state);
        return state;
      }
      steps.delete(event.id);
      return { ...before, status: event.status, note: event.note, endedAt: now() };
    },
    running: () => [...steps.values()],
  };
}

/** Bytes per second since the step began; undefined while too little time has passed to tell. */
export function rateOf({ current, startedAt, endedAt }: StepState, now: number): number | undefined {
  const elapsed = (endedAt ?? now) - startedAt;
  return current > 0 && elapsed >= 50 ? (current * 1000) / elapsed : undefined;
}
