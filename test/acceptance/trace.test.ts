import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createSandbox } from "../support/cli.js";
import { startFaultRegistry } from "../support/fault-registry.js";
import { createGate } from "../support/gate.js";
import { createInProcess } from "../support/in-process.js";
import { startLogged } from "../support/logged-registry.js";
import { randomBytes } from "../support/random-image.js";
import { readTrace } from "../support/trace.js";

const build = ["build", "--base", "scratch", "--add", "app:/app", "--progress", "plain"];

function writeApp(folder: string): void {
  mkdirSync(join(folder, "app"));
  for (let index = 0; index < 6; index++)
    writeFileSync(join(folder, "app", `file-${index}`), randomBytes(1_500_000, index));
}

test("--trace writes what each worker, the hasher and each connection did, in Chrome's format", async (t) => {
  const { folder, run } = createInProcess(t);
  const registry = await startLogged(t);
  writeApp(folder);
  const tag = `${registry.host}/app:1`;
  const args = [...build, "-t", tag, "--push", "--compression", "gzip", "--trace", "trace.json", "--timings"];
  const { status, stderr } = await run(args);
  assert.equal(status, 0, stderr);
  assert.deepEqual(readdirSync(folder).sort(), [".gantry", "app", "trace.json"]);
  const lanes = readTrace(readFileSync(join(folder, "trace.json"), "utf8"));
  const named = [...lanes.keys()];
  for (const wanted of ["load", "walk", "layer", "upload", "push"])
    assert.ok(named.includes(`steps: ${wanted}`), wanted);
  const slices = [...lanes].flatMap(([lane, all]) => all.map((slice) => ({ lane, ...slice })));
  const sum = (of: readonly (typeof slices)[number][], key: string) =>
    of.reduce((bytes, { args: { [key]: value = 0 } }) => bytes + Number(value), 0);

  const workers = slices.filter(({ lane }) => lane.startsWith("worker "));
  const [framed, compressed] = ["frame", "compress"].map((name) =>
    workers.filter((slice) => slice.name === name),
  );
  const tarSize = 6 * (512 + 1_500_160) + 512 + 1024;
  assert.equal(sum(framed!, "bytesOut"), tarSize);
  assert.equal(sum(compressed!, "bytesIn"), tarSize);
  const hashed = lanes.get("main thread (hasher)")!.map((slice) => ({ lane: "", ...slice }));
  assert.equal(
    sum(
      hashed.filter(({ name }) => name === "hash raw"),
      "bytes",
    ),
    tarSize,
  );

  const requests = slices.filter(({ cat }) => cat === "request");
  assert.ok(requests.every(({ lane }) => lane.startsWith(`connection to ${registry.host}`)));
  assert.equal(requests.length, registry.log.length);
  assert.equal(
    sum(requests, "bytesSent"),
    registry.log.reduce((bytes, { bytesIn }) => bytes + bytesIn, 0),
  );
  assert.deepEqual(
    requests.map(({ args: { status: answered } }) => String(answered)).sort(),
    registry.log.map((entry) => String(entry.status)).sort(),
  );
  assert.match(stderr, /^PHASE +WALL +SHARE +BUSY +BYTES +RATE$/m);
  assert.match(stderr, new RegExp(`^${registry.host} +${registry.log.length} +\\d+ +\\d`, "m"));
  assert.match(stderr, /^bound by .*: \d+% of the time/m);
});

test("a copy is traced too, and a failure leaves its trace", async (t) => {
  const { folder, run } = createInProcess(t);
  const registry = await startLogged(t);
  const failed = await run(["copy", `${registry.host}/nothing:1`, "oci:out", "--trace", "t.json"]);
  assert.equal(failed.status, 1);
  const lanes = readTrace(readFileSync(join(folder, "t.json"), "utf8"));
  const [read] = lanes.get("steps: base")!;
  assert.equal(read!.args.status, "failed");
  const [asked] = lanes.get(`connection to ${registry.host}`)!;
  assert.deepEqual([asked!.name, asked!.args.status], ["GET /v2/nothing/manifests/1", 404]);
});

test("a trace that cannot be written is refused before anything is read or sent", async (t) => {
  const { folder, run } = createInProcess(t);
  const registry = await startLogged(t);
  writeApp(folder);
  const tagged = [...build, "-t", `${registry.host}/app:1`, "--push", "--trace"];
  const refused: readonly (readonly [string, RegExp])[] = [
    ["missing/t.json", /^gantry: --trace missing\/t\.json: the folder \S+ does not exist\n$/],
    ["app", /^gantry: --trace app is a folder: give the name of a file\n$/],
  ];
  for (const [file, message] of refused) {
    const { status, stderr } = await run([...tagged, file]);
    assert.deepEqual([status, message.test(stderr)], [2, true], stderr);
  }
  assert.equal(registry.log.length, 0);
});

test("spans are no part of rawjson", async (t) => {
  const { folder, run } = createInProcess(t);
  writeApp(folder);
  const { status, stderr } = await run([
    ...build.slice(0, -1),
    "rawjson",
    "-o",
    "type=oci,dest=out",
    "--trace",
    "t.json",
  ]);
  assert.equal(status, 0);
  const types = stderr
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as { type: string }).type);
  assert.deepEqual(
    types.filter((type) => !/^step-(?:start|progress|end)$/.test(type)),
    [],
  );
  readTrace(readFileSync(join(folder, "t.json"), "utf8"));
});

test(
  "an interrupted push leaves a trace with the request that it stood at",
  { skip: process.platform === "win32" && "there are no signals" },
  async (t) => {
    const { folder } = createSandbox(t);
    writeApp(folder);
    const reached = createGate();
    const front = await startFaultRegistry(t, ({ method, path }) => {
      if (method !== "PUT" || !path.includes("/blobs/uploads/")) return undefined;
      reached.open();
      return { silent: true };
    });
    const main = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
    const args = [...build, "-t", `${front.host}/app:1`, "--push", "--trace", "t.json"];
    const env = { PATH: process.env["PATH"], HOME: folder, GANTRY_CACHE_DIR: join(folder, ".gantry") };
    const child = spawn(process.execPath, [main, ...args], { cwd: folder, env, stdio: "ignore" });
    t.after(() => child.kill("SIGKILL"));
    await reached.opened;
    const ended = once(child, "close");
    child.kill("SIGINT");
    assert.equal((await ended)[0], 130);
    const lanes = readTrace(readFileSync(join(folder, "t.json"), "utf8"));
    const put = [...lanes.values()]
      .flat()
      .filter(({ name }) => name.startsWith("PUT /v2/app/blobs/uploads/"));
    assert.ok(put.length > 0);
    assert.ok(put.every(({ name }) => !/_state=(?!REDACTED)/.test(name)));
  },
);
