import assert from "node:assert/strict";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { copy, inspect } from "../../src/index.js";
import { createRegistry } from "../../src/registry.js";
import { writeHandLayout } from "../support/hand-layout.js";
import { brief, createLab } from "../support/lab.js";

test("a request without platforms is one image for Linux on this machine's processor", async (t) => {
  const { build, options } = await createLab(t);
  const { result, images } = await build(
    {},
    { system: { ...options.system!, arch: "arm64", platform: "darwin" } },
  );
  assert.equal(result.artifact.kind, "image");
  assert.deepEqual(
    images.map(({ config }) => [config.os, config.architecture]),
    [["linux", "arm64"]],
  );
});

test("every field of a request is in the image that was written", async (t) => {
  const { build, write } = await createLab(t);
  write({ "dist/main.js": "main" });
  const { result, images } = await build({
    name: "shop",
    tags: ["localhost:5000/shop:1"],
    platforms: ["linux/arm/v7"],
    env: { PORT: "8080" },
    labels: { maker: "me" },
    annotations: { note: "one", "index:note": "all" },
    user: "1000:1000",
    workdir: "/app",
    entrypoint: ["node", "/app/main.js"],
    cmd: ["--quiet"],
    ports: [8080, "53/udp"],
    volumes: ["/data"],
    stopSignal: "SIGINT",
    healthcheck: { test: ["CMD", "/probe"], interval: "30s", timeout: "1s", retries: 3 },
    files: { "/app": "dist", "/etc/app.conf": { content: "a=1\n", mode: "0600", owner: "7:8" } },
    created: "2026-01-31T12:00:00Z",
  });
  assert.equal(result.name, "shop");
  assert.equal(result.artifact.kind, "index", "an annotation of the index makes one");
  const index = JSON.parse(Buffer.from(result.artifact.bytes).toString()) as { annotations: object };
  assert.deepEqual(index.annotations, { note: "all" });
  const [{ config, manifest, layers } = assert.fail("no image")] = images;
  assert.deepEqual(manifest.annotations, { note: "one" });
  assert.deepEqual(
    [config.os, config.architecture, config.variant, config.created],
    ["linux", "arm", "v7", "2026-01-31T12:00:00Z"],
  );
  assert.deepEqual(config.config, {
    User: "1000:1000",
    ExposedPorts: { "53/udp": {}, "8080/tcp": {} },
    Env: ["PORT=8080"],
    Entrypoint: ["node", "/app/main.js"],
    Cmd: ["--quiet"],
    Volumes: { "/data": {} },
    WorkingDir: "/app",
    Labels: { maker: "me" },
    StopSignal: "SIGINT",
    Healthcheck: { Test: ["CMD", "/probe"], Interval: 30e9, Timeout: 1e9, Retries: 3 },
  });
  assert.deepEqual(layers.map(brief), [
    [
      "app directory 755 0:0",
      "app/main.js file 644 0:0",
      "etc directory 755 0:0",
      "etc/app.conf file 600 7:8",
    ],
  ]);
});

test("platforms as a map override any field, the base and the files too", async (t) => {
  const { build, folder, write } = await createLab(t);
  write({ "x/amd": "a", "x/arm": "b" });
  writeHandLayout(join(folder, "armbase"), [
    { platform: { architecture: "arm64" }, config: { User: "base" } },
  ]);
  const { images } = await build({
    platforms: {
      "linux/amd64": {},
      "linux/arm64": {
        base: "oci-layout:../armbase:base",
        filesBase: "x",
        files: { "/tool": "arm" },
        layers: [{ name: "own", files: { "/own": { content: "own" } } }],
        env: { B: "arm" },
        cmd: ["arm"],
        workdir: "/arm",
        created: 7,
      },
    },
    files: { "/tool": "x/amd", "/both": { content: "both" } },
    env: { A: "1", B: "2" },
    cmd: ["amd"],
  });
  const texts = images.map(({ layers }) =>
    layers.map((members) => members.map(({ path, text }) => `${path}=${text}`)),
  );
  assert.deepEqual(texts, [[["both=both", "tool=a"]], [[], ["own=own"], ["both=both", "tool=b"]]]);
  assert.deepEqual(
    images.map(({ config }) => [
      config.config?.User,
      config.config?.Env,
      config.config?.Cmd,
      config.config?.WorkingDir,
    ]),
    [
      [undefined, ["A=1", "B=2"], ["amd"], undefined],
      ["base", ["A=1", "B=arm"], ["arm"], "/arm"],
    ],
  );
  assert.deepEqual(
    images.map(({ config }) => config.created),
    ["1970-01-01T00:00:00Z", "1970-01-01T00:00:07Z"],
  );
});

