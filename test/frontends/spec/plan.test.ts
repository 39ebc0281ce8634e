import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createLayerLists, planRequest } from "../../../src/frontends/spec/plan.js";
import type { BuildRequest } from "../../../src/frontends/spec/request.js";
import type { GantryEvent } from "../../../src/model/events.js";
import type { BuildPlan } from "../../../src/plan/plan.js";
import { type FakeWorld, fakeWorld, folderOf, listing } from "./world.js";

function plan(request: BuildRequest, world: FakeWorld = fakeWorld(), contextRoot = "/"): Promise<BuildPlan> {
  return planRequest(request, world, { contextRoot });
}

test("nothing asked for is an empty image of Linux for this machine's processor, on scratch", async () => {
  const world = fakeWorld();
  assert.deepEqual(await plan({}, world), {
    name: "image",
    tags: [],
    index: false,
    indexAnnotations: {},
    images: [
      {
        platform: { os: "linux", architecture: "amd64" },
        layers: [],
        config: {
          created: "1970-01-01T00:00:00Z",
          architecture: "amd64",
          os: "linux",
          config: {},
          rootfs: { type: "layers", diff_ids: [] },
          history: [],
        },
        history: [],
        annotations: {},
      },
    ],
  });
  await plan({ base: "scratch" }, world);
  assert.deepEqual(world.asked, []);
});

test("whatever is wrong in the request itself is said before a base is asked for", async () => {
  const world = fakeWorld();
  const wrong: readonly BuildRequest[] = [
    { tags: ["B A D"] },
    { name: "a b" },
    { base: "B A D" },
    { entrypoint: "node main.js" },
    { cmd: "" },
    { ports: ["no"] },
    { user: "4294967296" },
    { stopSignal: "SIGNOPE" },
    { volumes: ["relative"] },
    { healthcheck: { test: [] } },
    { created: "yesterday" },
    { files: { a: "a" } },
    { files: { "/a": {} } },
    { files: { "/a": { source: "a", content: "a" } } },
    { files: { "/a": "" } },
    { files: { "/a/": { content: "a" } } },
    { files: { "/a": { source: "a", mode: "9" } } },
    { files: { "/a": { source: "a", owner: "root" } } },
    { files: { "/a": { source: "a", exclude: "[" } } },
    { assumeNew: ["lib"] },
  ];
  for (const request of wrong) {
    await assert.rejects(
      plan({ base: "debian", ...request }, world),
      ({ exitStatus }: { exitStatus: number }) => exitStatus === 2,
      JSON.stringify(request),
    );
  }
  assert.deepEqual(world.asked, []);
});

test("an entrypoint of one text is one word; with spaces the list is shown that was meant", async () => {
  const one = await plan({ entrypoint: "/app", cmd: "x" });
  assert.deepEqual(one.images[0]?.config.config, { Entrypoint: ["/app"], Cmd: ["x"] });
  await assert.rejects(
    plan({ entrypoint: "node main.js" }),
    /entrypoint: a text is one word; write a list, like \["node","main\.js"\]/,
  );
});

test("the base's configuration is merged by docker's rules", async () => {
  const base = {
    Env: ["PATH=/bin", "A=1"],
    Entrypoint: ["sh"],
    Cmd: ["-c"],
    WorkingDir: "/srv",
    ExposedPorts: { "80/tcp": {} },
  };
  const world = fakeWorld({ config: { config: base } });
  const request: BuildRequest = {
    base: "debian",
    env: { A: "2", B: "3" },
    entrypoint: ["x"],
    workdir: "app",
    ports: [81],
  };
  const { config } = (await plan(request, world)).images[0]!;
  assert.deepEqual(config.config?.Env, ["PATH=/bin", "A=2", "B=3"]);
  assert.deepEqual([config.config?.Entrypoint, config.config?.Cmd ?? null], [["x"], null]);
  assert.equal(config.config?.WorkingDir, "/srv/app");
  assert.deepEqual(config.config?.ExposedPorts, { "80/tcp": {}, "81/tcp": {} });
});

test("ONBUILD of the base is dropped with a warning that names the image", async () => {
  const events: GantryEvent[] = [];
  const world = fakeWorld({ config: { config: { OnBuild: ["RUN x"] } } });
  const options = { contextRoot: "/", onEvent: (event: GantryEvent) => void events.push(event) };
  const { images } = await planRequest({ name: "web", base: "debian" }, world, options);
  assert.equal(images[0]?.config.config?.OnBuild, undefined);
  assert.deepEqual(
    events.map((event) => event.type === "warning" && [event.image, event.code]),
    [["web", "GANTRY_BASE_CONFIG"]],
  );
});

test("annotations of the index are told apart, and one of them makes an index", async () => {
  const made = await plan({ annotations: { a: "1", "index:b": "2" } });
  assert.deepEqual(
    [made.images[0]?.annotations, made.indexAnnotations, made.index],
    [{ a: "1" }, { b: "2" }, true],
  );
});

