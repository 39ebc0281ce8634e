import assert from "node:assert/strict";
import { test } from "node:test";
import { GantryError, parseAdd } from "../../../src/index.js";
import type { BuildRequest } from "../../../src/index.js";
import { readRequests } from "../../../src/cli/build/requests.js";
import type { BuildFlags } from "../../../src/cli/commands/build.js";
import { fakeTerminal } from "../fake-terminal.js";

async function requestsOf(
  flags: Partial<BuildFlags>,
  spec: readonly BuildRequest[] = [],
  tags: readonly string[] = [],
) {
  const loadConfig = async () => ({ path: "/project/gantry.config.ts", requests: spec });
  const { terminal } = fakeTerminal({ cwd: "/project", api: { loadConfig, parseAdd } });
  return readRequests("ctx", { cache: true, ...flags }, { terminal, api: await terminal.api(), tags });
}

test("with --base the flags are the whole request, relative to the context folder", async () => {
  const [request, ...others] = await requestsOf({
    base: "scratch",
    tag: ["localhost:5000/team/app:1"],
    add: ["dist:/app", "conf:/etc/app,owner=1:2"],
    env: { A: "1" },
    expose: ["80"],
    stopSignal: "SIGTERM",
    created: "12",
    platform: ["linux/arm64"],
    entrypoint: ["/app/x"],
  });
  assert.deepEqual(others, []);
  assert.deepEqual(request, {
    name: "app",
    tags: ["localhost:5000/team/app:1"],
    platforms: ["linux/arm64"],
    layers: [{ files: { "/app": "dist" } }, { files: { "/etc/app": { source: "conf", owner: "1:2" } } }],
    env: { A: "1" },
    entrypoint: ["/app/x"],
    ports: ["80"],
    stopSignal: "SIGTERM",
    created: 12,
    base: "scratch",
    filesBase: "/project/ctx",
  });
});

test("an image without a tag is called after the context folder", async () => {
  const [request] = await requestsOf({ base: "scratch" });
  assert.equal(request!.name, "ctx");
});

test("names of -o are tags too", async () => {
  const [request] = await requestsOf({ base: "scratch", tag: ["a:1"] }, [], ["b:2"]);
  assert.deepEqual(request!.tags, ["a:1", "b:2"]);
});

test("--base excludes the flags that belong to a spec file", async () => {
  await assert.rejects(requestsOf({ base: "scratch", only: ["a"] }), /--only has no meaning with it/);
  await assert.rejects(requestsOf({ base: "scratch", config: "x.json" }), /--config has no meaning with it/);
});

test("without --base the spec's images are built as they are", async () => {
  const spec = [{ name: "a" }, { name: "b" }];
  assert.deepEqual(await requestsOf({}, spec), spec);
  assert.deepEqual(await requestsOf({ only: ["b"] }, spec), [{ name: "b" }]);
});

test("an image that the spec does not have is refused with the nearest name", async () => {
  const spec = [{ name: "web" }, { name: "worker" }];
  await assert.rejects(
    requestsOf({ only: ["wev"] }, spec),
    /no image of that name \(did you mean "web"\?\); it has web, worker/,
  );
  await assert.rejects(requestsOf({ only: ["web", "."] }, spec), /the context folder goes before --only/);
});

test("flags go over the one image of a spec: records by key, layers after its own, the rest instead", async () => {
  const spec = [
    {
      name: "a",
      base: "debian:12",
      env: { A: "1", B: "2" },
      tags: ["x:1"],
      user: "1",
      layers: [{ files: { "/a": "a" } }],
      filesBase: "/project/ctx",
    },
  ];
  const [request] = await requestsOf({ env: { B: "3", C: "4" }, tag: ["y:2"], add: ["b:/b"] }, spec);
  assert.deepEqual(request, {
    name: "a",
    base: "debian:12",
    env: { A: "1", B: "3", C: "4" },
    tags: ["y:2"],
    user: "1",
    layers: [{ files: { "/a": "a" } }, { files: { "/b": "b" } }],
    filesBase: "/project/ctx",
  });
});

test("--add means the context folder also where the spec's files start elsewhere", async () => {
  const [request] = await requestsOf({ add: ["b:/b,mode=0600"] }, [{ name: "a", filesBase: "/elsewhere" }]);
  assert.deepEqual((request as BuildRequest).layers, [
    { files: { "/b": { source: "/project/ctx/b", mode: "0600" } } },
  ]);
});

test("--platform keeps what the spec says of the platforms it names", async () => {
  const arm = { env: { A: "arm" } };
  const [request] = await requestsOf({ platform: ["linux/arm64", "linux/s390x"] }, [
    { name: "a", platforms: { "linux/arm64": arm, "linux/amd64": {} } },
  ]);
  assert.deepEqual(request!.platforms, { "linux/arm64": arm, "linux/s390x": {} });
});

test("flags that change an image are refused where several are selected", async () => {
  const spec = [{ name: "a" }, { name: "b" }];
  await assert.rejects(requestsOf({ env: { A: "1" } }, spec), {
    code: "ERR_GANTRY_USAGE",
    message: /--env changes one image, but 2 are selected \(a, b\): choose one with --only NAME/,
  });
  assert.equal((await requestsOf({ env: { A: "1" }, only: ["b"] }, spec)).length, 1);
});

test("a wrong --add is named in the error", async () => {
  await assert.rejects(requestsOf({ base: "scratch", add: ["dist"] }), {
    code: "ERR_GANTRY_USAGE",
    message: /^--add dist: expected SRC:DEST/,
  });
});

test("where there is no spec file the error says how to build from flags", async () => {
  const loadConfig = async () => Promise.reject(new GantryError("ERR_GANTRY_SPEC_NOT_FOUND", "no spec file"));
  const { terminal } = fakeTerminal({ api: { loadConfig } });
  const reading = readRequests(".", { cache: true }, { terminal, api: await terminal.api(), tags: [] });
  await assert.rejects(reading, /no spec file; to build from flags alone give --base/);
});
