import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createRegistry } from "../../src/registry.js";
import { createSandbox } from "../support/cli.js";
import { createInProcess } from "../support/in-process.js";
import type { GantryEvent } from "../../src/index.js";

type Line = GantryEvent & { readonly time: string };

test("stdout carries only repository@digest, stderr everything else, and quiet prints digests only", async (t) => {
  const { folder, run } = createSandbox(t);
  const registry = await createRegistry();
  t.after(() => registry.close());
  const { host } = registry;
  writeFileSync(join(folder, "hello"), "hello\n");
  const build = ["build", "--base", "scratch", "--add", "hello:/hello", "--push"];
  const tags = [`${host}/one:1`, `${host}/one:2`, `${host}/team/two:1`];
  const plain = await run([...build, ...tags.flatMap((tag) => ["-t", tag])]);
  assert.equal(plain.status, 0, plain.stderr);
  const digest = /sha256:[0-9a-f]{64}/.exec(plain.stdout)![0];
  assert.equal(plain.stdout, `${host}/one@${digest}\n${host}/team/two@${digest}\n`);
  assert.match(plain.stderr, new RegExp(`^\\[one\\] upload sha256:[0-9a-f]{12} to ${host}.*: done in`, "m"));
  assert.equal(plain.stderr.includes("\u001b"), false, "plain lines move no cursor");

  const quietly = ["--progress", "quiet"];
  const commands = [
    [...build, "-t", tags[0]!, ...quietly],
    ["copy", tags[0]!, `${host}/three:1`, `${host}/four:1`, ...quietly],
    ["copy", tags[0]!, "store:kept", ...quietly],
    ["push", "kept", `${host}/five:1`, ...quietly],
  ];
  for (const command of commands) {
    assert.deepEqual(await run(command), { status: 0, stdout: `${digest}\n`, stderr: "" }, command.join(" "));
  }
});

test("several images give their lines in the spec's order, and quiet gives a digest for each", async (t) => {
  const { folder, run } = createInProcess(t);
  const images = ["one", "two"].map((name) => ({ name, files: { "/name": { content: name } } }));
  writeFileSync(join(folder, "gantry.config.json"), JSON.stringify({ images }));
  const { stdout } = await run(["build"]);
  assert.match(stdout, /^one@sha256:[0-9a-f]{64}\ntwo@sha256:[0-9a-f]{64}\n$/);
  const quiet = await run(["build", "--progress", "quiet"]);
  assert.deepEqual(quiet, { status: 0, stdout: stdout.replace(/^\w+@/gm, ""), stderr: "" });
});

test("rawjson is JSON lines on stderr: every step begins and ends once, a failure is the last line", async (t) => {
  const { folder, run } = createInProcess(t);
  const registry = await createRegistry();
  t.after(() => registry.close());
  mkdirSync(join(folder, "app"));
  writeFileSync(join(folder, "app/main"), "x".repeat(100_000));
  const tag = `${registry.host}/app:1`;
  const args = ["build", "--base", "scratch", "--add", "app:/app", "--progress", "rawjson", "--timings"];
  const built = await run([...args, "-t", tag, "--push"]);
  assert.match(built.stdout, /^127\.0\.0\.1:\d+\/app@sha256:[0-9a-f]{64}\n$/);
  const events = linesOf(built.stderr);
  const begun = events.flatMap((event) => (event.type === "step-start" ? [event.id] : []));
  const ended = events.flatMap((event) => (event.type === "step-end" ? [event.id] : []));
  assert.deepEqual(sorted(ended), sorted(begun));
  assert.equal(new Set(begun).size, begun.length);
  const kinds = new Set(events.flatMap((event) => (event.type === "step-start" ? [event.kind] : [])));
  assert.deepEqual(
    ["layer", "upload", "push"].filter((kind) => !kinds.has(kind as never)),
    [],
  );
  for (const { time } of events) assert.equal(new Date(time).toISOString(), time);

  await registry.close();
  const failed = await run(["copy", `${registry.host}/app:1`, "oci:out", "--progress", "rawjson"]);
  assert.equal(failed.status, 1);
  const { type, code } = linesOf(failed.stderr).at(-1) as unknown as Record<string, unknown>;
  assert.deepEqual([failed.stdout, type, code], ["", "error", "ERR_GANTRY_NETWORK"]);
});

test("--timings ends with a table of the steps and their times, whatever the command and however it ends", async (t) => {
  const { folder, run } = createInProcess(t);
  const registry = await createRegistry();
  t.after(() => registry.close());
  writeFileSync(join(folder, "hello"), "hello\n");
  const tag = `${registry.host}/app:1`;
  const args = ["build", "--base", "scratch", "--add", "hello:/hello", "-t", tag, "--push", "--timings"];
  for (const mode of ["plain", "quiet"]) {
    const { stderr } = await run([...args, "--progress", mode]);
    const table = tableOf(stderr);
    assert.match(table[0]!, /^STEP +BEGAN +TOOK +BYTES +RATE +RESULT$/);
    assert.equal(table.filter((line) => /^\[app\] pack files.* \d[\d.]*m?s /.test(line)).length, 1, stderr);
    assert.match(table.at(-1)!, /^all +\d[\d.]*m?s$/);
  }
  const copied = await run(["copy", tag, `${registry.host}/other:1`, "--timings"]);
  assert.equal(tableOf(copied.stderr).filter((line) => line.startsWith("read 127.")).length, 1);
  const failed = await run(["copy", `${registry.host}/nothing:1`, "oci:out", "--timings"]);
  assert.equal(failed.status, 1);
  assert.match(failed.stderr, /^read 127\S+ .* failed$[^]*^all [^]*^gantry: /m);
});

function linesOf(text: string): readonly Line[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
}

function tableOf(text: string): readonly string[] {
  const lines = text.split("\n");
  const from = lines.findIndex((line) => line.startsWith("STEP "));
  const to = lines.findIndex((line) => line.startsWith("all "));
  assert.ok(from >= 0 && to > from, text);
  return lines.slice(from, to + 1).map((line) => line.trimEnd());
}

function sorted(numbers: readonly number[]): readonly number[] {
  return [...numbers].sort((a, b) => a - b);
}
