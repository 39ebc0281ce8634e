import assert from "node:assert/strict";
import { createRequire, syncBuiltinESMExports } from "node:module";
import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { build } from "../../src/index.js";
import type { OnSpan, SpanEnd } from "../../src/index.js";
import { createWorkerPool } from "../../src/layer/pool.js";
import { cutSegments } from "../../src/layer/segments.js";
import { createSandbox } from "../support/cli.js";
import { ownOptions } from "../support/own-options.js";
import { randomBytes } from "../support/random-image.js";

const threads = createRequire(import.meta.url)("node:worker_threads") as { Worker: typeof Worker };

const deaths: readonly (readonly [how: string, die: (worker: Worker) => void, message: RegExp])[] = [
  ["ends without a word", (worker) => void worker.terminate(), /a worker thread died: it ended with \d/],
  [
    "throws what nobody catches",
    (worker) => {
      worker.emit("error", new Error("out of memory"));
      void worker.terminate();
    },
    /a worker thread died: out of memory/,
  ],
];
for (const [how, die, message] of deaths) {
  test(`G107 a worker thread that ${how} fails the build with the cause`, async (t) => {
    const { postMessage } = threads.Worker.prototype;
    threads.Worker.prototype.postMessage = function (this: Worker) {
      die(this);
    };
    syncBuiltinESMExports();
    t.after(() => {
      threads.Worker.prototype.postMessage = postMessage;
      syncBuiltinESMExports();
    });
    const options = await ownOptions(t);
    writeFileSync(join(options.system.cwd, "file"), randomBytes(9_000_000, 2));
    const request = { base: "scratch", files: { "/file": "file" }, compression: "gzip", name: "app" };
    await assert.rejects(build(request, options), (error: Error & { code: string }) => {
      assert.equal(error.code, "ERR_GANTRY_INTERNAL");
      assert.match(error.message, message);
      return true;
    });
  });
}

/** Code that every thread of a command runs first. */
function preload(folder: string, code: string): Readonly<Record<string, string>> {
  const file = join(folder, "preload.cjs");
  writeFileSync(file, `const threads = require("node:worker_threads");\n${code}`);
  return { NODE_OPTIONS: `--require=${file}` };
}

const packing = "build --base scratch --add file:/file --compression gzip -o type=oci,dest=out".split(" ");

for (const [what, code, cause] of [
  ["throws", 'throw new Error("a fault of its own");', /a worker thread died: a fault of its own/],
  [
    "needs more memory than it may have",
    "const all = []; for (;;) all.push(new Array(1e5).fill(all.length));",
    /a worker thread died: .*memory/,
  ],
] as const) {
  test(`G107 a command whose worker thread ${what} ends with 1 and the cause, and leaves nothing`, async (t) => {
    const { folder, run } = createSandbox(t);
    writeFileSync(join(folder, "file"), randomBytes(4_000_000, 2));
    const act = `threads.parentPort?.on("message", () => { ${code} });`;
    const env = preload(folder, act);
    const limited = { NODE_OPTIONS: `${env["NODE_OPTIONS"]} --max-old-space-size=40` };
    const { status, stdout, stderr } = await run(packing, { env: limited });
    assert.deepEqual([status, stdout], [1, ""]);
    assert.match(stderr, cause);
    assert.deepEqual(readdirSync(join(folder, ".gantry", "store", "tmp")), []);
    assert.equal(existsSync(join(folder, "out")), false);
  });
}

test("G107 a layer much larger than the memory it may have is packed within it", async (t) => {
  const { folder, run } = createSandbox(t);
  const size = 600 * 1024 * 1024;
  // Sparse: it costs neither disk nor time to make, and is read like any other.
  truncateSync((writeFileSync(join(folder, "file"), ""), join(folder, "file")), size);
  const told = join(folder, "peak");
  const act = `if (threads.isMainThread) process.on("exit", () =>
    require("node:fs").writeFileSync(${JSON.stringify(told)}, String(process.resourceUsage().maxRSS)));`;
  const { status, stderr } = await run(packing, { env: preload(folder, act) });
  assert.equal(status, 0, stderr);
  const peak = Number(readFileSync(told, "utf8")) * 1024;
  assert.ok(peak > 1024 * 1024 && peak < 256 * 1024 * 1024, `${peak} bytes at most`);
});

test("every job is a span of its thread, or of the main one, with what went in and out", async (t) => {
  const told: { lane: string; name: string; end: SpanEnd }[] = [];
  const onSpan: OnSpan = ({ lane, name }) => ({
    phase: () => undefined,
    end: (end = {}) => void told.push({ lane, name, end }),
  });
  const pool = createWorkerPool(2, { onSpan });
  t.after(() => pool.close());
  const compression = { type: "gzip", level: 1 } as const;
  const bytes = Buffer.alloc(3_000_000);
  const entry = {
    path: "a",
    type: "file",
    mode: 0o644,
    uid: 0,
    gid: 0,
    mtime: 0,
    size: bytes.length,
  } as const;
  const segments = [...cutSegments([{ ...entry, bytes: { type: "inline", bytes } }])];
  const framed = await Promise.all(segments.map((segment) => pool.frame(segment, compression)));
  pool.frameHere(segments[0]!, { type: "none", level: 0 });
  const here = told.pop()!;
  assert.deepEqual([here.lane, here.name, Object.keys(here.end.took!)], ["main thread", "a", ["frame"]]);
  assert.equal(told.length, segments.length);
  assert.ok(told.every(({ lane, end }) => /^worker \d+$/.test(lane) && end.took!.compress! >= 0));
  const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0);
  assert.equal(sum(told.map(({ end }) => end.bytesIn!)), sum(segments.map(({ size }) => size)));
  assert.equal(sum(told.map(({ end }) => end.bytesOut!)), sum(framed.map(({ packed }) => packed.length)));
});

test("a program's own thread that loads the library hears its own messages alone, and ends", async () => {
  const library = new URL("../../src/index.js", import.meta.url).href;
  const code = `
    const { parentPort } = require("node:worker_threads");
    import(${JSON.stringify(library)}).then(() => {
      parentPort.once("message", (message) => parentPort.postMessage("heard " + message));
      parentPort.postMessage("loaded");
    });`;
  const worker = new Worker(code, { eval: true });
  const heard: unknown[] = [];
  worker.on("message", (message) => {
    heard.push(message);
    if (message === "loaded") worker.postMessage("hello");
  });
  const [status] = (await once(worker, "exit")) as [number];
  assert.deepEqual([status, heard], [0, ["loaded", "heard hello"]]);
});
