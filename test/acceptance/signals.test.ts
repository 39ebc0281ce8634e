import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { createSandbox } from "../support/cli.js";
import { startFaultRegistry, type Fault, type Front, type Seen } from "../support/fault-registry.js";
import { createGate } from "../support/gate.js";
import { gone } from "../support/processes.js";
import { randomBytes } from "../support/random-image.js";

const main = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
const skip = process.platform === "win32" && "there are no signals";

interface Running {
  readonly child: ChildProcess;
  readonly front: Front;
  readonly folder: string;
  /** What it wrote to stderr so far. */
  stderr(): string;
  /** How it ended: status or signal. */
  readonly ended: Promise<number | string>;
}

/** A push that stands still at the request that `at` finds; `answer` comes first, where it has one. */
async function startHeld(
  t: TestContext,
  at: (request: Seen) => boolean,
  {
    args: more = () => [],
    fault = { silent: true },
    answer = () => undefined,
    beside,
  }: {
    readonly args?: (host: string, folder: string) => readonly string[];
    readonly fault?: Fault;
    readonly answer?: (request: Seen) => Fault | undefined;
    /** What goes on at the same time and is not held: it is waited for. */
    readonly beside?: (request: Seen) => boolean;
  } = {},
): Promise<Running> {
  const { folder } = createSandbox(t);
  const [reached, passed] = [createGate(), createGate()];
  const front = await startFaultRegistry(t, (request) => {
    if (beside?.(request) === true) passed.open();
    const answered = answer(request);
    if (answered !== undefined || !at(request)) return answered;
    reached.open();
    return fault;
  });
  writeFileSync(join(folder, "file"), randomBytes(300_000, 3));
  const args = [
    "build",
    "--base",
    "scratch",
    "--add",
    "file:/file",
    "-t",
    `${front.host}/app:1`,
    "--push",
    ...more(front.host, folder),
  ];
  const env = {
    PATH: process.env["PATH"],
    HOME: folder,
    GANTRY_CACHE_DIR: join(folder, ".gantry"),
    NO_COLOR: "1",
  };
  const child = spawn(process.execPath, [main, ...args], { cwd: folder, env });
  t.after(() => child.kill("SIGKILL"));
  let stderr = "";
  child.stderr.on("data", (bytes: Buffer) => (stderr += bytes.toString()));
  const ended = once(child, "close").then(([status, signal]) => (status ?? signal) as number | string);
  await reached.opened;
  if (beside !== undefined) await passed.opened;
  return { child, front, folder, stderr: () => stderr, ended };
}

const isUpload = ({ method, path }: Seen) => method === "PUT" && path.includes("/blobs/uploads/");
const isQuestion = ({ method, path }: Seen) => method === "HEAD" && path.includes("/manifests/");

for (const [signal, status] of [
  ["SIGTERM", 143],
  ["SIGHUP", 129],
  ["SIGINT", 130],
] as const) {
  test(
    `G104 ${signal} stops a push like an interrupt: ${status}, one line, the session given back, nothing left`,
    { skip },
    async (t) => {
      const { child, front, folder, stderr, ended } = await startHeld(t, isUpload);
      child.kill(signal);
      assert.equal(await ended, status);
      assert.match(stderr(), /^gantry: interrupted$/m);
      assert.ok(front.seen.some(({ method }) => method === "DELETE"));
      assert.ok(!front.seen.some(({ method, path }) => method === "PUT" && path.includes("/manifests/")));
      assert.deepEqual(unfinished(folder), []);
    },
  );
}

interface Phase {
  readonly name: string;
  readonly at: (request: Seen) => boolean;
  readonly fault?: Fault;
  readonly answer?: (request: Seen) => Fault | undefined;
  readonly args?: (host: string, folder: string) => readonly string[];
  readonly beside?: (request: Seen) => boolean;
}

/** A registry that wants a token from its own host. */
function challenge({ path, headers: { host } }: Seen): Fault | undefined {
  if (!path.startsWith("/v2/")) return undefined;
  const value = `Bearer realm="http://${String(host)}/token",service="test"`;
  return { status: 401, headers: { "www-authenticate": value } };
}

/** Settings by which larger blobs go in chunks. */
function inChunks(host: string, folder: string): readonly string[] {
  const file = join(folder, "registries.json");
  writeFileSync(file, JSON.stringify({ registries: { [host]: { chunk: 65_536 } } }));
  return ["--registries", file];
}

