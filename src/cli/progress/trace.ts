import type { SpanPhase, StepKind } from "../../index.js";
import type { RecordedSpan, RecordedStep, Recording, Stretch } from "./recording.js";

/** An event of the trace format; times in whole microseconds since the recording began. */
interface TraceEvent {
  readonly ph: "X" | "M";
  readonly name: string;
  readonly pid: 1;
  readonly tid: number;
  readonly cat?: string;
  readonly ts?: number;
  readonly dur?: number;
  readonly args: Readonly<Record<string, unknown>>;
}

interface Slice extends Stretch {
  readonly lane: string;
  readonly name: string;
  readonly cat: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/**
 * A recording in Chrome's trace event format ("Trace Event Format", JSON object form), which chrome://tracing and
 * ui.perfetto.dev open: a thread for each lane, complete events in it that do not overlap. What was under way at the end
 * says `unfinished`.
 */
export function formatTrace(recording: Recording): string {
  const { steps, spans, start } = recording;
  const slices = [...steps.map(stepSlice), ...spans.flatMap(spanSlices)];
  const lanes = orderLanes(recording);
  const tids = new Map(lanes.map(({ lane }, index) => [lane, index + 1]));
  const events = [
    metadata("process_name", 0, { name: "gantry" }),
    ...lanes.flatMap(({ lane, title }) => {
      const tid = tids.get(lane)!;
      return [
        metadata("thread_name", tid, { name: title }),
        metadata("thread_sort_index", tid, { sort_index: tid }),
      ];
    }),
    ...slices.map((slice) => complete(slice, tids.get(slice.lane)!, start)),
  ];
  const lines = events.map((event) => JSON.stringify(event)).join(",\n");
  return `{"displayTimeUnit":"ms","traceEvents":[\n${lines}\n]}\n`;
}

function metadata(name: string, tid: number, args: TraceEvent["args"]): TraceEvent {
  return { ph: "M", name, pid: 1, tid, args };
}

/** Both ends are rounded, not the length: neighbours would overlap. */
function complete({ name, cat, start, end, args }: Slice, tid: number, zero: number): TraceEvent {
  const ts = Math.round((start - zero) * 1000);
  return { ph: "X", name, cat, pid: 1, tid, ts, dur: Math.round((end - zero) * 1000) - ts, args };
}

const kinds: readonly StepKind[] = [
  ...([
    "load",
    "base",
    "run",
    "walk",
    "layer",
    "upload",
    "download",
    "manifest",
    "push",
    "output",
    "other",
  ] as const),
];

/** Steps in the order of the work, then threads, then connections. */
function orderLanes({
  steps,
  spans,
}: Recording): readonly { readonly lane: string; readonly title: string }[] {
  const ofSteps = kinds.flatMap((kind) => lanesOf(steps.filter(({ state }) => state.kind === kind)));
  const threads = lanesOf(spans.filter(({ span }) => span.kind !== "request"));
  const connections = lanesOf(spans.filter(({ span }) => span.kind === "request"));
  return [
    ...ofSteps.map((lane) => ({ lane, title: `steps: ${lane}` })),
    ...threads.map((lane) => ({ lane, title: lane === "main thread" ? "main thread (hasher)" : lane })),
    ...connections.map((lane) => ({ lane, title: `connection to ${lane}` })),
  ];
}

function lanesOf(recorded: readonly { readonly lane: string }[]): readonly string[] {
  return [...new Set(recorded.map(({ lane }) => lane))].sort((a, b) =>
    a.localeCompare(b, "en", { numeric: true }),
  );
}

function stepSlice({ lane, state, start, end }: RecordedStep): Slice {
  const { title, kind, current, note, status } = state;
  const args = {
    ...(status === "running" ? { unfinished: true } : { status }),
    ...(current === 0 ? {} : { bytes: current }),
    ...(note === undefined ? {} : { note }),
  };
  return { lane, name: title, cat: kind, start, end, args };
}

function spanSlices(recorded: RecordedSpan): readonly Slice[] {
  const { span, lane, start, end, phases, outcome } = recorded;
  const { bytesIn, bytesOut } = outcome ?? {};
  const unfinished = outcome === undefined ? { unfinished: true } : {};
  const whole = { lane, start, end, cat: span.kind };
  if (span.kind === "request")
    return [{ ...whole, name: span.name, args: { ...requestArgs(recorded), ...unfinished } }];
  if (span.kind === "hash")
    return [{ ...whole, name: `hash ${span.name}`, args: { bytes: bytesIn, ...unfinished } }];
  if (phases.length === 0) return [{ ...whole, name: span.kind, args: { from: span.name, ...unfinished } }];
  const bytes: Readonly<Partial<Record<SpanPhase, object>>> = {
    frame: { bytesOut: bytesIn },
    compress: { bytesIn, bytesOut },
  };
  return phases.map(({ phase, ...stretch }) => ({
    ...{ lane, cat: span.kind, name: phase, ...stretch },
    args: { from: span.name, ...bytes[phase] },
  }));
}

function requestArgs({ span, phases, outcome }: RecordedSpan): Slice["args"] {
  const { status, bytesOut: bytesSent, bytesIn: bytesReceived } = outcome ?? {};
  const times = ["send", "source", "wait", "receive"].flatMap((name) => {
    const own = phases.filter(({ phase }) => phase === name);
    return own.length === 0 ? [] : [[`${name}Ms`, milliseconds(own)]];
  });
  return { host: span.lane, status, bytesSent, bytesReceived, ...Object.fromEntries(times) };
}

function milliseconds(stretches: readonly Stretch[]): number {
  return Math.round(stretches.reduce((sum, { start, end }) => sum + end - start, 0) * 1000) / 1000;
}
