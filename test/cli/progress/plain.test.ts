import assert from "node:assert/strict";
import { test } from "node:test";
import { plainRenderer } from "../../../src/cli/progress/plain.js";
import { fakeOutput } from "./fake-clock.js";

const MB = 1_000_000;

test("a transfer gets at most one line a second, and always the last", () => {
  const output = fakeOutput();
  const { onEvent, tick } = plainRenderer(output);
  onEvent({ type: "step-start", id: 1, image: "app", name: "upload sha256:12", kind: "upload" });
  for (let step = 1; step <= 35; step++) {
    output.advance(100);
    onEvent({ type: "step-progress", id: 1, current: step * MB, total: 36 * MB });
    tick();
  }
  onEvent({ type: "step-progress", id: 1, current: 36 * MB, total: 36 * MB });
  onEvent({ type: "step-end", id: 1, status: "done", note: "sha256:12" });
  assert.deepEqual(output.text().split("\n"), [
    "[app] upload sha256:12: 10 MB of 36 MB (27%), 10 MB/s",
    "[app] upload sha256:12: 20 MB of 36 MB (55%), 10 MB/s",
    "[app] upload sha256:12: 30 MB of 36 MB (83%), 10 MB/s",
    "[app] upload sha256:12: done in 3.5s, 36 MB, 10 MB/s, sha256:12",
    "",
  ]);
});

test("a step that is soon over gets one line that says what came of it", () => {
  const output = fakeOutput();
  const { onEvent } = plainRenderer(output);
  const ends = [
    { status: "done", note: "2 entries" },
    { status: "cached", note: "mounted from x" },
    { status: "cached", note: "cached" },
    { status: "failed", note: "no such file" },
    { status: "done" },
  ] as const;
  ends.forEach((end, id) => {
    onEvent({ type: "step-start", id, name: `step ${id}`, kind: "walk" });
    onEvent({ type: "step-end", id, ...end });
  });
  assert.deepEqual(output.text().trimEnd().split("\n"), [
    "step 0: done in 0.0s, 2 entries",
    "step 1: cached, mounted from x",
    "step 2: cached",
    "step 3: failed: no such file",
    "step 4: done in 0.0s",
  ]);
});

test("a step that reports no bytes is named once after a second, so that a log shows what is waited for", () => {
  const output = fakeOutput();
  const { onEvent, tick } = plainRenderer(output);
  onEvent({ type: "step-start", id: 1, name: "base debian:12", kind: "base" });
  for (let step = 0; step < 40; step++) {
    output.advance(100);
    tick();
  }
  assert.equal(output.text(), "base debian:12: running\n");
});

test("warnings stand for themselves, and control characters of a registry do not pass", () => {
  const output = fakeOutput();
  const { onEvent } = plainRenderer(output);
  onEvent({ type: "warning", image: "app", code: "ONBUILD", message: "ONBUILD is \u001b[31mdropped" });
  onEvent({ type: "step-start", id: 1, name: "push", kind: "push" });
  onEvent({ type: "step-end", id: 1, status: "failed", note: "\u001b]0;title\u0007" });
  assert.equal(output.text(), "warning: [app] ONBUILD is ?[31mdropped\npush: failed: ?]0;title?\n");
});

test("what a program says is told as its own, and steers no terminal", () => {
  const output = fakeOutput();
  const { onEvent } = plainRenderer(output);
  onEvent({ type: "step-start", id: 1, image: "app", name: "stage build by docker", kind: "run" });
  onEvent({ type: "step-output", id: 1, line: "#1 \u001b[2Jdone" });
  onEvent({ type: "step-end", id: 1, status: "done" });
  assert.deepEqual(output.text().split("\n"), [
    "  | #1 ?[2Jdone",
    "[app] stage build by docker: done in 0.0s",
    "",
  ]);
});
