import assert from "node:assert/strict";
import { createRequire, syncBuiltinESMExports } from "node:module";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Worker } from "node:worker_threads";
import { build } from "../../src/index.js";
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

test("G107 a layer much larger than the heap is packed within it", async (t) => {
  const { folder, run } = createSandbox(t);
  writeFileSync(join(folder, "file"), randomBytes(120_000_000, 2));
  const args = [
    "build",
    "--base",
    "scratch",
    "--add",
    "file:/file",
    "--compression",
    "gzip",
    "-o",
    "type=oci,dest=out",
  ];
  const { status, stderr } = await run(args, { env: { NODE_OPTIONS: "--max-old-space-size=40" } });
  assert.equal(status, 0, stderr);
});
