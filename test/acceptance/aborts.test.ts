import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import * as api from "../../src/index.js";
import { startFaultRegistry, type Fault, type Seen } from "../support/fault-registry.js";
import { ownOptions } from "../support/own-options.js";
import { randomBytes, randomImage } from "../support/random-image.js";

interface Io {
  readonly signal: AbortSignal;
}
type Calls = Readonly<Record<string, (io: Io) => Promise<unknown>>>;

interface Bench {
  /** Every public function that asks a registry; the registry never answers what they need. */
  readonly asking: Calls;
  /** Every other public function that does something. */
  readonly local: Calls;
  /** Requests that have come so far. */
  requests(): number;
}

/** No answer, a wait of a minute, or a token server that does one of the two. */
function hold({ path, headers: { host } }: Seen): Fault {
  const token = (kind: string) => `Bearer realm="http://${String(host)}/token/${kind}",service="test"`;
  if (path.includes("/busy")) return { status: 429, headers: { "retry-after": "60" } };
  for (const kind of ["later", "silent"])
    if (path.startsWith(`/v2/${kind}/`)) return { status: 401, headers: { "www-authenticate": token(kind) } };
  if (path.startsWith("/token/later")) return { status: 503, headers: { "retry-after": "60" } };
  return { silent: true };
}

async function createBench(t: TestContext): Promise<Bench> {
  const own = await ownOptions(t);
  const { cwd } = own.system;
  const { host, seen, strike } = await startFaultRegistry(t);
  const name = `${host}/app:1`;
  const [registry, layout] = [{ type: "registry" }, { type: "oci", dest: "layout" }] as const;
  mkdirSync(join(cwd, "server"));
  writeFileSync(join(cwd, "file"), randomBytes(1000, 3));
  writeFileSync(join(cwd, "gantry.config.json"), "{}");
  const request = { base: "scratch", files: { "/file": "file" }, name: "app", tags: [name] };
  const platforms = ["linux/amd64", "linux/arm64"];
  await api.build({ ...request, platforms }, { ...own, outputs: [registry, layout, { type: "store" }] });
  const server = await api.createRegistry({ dir: join(cwd, "server") });
  await api.copy("oci:layout", `${server.host}/app:1`, own);
  await server.close();
  const place = await api.openPlace(name, own);
  t.after(() => place[Symbol.asyncDispose]());
  const source = await place.source();
  const index = await api.readArtifact(source, place.name);
  strike(hold);

  const onBase = { ...request, base: name, tags: [] };
  const asking: Calls = {
    "build on a base": (io) => api.build(onBase, { ...own, ...io }),
    "build of two images": (io) => api.build([onBase, { ...onBase, name: "b" }], { ...own, ...io }),
    "build to a registry": (io) => api.build(request, { ...own, ...io, outputs: [registry] }),
    "build with a cache": (io) =>
      api.build(
        { ...request, tags: [], compression: "gzip" },
        { ...own, ...io, cacheFrom: [name], noCache: true },
      ),
    plan: (io) => api.plan(onBase, { ...own, ...io }),
    "copy from": (io) => api.copy(name, "oci:copied", { ...own, ...io }),
    "copy to": (io) => api.copy("oci:layout", name, { ...own, ...io }),
    push: (io) => api.push(name, [], { ...own, ...io }),
    createIndex: (io) => api.createIndex({ from: [name], tags: [`${host}/joined:1`], ...own, ...io }),
    inspect: (io) => api.inspect(name, { ...own, ...io }),
    "inspect, told to wait": (io) => api.inspect(`${host}/busy:1`, { ...own, ...io }),
    "inspect, waiting for a token": (io) => api.inspect(`${host}/silent/app:1`, { ...own, ...io }),
    "inspect, told to wait for a token": (io) => api.inspect(`${host}/later/app:1`, { ...own, ...io }),
    listTags: (io) => api.listTags(`${host}/app`, { ...own, ...io }),
    listReferrers: (io) => api.listReferrers(name, { ...own, ...io }),
    login: (io) => api.login({ registry: host, username: "u", password: "p", ...own, ...io }),
    readArtifact: (io) => api.readArtifact(source, place.name, io),
    imageOf: (io) => api.imageOf(index, api.parsePlatform("linux/arm64"), io),
    "a destination": (io) => place.destination().stage(randomImage(), place.names, io),
  };
  const local: Calls = {
    "build to the store": (io) => api.build({ ...request, tags: [] }, { ...own, ...io }),
    "plan of files": (io) => api.plan(request, { ...own, ...io }),
    "copy to a tar": (io) => api.copy("oci:layout", "oci-archive:out.tar", { ...own, ...io }),
    openPlace: (io) =>
      api.openPlace("oci:layout", { ...own, ...io }).then(async (opened) => {
        await using layout = opened;
        return await api.readArtifact(await layout.source(), layout.name, io);
      }),
    listImages: (io) => api.listImages({ ...own, ...io }),
    removeImages: (io) => api.removeImages([name], { ...own, ...io }),
    listCache: (io) => api.listCache({ ...own, ...io }),
    verifyCache: (io) => api.verifyCache({ ...own, ...io }),
    pruneCache: (io) => api.pruneCache({ ...own, ...io }),
    logout: (io) => api.logout(host, { ...own, ...io }),
    loadConfig: (io) => api.loadConfig({ context: ".", system: own.system, ...io }),
    collectGarbage: (io) => api.collectGarbage(join(cwd, "server"), { system: own.system, ...io }),
  };
  return { asking, local, requests: () => seen.length };
}

