import type { GantryEvent, OnSpan, RunningSpan, Span, SpanEnd, SpanPhase } from "../../index.js";
import { trackSteps } from "./steps.js";
import type { StepState } from "./steps.js";

/** A stretch of time of one lane, in milliseconds of the reader's clock. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

export interface RecordedStep extends Stretch {
  readonly lane: string;
  readonly state: StepState;
}

export interface RecordedPhase extends Stretch {
  readonly phase: SpanPhase;
}

export interface RecordedSpan extends Stretch {
  readonly span: Span;
  /** The span's lane; spans of one host that ran side by side are in lanes of their own. */
  readonly lane: string;
  readonly phases: readonly RecordedPhase[];
  /** Undefined where it was not over when the recording was. */
  readonly outcome: SpanEnd | undefined;
}

/** What a command did and when. Nothing in a lane overlaps. */
export interface Recording extends Stretch {
  /** In the order in which they began, as `spans` are. */
  readonly steps: readonly RecordedStep[];
  readonly spans: readonly RecordedSpan[];
}

/** A reader of events and spans that only remembers. */
export interface Recorder {
  readonly onEvent: (event: GantryEvent) => void;
  readonly onSpan: OnSpan;
  /** What was told until now; what is under way ends here. */
  stop(): Recording;
}

/** Records from now on. `load` names what is done until `loaded` is called. */
export function startRecording(now: () => number): Recorder & { loaded(): void } {
  const start = now();
  const lanes = createLanes();
  const steps = recordSteps(now, lanes);
  const spans = recordSpans(now, lanes);
  let loadedAt: number | undefined;
  return {
    onEvent: steps.onEvent,
    onSpan: spans.onSpan,
    loaded: () => void (loadedAt ??= now()),
    stop: () => {
      const end = now();
      const load = loadStep(start, loadedAt ?? end);
      return { start, end, steps: [load, ...steps.until(end)], spans: spans.until(end) };
    },
  };
}

function loadStep(start: number, end: number): RecordedStep {
  const about = { id: 0, title: "load", name: "load", kind: "load", image: undefined } as const;
  const amounts = { current: 0, total: undefined, note: undefined, status: "done" } as const;
  return { lane: "load", start, end, state: { ...about, ...amounts, startedAt: start, endedAt: end } };
}

/** Hands out lanes: "upload", and "upload #2" for what begins while that is taken. */
interface Lanes {
  take(name: string): { readonly lane: string; free(): void };
}

function createLanes(): Lanes {
  const taken = new Set<string>();
  return {
    take(name) {
      let lane = name;
      for (let number = 2; taken.has(lane); number++) lane = `${name} #${number}`;
      taken.add(lane);
      return { lane, free: () => void taken.delete(lane) };
    },
  };
}

function recordSteps(now: () => number, lanes: Lanes) {
  const tracker = trackSteps(now);
  const begun = new Map<number, { readonly lane: string; free(): void; state: StepState }>();
  return {
    onEvent: (event: GantryEvent) => {
      const state = tracker.apply(event);
      if (state === undefined) return;
      const known = begun.get(state.id);
      if (known === undefined) begun.set(state.id, { ...lanes.take(state.kind), state });
      else known.state = state;
      if (state.endedAt !== undefined) known?.free();
    },
    until: (end: number): RecordedStep[] =>
      [...begun.values()].map(({ lane, state }) => ({
        lane,
        state,
        start: state.startedAt,
        end: state.endedAt ?? end,
      })),
  };
}

interface OpenSpan {
  readonly span: Span;
  readonly lane: string;
  readonly start: number;
  readonly phases: RecordedPhase[];
  current: { readonly phase: SpanPhase; readonly since: number } | undefined;
  over: { readonly end: number; readonly outcome: SpanEnd } | undefined;
}

function recordSpans(now: () => number, lanes: Lanes) {
  const spans: OpenSpan[] = [];
  const begin: OnSpan = (span, first): RunningSpan => {
    const start = now();
    const { lane, free } = lanes.take(span.lane);
    const current = first === undefined ? undefined : { phase: first, since: start };
    const open: OpenSpan = { span, lane, start, phases: [], current, over: undefined };
    spans.push(open);
    return {
      phase: (name) => {
        if (open.over !== undefined) return;
        const at = now();
        closePhase(open, at);
        open.current = { phase: name, since: at };
      },
      end: (outcome = {}) => {
        if (open.over !== undefined) return;
        const end = now();
        closePhase(open, end);
        open.phases.push(...measured(outcome, start, end));
        open.over = { end, outcome };
        free();
      },
    };
  };
  return { onSpan: begin, until: (end: number) => spans.map((open) => closed(open, end)) };
}

function closePhase({ phases, current }: OpenSpan, end: number): void {
  if (current !== undefined) phases.push({ phase: current.phase, start: current.since, end });
}

/** Phases that the work's own thread measured, back from the end; nothing begins before the span did. */
function measured({ took = {} }: SpanEnd, start: number, end: number): RecordedPhase[] {
  const phases: RecordedPhase[] = [];
  let until = end;
  for (const [phase, time = 0] of Object.entries(took).reverse()) {
    const since = Math.max(start, until - time);
    phases.unshift({ phase: phase as SpanPhase, start: since, end: until });
    until = since;
  }
  return phases;
}

function closed({ span, lane, start, phases, current, over }: OpenSpan, now: number): RecordedSpan {
  const about = { span, lane, start };
  if (over !== undefined) return { ...about, ...over, phases };
  const last = current === undefined ? [] : [{ phase: current.phase, start: current.since, end: now }];
  return { ...about, end: now, phases: [...phases, ...last], outcome: undefined };
}
