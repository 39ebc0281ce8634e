import assert from "node:assert/strict";
import { test } from "node:test";
import { planRequest } from "../../../src/frontends/spec/plan.js";
import type { BuildRequest } from "../../../src/frontends/spec/request.js";
import { formatPlatform } from "../../../src/model/platform.js";
import type { BuildPlan } from "../../../src/plan/plan.js";
import { type FakeWorld, fakeWorld, folderOf } from "./world.js";

function plan(
  request: BuildRequest,
  world: FakeWorld = fakeWorld(),
  contextRoot: string = "/",
): Promise<BuildPlan> {
  return planRequest(request, world, { contextRoot });
}

test("one platform makes an image, several an index, each base asked for by platform", async () => {
  const world = fakeWorld();
  const one = await plan({ base: "debian", platforms: ["arm64"] }, world);
  assert.equal(one.index, false);
  const two = await plan({ base: "debian", platforms: ["linux/amd64", "linux/arm/v7"] }, world);
  assert.equal(two.index, true);
  assert.deepEqual(
    two.images.map(({ platform }) => formatPlatform(platform)),
    ["linux/amd64", "linux/arm/v7"],
  );
  assert.deepEqual(world.asked, ["debian linux/arm64", "debian linux/amd64", "debian linux/arm/v7"]);
});

test("the configuration's platform is the requested one, on a base and on scratch", async () => {
  const world = fakeWorld({ config: { architecture: "s390x", os: "plan9", variant: "v1" } });
  for (const base of ["scratch", "debian"]) {
    const { config } = (await plan({ base, platforms: ["linux/arm/v7"] }, world)).images[0]!;
    assert.deepEqual([config.os, config.architecture, config.variant], ["linux", "arm", "v7"]);
  }
});

test("a platform is refused if it is unknown, there twice, or the list is empty", async () => {
  await assert.rejects(
    plan({ platforms: ["linux/arm64", "linux/arm64/v8"] }),
    /platforms: "linux\/arm64\/v8" is "linux\/arm64" again/,
  );
  await assert.rejects(plan({ platforms: [] }), {
    code: "ERR_GANTRY_SPEC_INVALID",
    message: /at least one platform/,
  });
  await assert.rejects(plan({ platforms: ["linux/amd46"] }), {
    code: "ERR_GANTRY_PLATFORM_INVALID",
    message: /^platforms: .*amd64/,
  });
});

test("overrides of a platform merge maps by key and replace the rest", async () => {
  const request: BuildRequest = {
    platforms: {
      "linux/amd64": {},
      "linux/arm64": {
        env: { B: "arm", C: "3" },
        labels: { l: "2" },
        cmd: ["b"],
        user: "me",
        created: 5,
        ports: [81],
      },
    },
    env: { A: "1", B: "2" },
    labels: { k: "1" },
    annotations: { a: "1" },
    cmd: ["a"],
    workdir: "/w",
    ports: [80],
  };
  const [amd, arm] = (await plan(request)).images;
  assert.deepEqual(amd?.config.config?.Env, ["A=1", "B=2"]);
  assert.deepEqual(arm?.config.config?.Env, ["A=1", "B=arm", "C=3"]);
  assert.deepEqual(arm?.config.config?.Labels, { k: "1", l: "2" });
  assert.deepEqual(
    [arm?.config.config?.Cmd, arm?.config.config?.User, arm?.config.config?.WorkingDir],
    [["b"], "me", "/w"],
  );
  assert.deepEqual(arm?.config.config?.ExposedPorts, { "81/tcp": {} });
  assert.deepEqual(
    [amd?.config.created, arm?.config.created],
    ["1970-01-01T00:00:00Z", "1970-01-01T00:00:05Z"],
  );
  assert.deepEqual(arm?.annotations, { a: "1" });
});

test("an override that is undefined changes nothing", async () => {
  const platforms = { "linux/amd64": { user: undefined, env: undefined } };
  const { config } = (await plan({ user: "me", env: { A: "1" }, platforms })).images[0]!;
  assert.deepEqual([config.config?.User, config.config?.Env], ["me", ["A=1"]]);
});

test("variables are expanded in base, sources, env and labels, for each platform", async (t) => {
  const folder = folderOf(t, { "bin/amd64": "x", "bin/arm64": "yy" });
  const world = fakeWorld();
  const request: BuildRequest = {
    base: "registry.example/${TARGETARCH}/base:1",
    platforms: ["linux/amd64", "linux/arm64"],
    files: { "/bin/app": "bin/${TARGETARCH}" },
    layers: [{ files: { "/other": { source: "bin/${TARGETARCH}" } } }],
    env: { P: "${TARGETPLATFORM} $$" },
    labels: { os: "${TARGETOS}" },
    assumeNew: ["/bin"],
    cmd: ["${HOME}"],
  };
  const { images } = await plan(request, world, folder);
  assert.deepEqual(
    images.map(({ config }) => config.config?.Env),
    [["P=linux/amd64 $"], ["P=linux/arm64 $"]],
  );
  assert.deepEqual(
    images.map(({ config }) => config.config?.Labels),
    [{ os: "linux" }, { os: "linux" }],
  );
  assert.deepEqual(
    images.map(({ layers }) => layers.map(({ entries }) => entries.map(({ size }) => size))),
    [
      [[1], [1]],
      [[2], [2]],
    ],
  );
  assert.deepEqual(images[0]?.config.config?.Cmd, ["${HOME}"]);
  assert.deepEqual(world.asked, [
    "registry.example/amd64/base:1 linux/amd64",
    "registry.example/arm64/base:1 linux/arm64",
  ]);
});

test("a variable that does not exist is an error naming the field, before anything is asked for", async () => {
  const world = fakeWorld();
  const wrong: readonly (readonly [BuildRequest, RegExp])[] = [
    [{ base: "x:${TAG}" }, /^base: unknown variable \$\{TAG\}/],
    [{ base: "x", env: { A: "${HOME}" } }, /^env\.A: unknown variable/],
    [{ base: "x", files: { "/a": "${X}" } }, /^files\["\/a"\]: unknown variable/],
    [
      { base: "x", layers: [{ files: { "/a": { source: "${X}" } } }] },
      /^layers\[0\]\.files\["\/a"\]\.source: unknown variable/,
    ],
  ];
  for (const [request, message] of wrong)
    await assert.rejects(plan(request, world), { code: "ERR_GANTRY_SPEC_INVALID", message });
  assert.deepEqual(world.asked, []);
});

test("an annotation of the index cannot be one platform's", async () => {
  const platforms = { "linux/amd64": { annotations: { "index:a": "1" } } };
  await assert.rejects(plan({ platforms }), {
    code: "ERR_GANTRY_SPEC_INVALID",
    message: /^platforms\["linux\/amd64"\]\.annotations: "index:a" is of the index/,
  });
});
