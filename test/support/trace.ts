import assert from "node:assert/strict";

/** One event of a trace, as far as tests look at it. */
export interface Traced {
  readonly ph: string;
  readonly name: string;
  readonly cat?: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur: number;
  readonly args: Readonly<Record<string, unknown>>;
}

/** Reads a trace: complete events and metadata alone, every lane named, nothing in a lane overlapping. By lane. */
export function readTrace(text: string): ReadonlyMap<string, readonly Traced[]> {
  const { traceEvents } = JSON.parse(text) as { traceEvents: readonly Traced[] };
  const names = new Map(
    traceEvents
      .filter(({ name }) => name === "thread_name")
      .map(({ tid, args }) => [tid, args.name as string]),
  );
  const lanes = new Map<string, Traced[]>([...names.values()].map((name) => [name, []]));
  assert.equal(lanes.size, names.size, "each lane has a name of its own");
  assert.deepEqual([...new Set(traceEvents.map(({ ph }) => ph))].sort(), ["M", "X"]);
  const slices = traceEvents.filter(({ ph }) => ph === "X");
  for (const slice of slices.sort((a, b) => a.ts - b.ts || a.dur - b.dur)) {
    const { tid, ts, dur, name } = slice;
    const lane = lanes.get(names.get(tid) ?? "");
    assert.ok(lane !== undefined, `${name} is in a lane without a name`);
    assert.ok(Number.isInteger(ts) && Number.isInteger(dur) && ts >= 0 && dur >= 0, `${ts} ${dur}`);
    const before = lane.at(-1);
    assert.ok(
      before === undefined || ts >= before.ts + before.dur,
      `${name} overlaps in lane ${names.get(tid)}`,
    );
    lane.push(slice);
  }
  return lanes;
}
