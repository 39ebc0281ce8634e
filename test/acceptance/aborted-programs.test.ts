import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { build, inspect, login, type BuildOptions } from "../../src/index.js";
import { startFront } from "../support/fault-registry.js";
import { createGate } from "../support/gate.js";
import { ownOptions, type OwnOptions } from "../support/own-options.js";
import { gone, written } from "../support/processes.js";
import { randomBytes } from "../support/random-image.js";

const main = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
const skip = process.platform === "win32" && "its programs are no shell scripts";

interface Stuck {
  readonly own: OwnOptions;
  /** Where the program writes its number. */
  readonly pid: string;
  /** A registry that wants a password. */
  readonly host: string;
}

/** A docker, and a credential helper named in docker's configuration, that neither read nor answer. */
async function withStuckPrograms(t: TestContext): Promise<Stuck> {
  const { system, cacheDir } = await ownOptions(t);
  const [folder, pid] = [system.cwd, join(system.cwd, "pid")];
  for (const name of ["docker", "docker-credential-stuck"])
    writeFileSync(join(folder, name), `#!/bin/sh\necho $$ >${pid}\nexec sleep 600\n`, { mode: 0o755 });
  mkdirSync(join(folder, ".docker"));
  writeFileSync(join(folder, ".docker", "config.json"), '{"credsStore":"stuck"}');
  writeFileSync(join(folder, "file"), randomBytes(3_000_000, 1));
  const challenge = { "www-authenticate": 'Basic realm="test"' };
  const { host } = await startFront(t, undefined, ({ headers }) =>
    headers["authorization"] === undefined ? { status: 401, headers: challenge } : { status: 200 },
  );
  const env = { PATH: `${folder}:${process.env.PATH}`, HOME: folder };
  return { own: { cacheDir, system: { ...system, env } }, pid, host };
}

/** The call ends with the signal's reason, and the program it waited for with it. */
async function assertEnds(pid: string, call: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
  const controller = new AbortController();
  const ended = assert.rejects(call(controller.signal), (error) => error === controller.signal.reason);
  const program = Number(await written(pid));
  controller.abort(new Error("my own"));
  await ended;
  await gone(program);
}

test("G106 a credential helper that hangs ends with the call that is aborted", { skip }, async (t) => {
  const { own, pid, host } = await withStuckPrograms(t);
  await assertEnds(pid, (signal) => inspect(`${host}/app:1`, { ...own, signal }));
});

test("G106 a credential helper that hangs while it stores ends with a login", { skip }, async (t) => {
  const { own, pid, host } = await withStuckPrograms(t);
  await assertEnds(pid, (signal) => login({ registry: host, username: "u", password: "p", ...own, signal }));
});

const request = { base: "scratch", files: { "/file": "file" }, tags: ["app:1"] };

test("G106 an engine that takes nothing ends with the build that is aborted", { skip }, async (t) => {
  const { own, pid } = await withStuckPrograms(t);
  const outputs = [{ type: "load", engine: "docker" }] as const;
  await assertEnds(pid, (signal) => build(request, { ...own, outputs, signal }));
});

test("G106 a build to a stream that takes nothing ends when it is aborted", { skip }, async (t) => {
  const { own } = await withStuckPrograms(t);
  const controller = new AbortController();
  const reached = createGate();
  const stdout = new Writable({ write: () => reached.open() });
  const options: BuildOptions = {
    cacheDir: own.cacheDir,
    system: { ...own.system, stdout: () => stdout },
    outputs: [{ type: "docker", dest: "-" }],
    signal: controller.signal,
  };
  const ended = assert.rejects(build(request, options), { name: "AbortError" });
  await reached.opened;
  controller.abort();
  await ended;
  assert.equal(stdout.listenerCount("error"), 0);
});

test(
  "G104 an interrupt while a credential helper hangs ends with 130 and leaves no helper",
  { skip },
  async (t) => {
    const { own, pid, host } = await withStuckPrograms(t);
    const child = spawn(process.execPath, [main, "inspect", `${host}/app:1`], {
      cwd: own.system.cwd,
      env: own.system.env,
      stdio: "ignore",
    });
    const helper = Number(await written(pid));
    child.kill("SIGINT");
    assert.deepEqual(await once(child, "close"), [130, null]);
    await gone(helper);
  },
);
