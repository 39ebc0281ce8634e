import assert from "node:assert/strict";
import { test } from "node:test";
import { startRecording } from "../../../src/cli/progress/recording.js";
import { formatTimings } from "../../../src/cli/progress/timings.js";
import type { RunningSpan, Span, SpanEnd, SpanPhase, StepKind } from "../../../src/index.js";
import { fakeOutput } from "./fake-clock.js";

type Recorder = ReturnType<typeof startRecording>;

/** What happens when, on a clock that only the script moves. */
function record(script: (at: (time: number) => Recorder) => void): string {
  const { now, advance } = fakeOutput();
  const begun = now();
  const recorder = startRecording(now);
  script((time) => {
    assert.ok(begun + time >= now(), "a script goes on");
    advance(begun + time - now());
    return recorder;
  });
  return formatTimings(recorder.stop());
}

let steps = 0;
function begin(recorder: Recorder, kind: StepKind, name: string): (note?: string) => void {
  const id = ++steps;
  recorder.onEvent({ type: "step-start", id, image: "app", name, kind });
  return (note = "done") => recorder.onEvent({ type: "step-end", id, status: "done", note });
}

function span(recorder: Recorder, about: Span, first?: SpanPhase): RunningSpan {
  return recorder.onSpan(about, first);
}

const segment = (lane: string): Span => ({ kind: "segment", lane, name: "a" });
const request = (lane: string): Span => ({ kind: "request", lane, name: "PUT /v2/" });
const packed: SpanEnd = { bytesIn: 1_000_000, bytesOut: 400_000, took: { frame: 100, compress: 900 } };

test("the tables say where the time of a push went, and what held it up", () => {
  const text = record((at) => {
    at(200).loaded();
    const walk = begin(at(200), "walk", "list /app");
    at(300);
    walk("9 entries");
    const pack = begin(at(300), "layer", "pack /app");
    for (let second = 0; second < 4; second++) {
      const one = span(at(300 + second * 1000), segment("worker 1"));
      const other = span(at(300 + second * 1000), segment("worker 2"));
      at(1200 + second * 1000);
      one.end({ ...packed, took: { frame: 100, compress: 800 } });
      at(1300 + second * 1000);
      other.end(packed);
    }
    const hash = span(at(4300), { kind: "hash", lane: "main thread", name: "raw" }, "hash");
    at(4400);
    hash.end({ bytesIn: 8_000_000 });
    pack("sha256:12");
    const put = span(at(4400), request("registry.test:5000"), "send");
    at(4900);
    put.phase("wait");
    at(5000);
    put.phase("receive");
    put.end({ bytesOut: 3_200_000, bytesIn: 20, status: 201 });
    const move = begin(at(5000), "push", "push registry.test:5000/app:1");
    at(5100);
    move();
  });
  assert.equal(
    text,
    `\
STEP                                 BEGAN  TOOK  BYTES  RATE  RESULT
[app] list /app                       0.2s  0.1s               9 entries
[app] pack /app                       0.3s  4.1s               sha256:12
[app] push registry.test:5000/app:1   5.0s  0.1s               done
all                                         5.1s

PHASE              WALL  SHARE  BUSY   BYTES      RATE
load               0.2s     4%  0.2s
walk               0.1s     2%  0.1s
frame              0.4s     8%  0.8s  8.0 MB   20 MB/s
hash               0.1s     2%  0.1s  8.0 MB   80 MB/s
compress           3.6s    71%  6.8s  8.0 MB  2.2 MB/s
send               0.5s    10%  0.5s  3.2 MB  6.4 MB/s
wait for registry  0.1s     2%  0.1s
receive            0.0s     0%  0.0s    20 B
publish            0.1s     2%  0.1s

REGISTRY            REQUESTS  CONNECTIONS    SENT  RECEIVED  WAITED
registry.test:5000         1            1  3.2 MB      20 B    0.1s

bound by compression: 71% of the time, 2 workers 95% busy
`,
  );
});

const only: readonly (readonly [what: string, script: Parameters<typeof record>[0], line: RegExp])[] = [
  [
    "waiting, and names the host that was waited for most",
    (at) => {
      at(0).loaded();
      const slow = span(at(0), request("slow.test"), "wait");
      span(at(0), request("fast.test"), "wait").end();
      at(900);
      slow.end();
      at(1000);
    },
    /^bound by waiting for the registry: 90% of the time, mostly slow\.test$/m,
  ],
  [
    "sending, with its rate",
    (at) => {
      at(0).loaded();
      const put = span(at(0), request("a.test"), "send");
      at(2000);
      put.end({ bytesOut: 10_000_000 });
    },
    /^bound by sending: 100% of the time, 5\.0 MB\/s$/m,
  ],
  [
    "sending and not one worker of two that packs meanwhile",
    (at) => {
      at(0).loaded();
      span(at(0), segment("worker 2")).end({ took: { frame: 0 } });
      const put = span(at(0), request("a.test"), "send");
      const job = span(at(0), segment("worker 1"));
      at(2000);
      job.end({ took: { frame: 0, compress: 2000 } });
      put.end({ bytesOut: 10_000_000 });
    },
    /^bound by sending: 100%/m,
  ],
  [
    "compression by one worker of two, where what is sent waits for it",
    (at) => {
      at(0).loaded();
      span(at(0), segment("worker 2")).end({ took: { frame: 0 } });
      const put = span(at(0), request("a.test"), "send");
      put.phase("source");
      const job = span(at(0), segment("worker 1"));
      at(2000);
      job.end({ took: { compress: 2000 } });
      put.phase("send");
      at(2500);
      put.end({ bytesOut: 10_000_000 });
    },
    /^send +0\.5s +20% +0\.5s +10 MB +20 MB\/s$[^]*^bound by compression: 80% of the time, 2 workers 50% busy$/m,
  ],
  [
    "hashing, where workers wait for it",
    (at) => {
      at(0).loaded();
      const job = span(at(0), segment("worker 1"));
      at(100);
      job.end({ took: { frame: 100 } });
      const hash = span(at(100), { kind: "hash", lane: "main thread", name: "raw" }, "hash");
      at(1000);
      hash.end();
    },
    /^bound by hashing on the main thread: 90% of the time$/m,
  ],
  [
    "what nothing tells of",
    (at) => {
      at(0).loaded();
      at(10);
    },
    /^bound by work that is not measured: 100% of the time$/m,
  ],
];

for (const [what, script, line] of only) {
  test(`a command may be bound by ${what}`, () => {
    assert.match(record(script), line);
  });
}

test("an engine that RUN was handed to is a phase of its own", () => {
  const text = record((at) => {
    at(100).loaded();
    const run = begin(at(100), "run", "stage build by docker");
    at(2100);
    run();
  });
  assert.match(text, /^run +2\.0s +95% +2\.0s$/m);
  assert.match(text, /^bound by the engine that RUN was handed to: 95% of the time$/m);
});