test("a base keeps the name that the request has, a layout is asked for by its absolute folder", async (t) => {
  const folder = folderOf(t, {});
  const world = fakeWorld({ reference: "docker.io/library/debian:12" });
  const { base } = (await plan({ base: "debian:12" }, world)).images[0]!;
  assert.deepEqual([base?.name, base?.reference], ["debian:12", "docker.io/library/debian:12"]);
  const layout = await plan({ base: "oci-layout:../out:v1" }, world, join(folder, "sub"));
  assert.equal(layout.images[0]?.base?.name, "oci-layout:../out:v1");
  assert.deepEqual(world.asked, [
    "debian:12 linux/amd64",
    `oci-layout:${join(folder, "out:v1")} linux/amd64`,
  ]);
});

test("a base that fails is named in the error", async () => {
  const world = { ...fakeWorld(), base: () => Promise.reject(new Error("it is gone")) };
  await assert.rejects(plan({ base: "debian" }, world), /^GantryError: base debian: it is gone/);
});

test("SOURCE_DATE_EPOCH is the time of the image and of its files; created moves only the image's", async () => {
  const world = fakeWorld({ env: { SOURCE_DATE_EPOCH: "1700000000" } });
  const files = { "/a": { content: "x" } };
  const [image] = (await plan({ files }, world)).images;
  assert.equal(image?.config.created, "2023-11-14T22:13:20Z");
  assert.equal(image?.layers[0]?.entries[0]?.mtime, 1700000000);
  const [other] = (await plan({ files, created: 5 }, world)).images;
  assert.equal(other?.config.created, "1970-01-01T00:00:05Z");
  assert.equal(other?.layers[0]?.entries[0]?.mtime, 1700000000);
});

test("platforms, layers and images that are the same share one list", async (t) => {
  const folder = folderOf(t, { "dist/a": "a", "bin/amd64": "1", "bin/arm64": "2" });
  const events: GantryEvent[] = [];
  const lists = createLayerLists();
  const options = { contextRoot: folder, lists, onEvent: (event: GantryEvent) => void events.push(event) };
  const request: BuildRequest = {
    platforms: ["linux/amd64", "linux/arm64"],
    layers: [{ name: "app", files: { "/app": "dist" } }, { files: { "/x": "bin/${TARGETARCH}" } }],
  };
  const { images } = await planRequest(request, fakeWorld(), options);
  assert.equal(images[0]?.layers[0]?.entries, images[1]?.layers[0]?.entries);
  assert.notEqual(images[0]?.layers[1]?.entries, images[1]?.layers[1]?.entries);
  const other = await planRequest({ files: { "/app": "dist" } }, fakeWorld(), options);
  assert.equal(other.images[0]?.layers[0]?.entries, images[0]?.layers[0]?.entries);
  const walks = events.filter((event) => event.type === "step-start").map(({ name }) => name);
  assert.deepEqual(walks, ["list layer app", "list files /x", "list files /x"]);
});

test("lists that differ in anything that decides an entry are not shared", async (t) => {
  const folder = folderOf(t, { "dist/a": "a" });
  const lists = createLayerLists();
  const file = { source: "dist" };
  const requests: readonly BuildRequest[] = [
    { files: { "/a": file } },
    { files: { "/b": file } },
    { files: { "/a": { ...file, mode: "0600" } } },
    { files: { "/a": { ...file, owner: "1" } } },
    { files: { "/a": { ...file, exclude: "x" } } },
    { files: { "/a": { content: "x" } } },
    { files: { "/a": { content: "" } } },
    { files: { "/a": file }, preserveMode: true },
    { files: { "/a": file }, base: "debian" },
    {
      files: { "/a": file },
      filesBase: join(folder, "dist", "..", ".", "") + "/../" + folder.split("/").at(-1)! + "/dist/..",
    },
  ];
  const plans = await Promise.all(
    requests.map((request) => planRequest(request, fakeWorld(), { contextRoot: folder, lists })),
  );
  const distinct = new Set(plans.map(({ images }) => images[0]?.layers[0]?.entries));
  // The last one names the folder of the first in another way.
  assert.equal(distinct.size, requests.length - 1);
});

test("a build that is interrupted stops with the signal's reason", async (t) => {
  const folder = folderOf(t, {});
  for (let index = 0; index < 600; index++) writeFileSync(join(folder, String(index)), "");
  const signal = AbortSignal.abort(new Error("enough"));
  await assert.rejects(
    planRequest({ files: { "/": "." } }, fakeWorld(), { contextRoot: folder, signal }),
    /enough/,
  );
});

test("layers come in their order and are called after their names or destinations, those of files last", async () => {
  const file = { content: "x" };
  const made = await plan({
    files: { "/z": file },
    layers: [
      { name: "deps", files: { "/a": file } },
      { files: { "/b": file, "/c": file } },
      { files: { "/d": file, "/e": file, "/f": file } },
    ],
  });
  assert.deepEqual(
    made.images[0]?.layers.map(({ createdBy }) => createdBy),
    ["layer deps", "files /b, /c", "files /d, /e and 1 more", "files /z"],
  );
  assert.deepEqual(listing(await plan({ files: {}, layers: [{ files: {} }] })), []);
});
