import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import * as api from "../../src/index.js";
import { startFaultRegistry } from "../support/fault-registry.js";
import { ownOptions, type OwnOptions } from "../support/own-options.js";
import { randomBytes } from "../support/random-image.js";

type Options = OwnOptions & { readonly signal: AbortSignal };
type Call = (options: Options, host: string) => Promise<unknown>;

const request = (host: string) => ({
  base: "scratch",
  files: { "/file": "file" },
  name: "app",
  tags: [`${host}/app:1`],
});

/** Those that ask a registry. */
const remote: Readonly<Record<string, Call>> = {
  "build, on a base": (options, host) => api.build({ ...request(host), base: `${host}/base:1` }, options),
  "build, to a registry": (options, host) =>
    api.build(request(host), { ...options, outputs: [{ type: "registry" }] }),
  plan: (options, host) => api.plan({ ...request(host), base: `${host}/base:1` }, options),
  copy: (options, host) => api.copy(`${host}/app:1`, "oci:copied", options),
  push: (options, host) => api.push(`${host}/stored:1`, [], options),
  createIndex: (options, host) =>
    api.createIndex({ ...options, tags: [`${host}/index:1`], from: [`${host}/app:1`] }),
  inspect: (options, host) => api.inspect(`${host}/app:1`, options),
  listTags: (options, host) => api.listTags(`${host}/app`, options),
  listReferrers: (options, host) => api.listReferrers(`${host}/app:1`, options),
  login: (options, host) => api.login({ ...options, registry: host, username: "a", password: "b" }),
  "a place's source": async (options, host) => {
    await using place = await api.openPlace(`${host}/app:1`, options);
    return await api.readArtifact(await place.source(), place.name, options);
  },
};

/** Those that stay on this machine. */
const local: Readonly<Record<string, Call>> = {
  listImages: (options) => api.listImages(options),
  removeImages: (options) => api.removeImages(["stored:1"], options),
  listCache: (options) => api.listCache(options),
  verifyCache: (options) => api.verifyCache(options),
  pruneCache: (options) => api.pruneCache(options),
  collectGarbage: (options) => api.collectGarbage(join(options.system.cwd, "registry"), options),
  logout: (options, host) => api.logout(host, options),
  openPlace: (options, host) => api.openPlace(`${host}/app:1`, options),
};

/** A folder with a file, an image in the store under a name of the host, and the options that lead to them. */
async function createRoom(t: TestContext, host: string): Promise<OwnOptions> {
  const options = await ownOptions(t);
  writeFileSync(join(options.system.cwd, "file"), randomBytes(100_000, 4));
  await api.build({ ...request(host), tags: [`${host}/stored:1`] }, options);
  return options;
}

for (const [name, call] of Object.entries({ ...remote, ...local })) {
  test(`G106 ${name} rejects with the reason of a signal that has aborted, and asks for nothing`, async (t) => {
    const front = await startFaultRegistry(t);
    const options = await createRoom(t, front.host);
    const reason = new Error("no longer wanted");
    await assert.rejects(call({ ...options, signal: AbortSignal.abort(reason) }, front.host), reason);
    assert.deepEqual(front.seen, []);
  });
}

for (const [name, call] of Object.entries(remote)) {
  test(`G106 ${name} that waits for a registry rejects with the reason when the signal aborts`, async (t) => {
    const controller = new AbortController();
    const reason = new Error("no longer wanted");
    const front = await startFaultRegistry(t, () => {
      controller.abort(reason);
      return { silent: true };
    });
    const options = await createRoom(t, front.host);
    const folders = () => readdirSync(options.system.cwd).sort();
    const before = folders();
    await assert.rejects(call({ ...options, signal: controller.signal }, front.host), reason);
    assert.deepEqual(getEventListeners(controller.signal, "abort"), []);
    assert.deepEqual(folders(), before);
  });
}

/** What would be left over: handles of the process, and its open files where the system lists them. */
function held(): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  const ours = ["TCPSocketWrap", "Timeout", "MessagePort", "Worker", "FSReqPromise", "ProcessWrap"];
  for (const name of process.getActiveResourcesInfo()) {
    if (ours.includes(name)) counts[name] = (counts[name] ?? 0) + 1;
  }
  if (process.platform === "linux") counts["files"] = readdirSync("/proc/self/fd").length;
  return counts;
}

async function settled(
  expected: Readonly<Record<string, number>>,
): Promise<Readonly<Record<string, number>>> {
  for (let turn = 0; turn < 2000 && JSON.stringify(held()) !== JSON.stringify(expected); turn++)
    await new Promise((resolve) => setImmediate(resolve));
  return held();
}

/** Calls all functions in turn, each aborted at its first, second, … sixth request or not at all; how they ended. */
async function callInTurn(t: TestContext, turns: number): Promise<Readonly<Record<string, number>>> {
  const ends: (() => Promise<void> | void)[] = [];
  let controller = new AbortController();
  let countdown = Number.POSITIVE_INFINITY;
  const front = await startFaultRegistry({ after: (end) => void ends.push(end) }, () => {
    if (controller.signal.aborted || countdown-- > 0) return undefined;
    controller.abort();
    return { silent: true };
  });
  const options = await createRoom(t, front.host);
  const shared = { ...options, signal: new AbortController().signal };
  for (const repository of ["app", "base"]) {
    const tags = [`${front.host}/${repository}:1`];
    await api.build({ ...request(front.host), tags }, { ...shared, outputs: [{ type: "registry" }] });
  }
  const calls = Object.values(remote);
  const outcomes: Record<string, number> = {};
  for (let turn = 0; turn < turns; turn++) {
    controller = new AbortController();
    countdown = Math.floor(turn / calls.length) % 6;
    const { signal } = controller;
    const outcome = await calls[turn % calls.length]!({ ...options, signal }, front.host).then(
      () => "done",
      (error: Error) => (error.name === "AbortError" ? error.name : error.message),
    );
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    assert.deepEqual(getEventListeners(signal, "abort"), []);
  }
  assert.equal(getEventListeners(shared.signal, "abort").length, 0);
  // The servers' own ends of connections are none of the library's.
  for (const end of ends.reverse()) await end();
  return outcomes;
}

test("G106 a thousand calls, most of them aborted at some request, leave no socket, file, timer, thread or listener", async (t) => {
  await callInTurn(t, 20); // what is loaded and kept for good is there now
  const before = await settled({});
  const { AbortError = 0, done = 0, ...others } = await callInTurn(t, 1000);
  assert.deepEqual(await settled(before), before);
  assert.deepEqual(others, {});
  assert.ok(AbortError > 300 && done > 300, `${AbortError} aborted, ${done} done`);
});
