import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { GantryError } from "../../../src/index.js";
import { openProgress } from "../../../src/cli/progress/open.js";
import type { Listeners } from "../../../src/cli/progress/open.js";
import { Exit } from "../../../src/cli/terminal.js";
import { fakeTerminal } from "../fake-terminal.js";

const oneStep = async ({ onEvent }: Listeners): Promise<string> => {
  const tell = onEvent as (event: object) => void;
  tell({ type: "step-start", id: 7, image: "app", name: "pack /app", kind: "layer" });
  tell({ type: "step-progress", id: 7, current: 2000 });
  tell({ type: "step-end", id: 7, status: "done", note: "sha256:12" });
  return "built";
};

test("progress is bars on a terminal and lines elsewhere, unless told otherwise", () => {
  const modeOf = (isTTY: boolean, env: Record<string, string>, progress?: "plain" | "quiet") =>
    openProgress(progress === undefined ? {} : { progress }, fakeTerminal({ isTTY, env }).terminal).mode;
  assert.equal(modeOf(true, {}), "tty");
  assert.equal(modeOf(false, {}), "plain");
  assert.equal(modeOf(true, { TERM: "dumb" }), "plain");
  assert.equal(modeOf(true, {}, "quiet"), "quiet");
  assert.equal(modeOf(true, { BUILDKIT_PROGRESS: "rawjson" }), "rawjson");
  assert.equal(modeOf(true, { BUILDKIT_PROGRESS: "rawjson" }, "plain"), "plain");
  assert.throws(() => modeOf(true, { BUILDKIT_PROGRESS: "fancy" }), {
    code: "ERR_GANTRY_USAGE",
    message: /BUILDKIT_PROGRESS is "fancy"/,
  });
});

test("rawjson writes each event as one line of JSON with its time", async () => {
  const { terminal, written } = fakeTerminal();
  assert.equal(await openProgress({ progress: "rawjson" }, terminal).during(oneStep), "built");
  const lines = written()
    .stderr.trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(
    lines.map(({ type }) => type),
    ["step-start", "step-progress", "step-end"],
  );
  assert.deepEqual(
    lines.map(({ time }) => new Date(time as string).toISOString() === time),
    [true, true, true],
  );
});

test("rawjson ends a failure with its code, and nothing but JSON", async () => {
  const { terminal, written } = fakeTerminal();
  const failing = openProgress({ progress: "rawjson" }, terminal).during(async () => {
    throw new GantryError("ERR_GANTRY_NOT_FOUND", "no such image");
  });
  await assert.rejects(failing, (error) => error instanceof Exit && error.status === 1);
  const { time: _, ...rest } = JSON.parse(written().stderr) as Record<string, unknown>;
  assert.deepEqual(rest, { type: "error", code: "ERR_GANTRY_NOT_FOUND", message: "no such image" });
});

test("quiet writes no progress", async () => {
  const { terminal, written } = fakeTerminal();
  await openProgress({ progress: "quiet" }, terminal).during(oneStep);
  assert.deepEqual(written(), { stdout: "", stderr: "" });
});

test("--timings ends with a table of the steps, also when the work fails", async () => {
  const { terminal, written } = fakeTerminal();
  const failing = openProgress({ progress: "quiet", timings: true }, terminal).during(async (listeners) => {
    await oneStep(listeners);
    throw new Error("broken");
  });
  await assert.rejects(failing, /broken/);
  const [, head = "", row = "", all = ""] = written().stderr.split("\n");
  assert.match(head, /^STEP +BEGAN +TOOK +BYTES +RATE +RESULT$/);
  assert.match(row, /^\[app\] pack \/app +\d+\.\ds +\d+\.\ds +2\.0 kB .*sha256:12$/);
  assert.match(all, /^all +\d+\.\ds$/);
});

test("spans are asked for only where timings or a trace are", async () => {
  const { terminal } = fakeTerminal();
  const listens = (flags: { timings?: boolean }) =>
    openProgress({ progress: "quiet", ...flags }, terminal).during(
      async (listeners) => "onSpan" in listeners,
    );
  assert.deepEqual([await listens({}), await listens({ timings: true })], [false, true]);
});

test("a trace that proves unwritable fails the command, or is told beside the failure", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "gantry-trace-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const { terminal, written } = fakeTerminal({ cwd: folder });
  const trace = join("gone", "t.json");
  const vanishing = (ends: () => string) => {
    mkdirSync(join(folder, "gone"), { recursive: true });
    return openProgress({ progress: "plain", trace }, terminal).during(async () => {
      rmSync(join(folder, "gone"), { recursive: true });
      return ends();
    });
  };
  await assert.rejects(
    vanishing(() => "built"),
    { code: "ERR_GANTRY_OUTPUT", message: /^writing \S+t\.json: ENOENT/ },
  );
  const failing = () => {
    throw new Error("broken");
  };
  await assert.rejects(vanishing(failing), /^Error: broken$/);
  assert.match(written().stderr, /^warning: writing \S+t\.json: ENOENT/);
});
