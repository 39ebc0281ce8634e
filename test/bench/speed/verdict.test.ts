import assert from "node:assert/strict";
import test from "node:test";
import type { Contest, Target } from "../../../bench/speed/contest.js";
import { formatConclusion } from "../../../bench/speed/report/conclusion.js";
import type { Outcome } from "../../../bench/speed/run-contest.js";
import { judge, type Verdict } from "../../../bench/speed/verdict.js";

function outcome(name: string, seconds: readonly number[], more: Partial<Outcome> = {}): Outcome {
  const samples = seconds.map((each) => ({ seconds: each, cpuSeconds: each, peakBytes: 100e6 }));
  return { name, samples, ...more };
}

function verdictOf(target: Target, ...outcomes: readonly Outcome[]): Verdict {
  const contest: Contest = { name: "race", about: "", contenders: [], targets: [target] };
  return judge(contest, outcomes)[0]!;
}

const ratio: Target = { metric: "seconds", of: "gantry", to: "crane", atMost: 0.35 };

test("a ratio is met up to its limit and missed above it", () => {
  const crane = outcome("crane", [10, 10, 100]);
  assert.equal(verdictOf(ratio, crane, outcome("gantry", [3.5, 1, 40])).state, "met");
  const missed = verdictOf(ratio, crane, outcome("gantry", [3.6, 3.6, 3.6]));
  assert.deepEqual([missed.state, missed.value], ["missed", 0.36]);
});

test("requests and memory are held to what was counted", () => {
  const requests: Target = { metric: "requests", of: "gantry", atMost: 10 };
  const counted = (count: number) => outcome("gantry", [], { traffic: { requests: count, bytesSent: 0 } });
  assert.equal(verdictOf(requests, counted(10)).state, "met");
  assert.equal(verdictOf(requests, counted(11)).state, "missed");
  const peak: Target = { metric: "peakBytes", of: "gantry", atMost: 99e6 };
  assert.equal(verdictOf(peak, outcome("gantry", [1])).state, "missed");
});

test("a missed target is told beside what the least of the work took, and whether that alone is too long", () => {
  const limited: Target = { ...ratio, limit: "listed alone" };
  const conclusionOf = (least: number) =>
    formatConclusion([
      {
        verdicts: [
          verdictOf(
            limited,
            outcome("crane", [10]),
            outcome("gantry", [6]),
            outcome("listed alone", [least]),
          ),
        ],
      },
    ]).split("\n");
  assert.deepEqual(conclusionOf(3.6), [
    "MISSED: race, gantry: ✗ 0.600 ≤ 0.35 × crane (listed alone: 0.360)",
    "0 targets met, 1 missed, 1 of them below the limit of this machine",
  ]);
  assert.equal(conclusionOf(3.4)[1], "0 targets met, 1 missed");
});

test("a limit that did not run says nothing", () => {
  const verdict = verdictOf(
    { ...ratio, limit: "listed alone" },
    outcome("crane", [1]),
    outcome("gantry", [1]),
  );
  assert.equal(verdict.limit, undefined);
});

test("what could not be measured is missed, and says why", () => {
  const gantry = outcome("gantry", [1]);
  const lacking = verdictOf(ratio, gantry, outcome("crane", [], { skipped: "crane is not here" }));
  assert.deepEqual([lacking.state, lacking.why], ["missed", "crane is not here"]);
  const failed = verdictOf(ratio, outcome("crane", [1]), outcome("gantry", [], { failed: "it broke" }));
  assert.deepEqual([failed.state, failed.why], ["missed", "it broke"]);
  const noTime: Outcome = {
    name: "gantry",
    samples: [{ seconds: 1, cpuSeconds: undefined, peakBytes: undefined }],
  };
  assert.equal(verdictOf({ metric: "peakBytes", of: "gantry", atMost: 1 }, noTime).state, "missed");
});

test("what this machine cannot run is skipped, not missed", () => {
  const zstd = outcome("gantry", [], { skipped: "Node 20 has no zstd" });
  assert.equal(verdictOf(ratio, zstd, outcome("crane", [1])).state, "skipped");
});

test("a check ends with each miss by name", () => {
  const crane = outcome("crane", [10]);
  const verdicts = [
    verdictOf(ratio, crane, outcome("gantry", [4])),
    verdictOf(ratio, crane, outcome("gantry", [1])),
    verdictOf(ratio, crane, outcome("gantry", [], { skipped: "no zstd" })),
  ];
  assert.equal(
    formatConclusion([{ verdicts }]),
    [
      "skipped: race, gantry: no zstd",
      "MISSED: race, gantry: ✗ 0.400 ≤ 0.35 × crane",
      "1 targets met, 1 missed",
    ].join("\n"),
  );
});