/** Starts the calls, aborts once `reached`, and returns what each threw; one that did not throw is an error. */
async function abort(calls: Calls, reached: () => boolean, reason?: unknown): Promise<unknown[]> {
  const controller = new AbortController();
  const running = Object.values(calls).map((call) => call({ signal: controller.signal }));
  const settled = Promise.allSettled(running);
  while (!reached()) await new Promise((resolve) => setImmediate(resolve));
  controller.abort(reason);
  const outcomes = await settled;
  assert.deepEqual(getEventListeners(controller.signal, "abort"), []);
  return outcomes.map((outcome, at) =>
    outcome.status === "rejected" ? outcome.reason : assert.fail(`${Object.keys(calls)[at]} did not reject`),
  );
}

test("G106 every public function whose signal has aborted before or aborts at work rejects with the signal's reason", async (t) => {
  const { asking, local, requests } = await createBench(t);
  for (const reason of [undefined, new DOMException("late", "TimeoutError"), new Error("my own"), "text"]) {
    for (const [name, call] of Object.entries({ ...asking, ...local })) {
      const controller = new AbortController();
      controller.abort(reason);
      const before = requests();
      await assert.rejects(
        call({ signal: controller.signal }),
        (error) => error === controller.signal.reason,
        name,
      );
      assert.equal(requests(), before, `${name} asks a registry after the abort`);
    }
    for (const [name, call] of Object.entries(asking)) {
      const before = requests();
      const [error] = await abort({ [name]: call }, () => requests() > before, reason);
      assertReason(error, reason, name);
    }
    for (const [name, call] of Object.entries(local)) {
      const [error] = await abort({ [name]: call }, () => true, reason);
      assertReason(error, reason, name);
    }
  }
});

function assertReason(error: unknown, reason: unknown, name: string): void {
  if (reason === undefined) assert.equal((error as Error).name, "AbortError", name);
  else assert.equal(error, reason, name);
}

test("G106 a thousand aborted calls leave no socket, file, timer, thread or listener", async (t) => {
  const { asking, local, requests } = await createBench(t);
  const round = async () => {
    const before = requests();
    await abort(asking, () => requests() >= before + Object.keys(asking).length);
    await abort(local, () => true);
  };
  await round();
  const before = await held();
  const calls = Object.keys({ ...asking, ...local }).length;
  for (let done = 0; done < 1000; done += calls) await round();
  assert.deepEqual(await held(before), before);
});

test("G106 a build that is aborted while its layer is packed leaves no thread and no file", async (t) => {
  const { system, cacheDir } = await ownOptions(t);
  writeFileSync(join(system.cwd, "file"), randomBytes(6_000_000, 3));
  const request = { base: "scratch", files: { "/file": "file" }, name: "app", compression: "gzip" };
  const packing = async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const onEvent = ({ type }: api.GantryEvent) => {
      if (type === "step-progress") controller.abort();
    };
    await assert.rejects(api.build(request, { system, cacheDir, signal, onEvent }), { name: "AbortError" });
  };
  await packing();
  const before = await held();
  for (let count = 0; count < 5; count++) await packing();
  assert.deepEqual(await held(before), before);
  assert.deepEqual(readdirSync(join(cacheDir, "store", "tmp")), []);
});

/** What the process holds, by kind. Given what it held before, it waits for connections to come to their end on both sides. */
async function held(before?: Readonly<Record<string, number>>): Promise<Readonly<Record<string, number>>> {
  let now: Record<string, number> = {};
  for (let look = 0; look < 200; look++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    now = { files: openFiles(), listeners: process.eventNames().length };
    for (const kind of process.getActiveResourcesInfo()) now[kind] = (now[kind] ?? 0) + 1;
    if (before === undefined ? look > 20 : JSON.stringify(now) === JSON.stringify(before)) break;
  }
  return now;
}

function openFiles(): number {
  return process.platform === "linux" ? readdirSync("/proc/self/fd").length : 0;
}
