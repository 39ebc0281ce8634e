import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { startRecording } from "../../../src/cli/progress/recording.js";
import { formatTrace } from "../../../src/cli/progress/trace.js";
import type { RunningSpan } from "../../../src/index.js";
import { readTrace } from "../../support/trace.js";
import { fakeOutput } from "./fake-clock.js";

const request = { kind: "request", lane: "registry.test", name: "PUT /v2/" } as const;
const segment = { kind: "segment", lane: "worker 1", name: "app/a" } as const;

test("a span's phases are timed as they come, and what runs side by side has lanes of its own", () => {
  const { now, advance } = fakeOutput();
  const recorder = startRecording(now);
  const one = recorder.onSpan(request, "send");
  advance(3);
  const other = recorder.onSpan(request, "wait");
  one.phase("wait");
  advance(4);
  one.end({ bytesOut: 9 });
  recorder.onSpan(request, "wait").end();
  other.end();
  const { spans, start, end } = recorder.stop();
  assert.equal(end - start, 7);
  assert.deepEqual(
    spans.map(({ lane, phases }) => [
      lane,
      ...phases.map((at) => `${at.phase} ${at.start - start}-${at.end - start}`),
    ]),
    [
      ["registry.test", "send 0-3", "wait 3-7"],
      ["registry.test #2", "wait 3-7"],
      ["registry.test", "wait 7-7"],
    ],
  );
});

test("phases that a thread measured itself lie before the end, and never before the span began", () => {
  const { now, advance } = fakeOutput();
  const recorder = startRecording(now);
  const phasesAfter = (delay: number, took: { frame: number; compress: number }) => {
    const span = recorder.onSpan(segment);
    advance(delay);
    span.end({ took });
    const { spans, start } = recorder.stop();
    return spans.at(-1)!.phases.map((at) => `${at.phase} ${at.start - start}-${at.end - start}`);
  };
  assert.deepEqual(phasesAfter(10, { frame: 2, compress: 5 }), ["frame 3-5", "compress 5-10"]);
  assert.deepEqual(phasesAfter(4, { frame: 2, compress: 5 }), ["frame 10-10", "compress 10-14"]);
});

test("what is under way when the recording stops ends there and says so", () => {
  const { now, advance } = fakeOutput();
  const recorder = startRecording(now);
  recorder.loaded();
  recorder.onEvent({ type: "step-start", id: 1, name: "pack", kind: "layer" });
  const held = recorder.onSpan(request, "send");
  recorder.onSpan(segment);
  advance(5);
  held.phase("wait");
  advance(1);
  const trace = formatTrace(recorder.stop());
  const { traceEvents } = JSON.parse(trace) as {
    traceEvents: { name: string; dur: number; args: Record<string, unknown> }[];
  };
  const unfinished = traceEvents.filter(({ args }) => args.unfinished === true);
  assert.deepEqual(
    unfinished.map(({ name, dur }) => [name, dur]),
    [
      ["pack", 6000],
      ["PUT /v2/", 6000],
      ["segment", 6000],
    ],
  );
  assert.deepEqual([unfinished[1]!.args.sendMs, unfinished[1]!.args.waitMs], [5, 1]);
});

test("a trace names every lane, and nothing in a lane overlaps, whatever runs side by side", () => {
  const lanes = ["main thread", "worker 1", "worker 2", "a.test", "b.test"];
  const act = fc.record({
    lane: fc.constantFrom(...lanes),
    what: fc.constantFrom("begin", "phase", "end", "measured end", "step"),
    pause: fc.double({ min: 0, max: 3, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      const { now, advance } = fakeOutput();
      const recorder = startRecording(now);
      const open = new Map<string, RunningSpan[]>(lanes.map((lane) => [lane, []]));
      let steps = 0;
      for (const { lane, what, pause } of acts) {
        const running = open.get(lane)!;
        const isHost = lane.endsWith(".test");
        const kind = isHost ? "request" : lane.startsWith("worker") ? "segment" : "hash";
        if (what === "step") recorder.onEvent({ type: "step-start", id: ++steps, name: "s", kind: "upload" });
        // A thread does one thing after the other.
        else if (what === "begin" && (isHost || running.length === 0))
          running.push(recorder.onSpan({ kind, lane, name: "n" }, kind === "segment" ? undefined : "send"));
        else if (what === "phase" && isHost) running[0]?.phase("wait");
        else if (what === "end") running.shift()?.end();
        else if (what === "measured end" && kind === "segment")
          running.shift()?.end({ took: { frame: pause / 2, compress: pause } });
        advance(pause);
      }
      readTrace(formatTrace(recorder.stop()));
    }),
  );
});
