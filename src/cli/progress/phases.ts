import type { SpanPhase, StepKind } from "../../index.js";
import type { Recording, Stretch } from "./recording.js";

/** What a build's time goes into. */
export type Activity =
  "load" | "base" | "run" | "walk" | Exclude<SpanPhase, "list" | "source"> | "write" | "publish";

/** In the order of the work. */
export const activities: readonly Activity[] = [
  ...(["load", "base", "run", "walk", "frame", "hash", "compress"] as const),
  ...(["send", "wait", "receive", "write", "publish"] as const),
];

/** What held the build up at a moment: an activity, or something that no span or step tells of. */
export type Cause = Activity | "other";

/** Milliseconds and bytes. */
export interface Use {
  /** How long at least one of them was going on. */
  readonly wall: number;
  /** The sum over all that went on side by side. */
  readonly busy: number;
  readonly bytes: number;
}

export interface HostUse {
  readonly requests: number;
  readonly connections: number;
  readonly sent: number;
  readonly received: number;
  /** Milliseconds that requests waited for the first byte of an answer, in sum. */
  readonly waited: number;
}

export interface Summary {
  /** Milliseconds from the recording's begin to its end. */
  readonly total: number;
  /** Those that occurred. */
  readonly uses: ReadonlyMap<Activity, Use>;
  /** Of all workers' time from the first segment's begin to the last one's end, the share in which they worked. */
  readonly workers: { readonly count: number; readonly busy: number } | undefined;
  readonly hosts: ReadonlyMap<string, HostUse>;
  /** Milliseconds by what held the build up; the sum is the total. */
  readonly causes: ReadonlyMap<Cause, number>;
}

interface Interval extends Stretch {
  readonly activity: Activity;
  readonly bytes: number;
}

/** Adds up where a recording's time went. */
export function summarise(recording: Recording): Summary {
  const intervals = [...stepIntervals(recording), ...spanIntervals(recording)];
  const workers = workersOf(recording);
  const { walls, causes } = sweep(intervals, recording, workers?.count ?? 1);
  const uses = new Map<Activity, Use>();
  for (const { activity, start, end, bytes } of intervals) {
    const before = uses.get(activity) ?? { busy: 0, bytes: 0 };
    const wall = walls.get(activity) ?? 0;
    uses.set(activity, { wall, busy: before.busy + end - start, bytes: before.bytes + bytes });
  }
  return { total: recording.end - recording.start, uses, workers, hosts: hostsOf(recording), causes };
}

const activityOfStep: Readonly<Partial<Record<StepKind, Activity>>> = {
  ...({ load: "load", base: "base", run: "run", walk: "walk", output: "write", push: "publish" } as const),
};

function stepIntervals({ steps }: Recording): Interval[] {
  return steps.flatMap(({ state, start, end }) => {
    const activity = activityOfStep[state.kind];
    return activity === undefined ? [] : [{ activity, start, end, bytes: 0 }];
  });
}

function spanIntervals({ spans }: Recording): Interval[] {
  return spans.flatMap(({ phases, outcome: { bytesIn = 0, bytesOut = 0 } = {} }) => {
    const bytes = new Map<SpanPhase, number>([
      ...(["frame", "compress", "hash", "receive"] as const).map((phase) => [phase, bytesIn] as const),
      ["send", bytesOut],
    ]);
    return phases.flatMap(({ phase, start, end }) => {
      // Listing is a step too, and who waits for bytes to send is held up by whatever makes them.
      if (phase === "list" || phase === "source") return [];
      const moved = bytes.get(phase) ?? 0;
      bytes.delete(phase);
      return [{ activity: phase, start, end, bytes: moved }];
    });
  });
}

/** Goes through the moments at which something begins or ends, and sees what was going on between them. */
function sweep(
  intervals: readonly Interval[],
  { start, end }: Stretch,
  workers: number,
): { readonly walls: ReadonlyMap<Activity, number>; readonly causes: ReadonlyMap<Cause, number> } {
  const moments = intervals
    .flatMap(({ activity, ...one }) => [
      { at: one.start, activity, change: 1 },
      { at: one.end, activity, change: -1 },
    ])
    .sort((a, b) => a.at - b.at);
  const running = new Map<Activity, number>();
  const walls = new Map<Activity, number>();
  const causes = new Map<Cause, number>();
  let last = start;
  for (const { at, activity, change } of [...moments, { at: end, activity: "load", change: 0 } as const]) {
    const time = at - last;
    if (time > 0) {
      for (const [going, count] of running) if (count > 0) add(walls, going, time);
      add(
        causes,
        causeOf((which) => running.get(which) ?? 0, workers),
        time,
      );
      last = at;
    }
    add(running, activity, change);
  }
  return { walls, causes };
}

function add<K>(sums: Map<K, number>, key: K, amount: number): void {
  sums.set(key, (sums.get(key) ?? 0) + amount);
}

/**
 * Of all that goes on at a moment, what the build would be faster without: what uses all of something (every worker,
 * the main thread, the line), before what leaves room for more, before what only waits.
 */
function causeOf(running: (activity: Activity) => number, workers: number): Cause {
  const working = running("frame") + running("compress");
  const work = running("compress") >= running("frame") ? "compress" : "frame";
  if (working > 0 && working >= workers) return work;
  if (running("hash") > 0) return "hash";
  if (running("send") > 0) return "send";
  if (working > 0) return work;
  const rest = ["run", "walk", "receive", "wait", "write", "base", "publish", "load"] as const;
  return rest.find((activity) => running(activity) > 0) ?? "other";
}

function workersOf({ spans }: Recording): Summary["workers"] {
  const own = spans.filter(({ span }) => span.kind === "segment" && span.lane.startsWith("worker "));
  if (own.length === 0) return undefined;
  const count = new Set(own.map(({ span }) => span.lane)).size;
  const phases = own.flatMap((span) => span.phases);
  const busy = phases.reduce((sum, { start, end }) => sum + end - start, 0);
  const start = own.reduce((least, one) => Math.min(least, one.start), Number.POSITIVE_INFINITY);
  const end = own.reduce((most, one) => Math.max(most, one.end), 0);
  return { count, busy: end > start ? busy / (count * (end - start)) : 0 };
}

function hostsOf({ spans }: Recording): Summary["hosts"] {
  const hosts = new Map<string, HostUse>();
  const lanes = new Map<string, Set<string>>();
  for (const { span, lane, phases, outcome: { bytesIn = 0, bytesOut = 0 } = {} } of spans) {
    if (span.kind !== "request") continue;
    const { requests = 0, sent = 0, received = 0, waited = 0 } = hosts.get(span.lane) ?? {};
    const used = lanes.get(span.lane) ?? new Set();
    lanes.set(span.lane, used.add(lane));
    const waits = phases.filter(({ phase }) => phase === "wait");
    hosts.set(span.lane, {
      requests: requests + 1,
      connections: used.size,
      sent: sent + bytesOut,
      received: received + bytesIn,
      waited: waits.reduce((sum, { start, end }) => sum + end - start, waited),
    });
  }
  return hosts;
}