test("a base is a reference by tag or by digest or a layout by its name, and is recorded so that others can find it", async (t) => {
  const { build, folder, options } = await createLab(t);
  const registry = await createRegistry();
  t.after(() => registry.close());
  const own = { annotations: { "of.the.base": "not inherited" }, config: { Env: ["FROM=base"] } };
  const digest = writeHandLayout(
    join(folder, "base"),
    [
      { platform: { architecture: "amd64" }, ...own },
      { platform: { architecture: "arm64" }, ...own },
    ],
    "b:1",
  );
  await copy("oci:base:b:1", `${registry.host}/team/base:1`, options);
  await copy("oci:base:b:1", `${registry.host}/team/base:latest`, options);
  const { manifests = [] } = await inspect("oci:base:b:1", options);
  const imageDigest = manifests.find(({ platform }) => platform?.architecture === "arm64")?.descriptor.digest;
  const repository = `${registry.host}/team/base`;
  const names = {
    [`${repository}:1`]: `${repository}:1`,
    [repository]: `${repository}:latest`,
    [`${repository}@${digest}`]: `${repository}@${digest}`,
    "oci-layout:base:b:1": undefined,
    "oci-layout:base": undefined,
  };
  for (const [base, name] of Object.entries(names)) {
    const { images } = await build({ base, platforms: ["linux/arm64"], annotations: { own: "1" } });
    assert.deepEqual(
      images[0]?.manifest.annotations,
      {
        ...(name === undefined ? {} : { "org.opencontainers.image.base.name": name }),
        "org.opencontainers.image.base.digest": imageDigest,
        own: "1",
      },
      base,
    );
    assert.deepEqual(images[0].config.config?.Env, ["FROM=base"]);
  }
});

test("named layers stand in their order, those of files last, each with its history", async (t) => {
  const { build, write } = await createLab(t);
  write({ "deps/a": "1", program: "2", extra: "3" });
  const { images } = await build({
    layers: [
      { name: "dependencies", files: { "/app/node_modules": "deps" } },
      { files: { "/app/program": "program" } },
    ],
    files: { "/app/extra": "extra" },
  });
  const [{ layers, config } = assert.fail("no image")] = images;
  assert.deepEqual(
    layers.map((members) => members.at(-1)?.path),
    ["app/node_modules/a", "app/program", "app/extra"],
  );
  assert.deepEqual(
    config.history?.map(({ created_by }) => created_by),
    ["layer dependencies", "files /app/program", "files /app/extra"],
  );
});

test("one entry picks the right binary for each platform, and a dollar is written as two", async (t) => {
  const { build, write, folder } = await createLab(t);
  write({ "bin/linux-amd64-": "for amd64", "bin/linux-arm-v7": "for arm" });
  writeHandLayout(join(folder, "base-amd64"), [{ platform: { architecture: "amd64" } }]);
  writeHandLayout(join(folder, "base-arm"), [{ platform: { architecture: "arm", variant: "v7" } }]);
  const { images } = await build({
    base: "oci-layout:base-${TARGETARCH}",
    platforms: ["linux/amd64", "linux/arm/v7"],
    files: { "/opt/tool": "bin/${TARGETOS}-${TARGETARCH}-${TARGETVARIANT}" },
    env: { FOR: "${TARGETPLATFORM}", PRICE: "$$5 $${TARGETOS}" },
    labels: { arch: "${TARGETARCH}" },
  });
  assert.deepEqual(
    images.map(({ layers }) => layers.at(-1)?.[0]?.text),
    ["for amd64", "for arm"],
  );
  assert.deepEqual(
    images.map(({ config }) => config.config?.Env),
    [
      ["FOR=linux/amd64", "PRICE=$5 ${TARGETOS}"],
      ["FOR=linux/arm/v7", "PRICE=$5 ${TARGETOS}"],
    ],
  );
  assert.deepEqual(
    images.map(({ config }) => config.config?.Labels),
    [{ arch: "amd64" }, { arch: "arm" }],
  );
  await assert.rejects(build({ env: { A: "${TARGETARHC}" } }), {
    code: "ERR_GANTRY_SPEC_INVALID",
    message: /^env\.A: unknown variable \$\{TARGETARHC\} \(did you mean "TARGETARCH"\?\)/,
  });
});

test(".dockerignore and exclude leave files out, and an ignored folder is never entered", async (t) => {
  const { build, write, folder } = await createLab(t);
  write({
    ".dockerignore": "# notes\n**/node_modules\n*.log\n!keep.log\nsrc/*.tmp\n",
    "src/main.js": "1",
    "src/main.js.map": "2",
    "src/a.tmp": "3",
    "src/deep/b.tmp": "4",
    "src/node_modules/deep/x": "5",
    "keep.log": "6",
    "drop.log": "7",
  });
  const entered = countFolders(t);
  const { images } = await build(
    {
      files: { "/": { source: ".", exclude: ["**/*.map", ".dockerignore", ".out-*", ".gantry"] } },
    },
    { context: folder },
  );
  assert.deepEqual(
    images[0]?.layers[0]?.map(({ path }) => path),
    ["keep.log", "src", "src/deep", "src/deep/b.tmp", "src/main.js"],
  );
  assert.ok(entered.includes(join(folder, "src")), "the counter counts");
  assert.deepEqual(
    entered.filter((path) => path.includes("node_modules")),
    [],
  );
});

/** The folders that are read from now on, each time they are. */
function countFolders(t: TestContext): readonly string[] {
  const entered: string[] = [];
  const { readdirSync } = fs;
  t.mock.method(fs, "readdirSync", (path: string, options: undefined) => {
    entered.push(path);
    return readdirSync(path, options);
  });
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
  return entered;
}
