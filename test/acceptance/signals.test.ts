import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { createSandbox } from "../support/cli.js";
import { startFaultRegistry, type Front, type Seen } from "../support/fault-registry.js";
import { createGate } from "../support/gate.js";
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

/** A push that stands still at the request that `at` finds. */
async function startHeld(t: TestContext, at: (request: Seen) => boolean): Promise<Running> {
  const { folder } = createSandbox(t);
  const reached = createGate();
  const front = await startFaultRegistry(t, (request) => {
    if (!at(request)) return undefined;
    reached.open();
    return { silent: true };
  });
  writeFileSync(join(folder, "file"), randomBytes(300_000, 3));
  const args = ["build", "--base", "scratch", "--add", "file:/file", "-t", `${front.host}/app:1`, "--push"];
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

test(
  "G103 an interrupt before anything is sent ends with 130 and asks for nothing more",
  { skip },
  async (t) => {
    const { child, front, ended } = await startHeld(t, isQuestion);
    child.kill("SIGINT");
    assert.equal(await ended, 130);
    assert.ok(front.seen.every((request) => isQuestion(request)));
  },
);

test(
  "G104 a reader that goes away is no error of ours: no stack, no message, the work is done",
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
  while (isRunning(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
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

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