const phases: readonly Phase[] = [
  { name: "it asks what the registry has", at: isQuestion },
  {
    name: "it reads its base",
    at: ({ method, path }) => method === "GET" && path.includes("/base/manifests/"),
    args: (host) => ["--base", `${host}/base:1`],
  },
  {
    name: "it waits for a token",
    at: ({ path }) => path.startsWith("/token"),
    answer: challenge,
  },
  {
    name: "it waits as long as the registry asked for",
    at: ({ method }) => method === "POST",
    fault: { status: 429, headers: { "retry-after": "60" } },
  },
  {
    name: "a chunk is on its way",
    at: ({ method }) => method === "PATCH",
    args: inChunks,
    // The configuration is small, and goes in one piece.
    beside: ({ method }) => method === "PUT",
  },
  { name: "a tag is put", at: ({ method, path }) => method === "PUT" && path.endsWith("/manifests/1") },
];
for (const { name, at, ...options } of phases) {
  test(`G103 an interrupt while ${name} ends with 130, and nothing is left`, { skip }, async (t) => {
    const { child, front, folder, stderr, ended } = await startHeld(t, at, options);
    const before = front.seen.length;
    child.kill("SIGINT");
    assert.equal(await ended, 130);
    assert.match(stderr(), /^gantry: interrupted$/m);
    assert.deepEqual(unfinished(folder), []);
    const after = front.seen.slice(before).map(({ method }) => method);
    assert.ok(!after.some((method) => method === "PUT" || method === "PATCH"), after.join());
    assert.equal(after.includes("DELETE"), name === "a chunk is on its way", "the session is given back");
  });
}

test(
  "G104 a reader that goes away before the last word is no error of ours: no stack, no message",
  { skip },
  async (t) => {
    const { folder, gantry } = createSandbox(t);
    mkdirSync(join(folder, "many"));
    for (let count = 0; count < 300; count++) writeFileSync(join(folder, "many", `${count}`), `${count}`);
    await gantry("build", "--base", "scratch", "--add", "many:/many", "-t", "app:1");
    const script = `"$0" "$1" inspect --json store:app:1 | true; echo "status \${PIPESTATUS[0]}"`;
    const env = { ...process.env, HOME: folder, GANTRY_CACHE_DIR: join(folder, ".gantry") };
    const child = spawn("bash", ["-c", script, process.execPath, main], { cwd: folder, env });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (bytes: Buffer) => (stdout += bytes.toString()));
    child.stderr.on("data", (bytes: Buffer) => (stderr += bytes.toString()));
    await once(child, "close");
    assert.equal(stderr, "");
    assert.match(stdout, /status (0|141)/);
  },
);

test(
  "G104 a push whose output nobody reads any more stops like an interrupt: 141, no tag moved, nothing left",
  { skip },
  async (t) => {
    const read = createGate();
    const { child, front, folder, ended } = await startHeld(t, isUpload, {
      args: () => ["--progress", "rawjson"],
      fault: { hold: read.opened },
      // Only its output tells that nobody listens: this is where it would wait for ever.
      answer: ({ method, path }) =>
        method === "PUT" && path.includes("/manifests/") ? { silent: true } : undefined,
    });
    child.stdout!.destroy();
    child.stderr!.destroy();
    read.open();
    assert.equal(await ended, 141);
    assert.ok(!front.seen.some(({ method, path }) => method === "PUT" && path.endsWith("/manifests/1")));
    assert.deepEqual(unfinished(folder), []);
  },
);

test("G104 a command whose parent died ends by itself, and no process stays", { skip }, async (t) => {
  const { folder } = createSandbox(t);
  writeFileSync(join(folder, "file"), randomBytes(2_000_000, 3));
  // The shell starts gantry, says its number and is gone.
  const script = `"$0" "$1" build --base scratch --add file:/file --compression gzip -t app:1 >out 2>err & echo $!`;
  const env = { ...process.env, HOME: folder, GANTRY_CACHE_DIR: join(folder, ".gantry") };
  const shell = spawn("bash", ["-c", script, process.execPath, main], {
    cwd: folder,
    env,
    stdio: ["ignore", "pipe", "ignore"],
  });
  let printed = "";
  shell.stdout.on("data", (bytes: Buffer) => (printed += bytes.toString()));
  await once(shell, "close");
  const pid = Number(printed);
  await gone(pid);
  assert.match(readFileSync(join(folder, "err"), "utf8"), /^app is in the local store/m);
  assert.match(readFileSync(join(folder, "out"), "utf8"), /^app@sha256:[0-9a-f]{64}$/m);
  assert.deepEqual(unfinished(folder), []);
});

/** Files of the cache that nobody finished. */
function unfinished(folder: string): string[] {
  const cache = join(folder, ".gantry");
  if (!existsSync(cache)) return [];
  return (readdirSync(cache, { recursive: true }) as string[]).filter((path) =>
    /(^|\/)tmp\/.|\.tmp$/.test(path),
  );
}
