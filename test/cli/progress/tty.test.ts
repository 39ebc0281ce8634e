import assert from "node:assert/strict";
import { test } from "node:test";
import { ttyRenderer } from "../../../src/cli/progress/tty.js";
import type { Renderer } from "../../../src/cli/progress/renderer.js";
import { fakeOutput } from "./fake-clock.js";
import { screenOf } from "./screen.js";

const MB = 1_000_000;

function open({ columns = 80, rows = 24, color = false } = {}) {
  const output = fakeOutput();
  const size = { columns, rows };
  const renderer = ttyRenderer({ ...output, size: () => size, color });
  return { ...renderer, output, size, screen: () => screenOf(output.text(), size.columns) };
}

function start({ onEvent }: Pick<Renderer, "onEvent">, id: number, name: string): void {
  onEvent({ type: "step-start", id, image: "app", name, kind: "layer" });
}

test("a running step has one line with a bar, bytes, rate and time", () => {
  const { output, screen, ...renderer } = open();
  start(renderer, 1, "pack /app");
  output.advance(1500);
  renderer.onEvent({ type: "step-progress", id: 1, current: 52 * MB, total: 104 * MB });
  const [line = "", ...others] = screen();
  assert.deepEqual(others, []);
  assert.match(line, /^\[app\] pack \/app +\[=+> +\] {2,}52 MB of 104 MB {2}35 MB\/s {2}50% {2}1\.5s$/);
  assert.ok(line.length < 80);
});

test("a step that ended leaves its line, the running ones stay below", () => {
  const { output, screen, ...renderer } = open();
  start(renderer, 1, "base debian:12");
  start(renderer, 2, "pack /app");
  output.advance(400);
  renderer.onEvent({ type: "step-end", id: 1, status: "done", note: "sha256:12" });
  const [first, second] = screen();
  assert.equal(first, "[app] base debian:12: done in 0.4s, sha256:12");
  assert.match(second!, /^\[app\] pack \/app .* 0\.4s$/);
});

test("there are never more than ten redraws in a second", () => {
  const { output, ...renderer } = open();
  start(renderer, 1, "pack");
  for (let time = 0; time < 5000; time++) {
    output.advance(1);
    renderer.onEvent({ type: "step-progress", id: 1, current: time * 1000, total: 5 * MB });
    if (time % 100 === 0) renderer.tick();
  }
  renderer.close();
  for (const { at } of output.writes) {
    const within = output.writes.filter((write) => write.at >= at && write.at < at + 1000);
    assert.ok(within.length <= 10, `${within.length} writes in the second after ${at}`);
  }
  assert.ok(output.writes.length > 30);
});

test("closing removes what is unfinished and keeps what ended since the last redraw", () => {
  const { output, screen, ...renderer } = open();
  start(renderer, 1, "first");
  start(renderer, 2, "second");
  renderer.onEvent({ type: "step-end", id: 1, status: "done" });
  renderer.onEvent({ type: "warning", code: "X", message: "mind this" });
  renderer.close();
  assert.deepEqual(screen(), ["[app] first: done in 0.0s", "warning: mind this"]);
  const writes = output.writes.length;
  renderer.close();
  assert.equal(output.writes.length, writes);
});

test("lines fit terminals of any width, whatever the names hold", () => {
  for (let columns = 1; columns <= 120; columns++) {
    const { output, screen, ...renderer } = open({ columns: Math.max(columns, 1) });
    start(
      renderer,
      1,
      "pack /app/\u6587\u5b57/\u{1f680}/a very long path that does not fit anywhere\nsecond line",
    );
    start(renderer, 2, "upload");
    output.advance(1000);
    renderer.onEvent({ type: "step-progress", id: 1, current: 52 * MB, total: 104 * MB });
    renderer.onEvent({ type: "step-progress", id: 2, current: 3 });
    output.advance(1000);
    renderer.tick();
    if (columns > 1) assert.equal(screen().length, 2, `columns ${columns}: ${JSON.stringify(screen())}`);
    renderer.close();
    assert.deepEqual(columns > 1 ? screen() : [], []);
  }
});

test("more steps than rows are counted instead of drawn", () => {
  const { output, screen, ...renderer } = open({ rows: 6 });
  for (let id = 1; id <= 10; id++) start(renderer, id, `step ${id}`);
  output.advance(200);
  renderer.tick();
  assert.equal(screen().length, 4);
  assert.equal(screen().at(-1), "and 7 more");
});

test("a terminal made narrower while a line is drawn is cleared all the same", () => {
  const { output, size, ...renderer } = open({ columns: 80 });
  start(renderer, 1, "pack");
  output.advance(1000);
  renderer.onEvent({ type: "step-progress", id: 1, current: 1, total: 2 });
  size.columns = 40;
  output.advance(1000);
  renderer.tick();
  assert.ok(output.writes.at(-1)!.text.startsWith("\u001b[2A"));
});

test("colours are used only where they are wanted", () => {
  for (const color of [true, false]) {
    const { output, ...renderer } = open({ color });
    start(renderer, 1, "pack");
    renderer.onEvent({ type: "step-end", id: 1, status: "failed", note: "broken" });
    renderer.close();
    assert.equal(output.text().includes("\u001b[31m"), color);
  }
});

test("what a program says stands above the running steps, a line each, cut to the terminal's width", () => {
  const { output, screen, ...renderer } = open({ columns: 30 });
  renderer.onEvent({ type: "step-start", id: 1, name: "stage build", kind: "run" });
  renderer.onEvent({ type: "step-output", id: 1, line: "#1 RUN \u001b[2Jmake" });
  renderer.onEvent({ type: "step-output", id: 1, line: `#2 ${"x".repeat(40)}` });
  output.advance(400);
  renderer.tick();
  const [first, second, third] = screen();
  assert.deepEqual([first, second], ["  | #1 RUN ?[2Jmake", `  | #2 ${"x".repeat(19)}...`]);
  assert.match(third!, /^stage build .* 0\.4s$/);
});
