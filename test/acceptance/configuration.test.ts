import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { writeHandLayout } from "../support/hand-layout.js";
import { createInProcess } from "../support/in-process.js";
import { createLab } from "../support/lab.js";
import type { BuildRequest, RuntimeConfig } from "../../src/index.js";

/** A base with something in every field. */
const baseConfig = {
  User: "base",
  ExposedPorts: { "80/tcp": {} },
  Env: ["PATH=/bin", "LANG=C", "TERM=x"],
  Entrypoint: ["/entry"],
  Cmd: ["arg"],
  Volumes: { "/data": {} },
  WorkingDir: "/srv",
  Labels: { kept: "base", changed: "base" },
  StopSignal: "SIGQUIT",
  Healthcheck: { Test: ["CMD", "old"], Retries: 9 },
};

test("on a base, flags change the configuration by docker's rules", async (t) => {
  const { folder, gantry } = createInProcess(t);
  writeHandLayout(join(folder, "base"), [{ platform: { architecture: "amd64" }, config: baseConfig }]);
  await gantry(
    ...["build", "--base", "oci-layout:base", "--platform", "linux/amd64", "-o", "type=oci,dest=out"],
    ...["--env", "NEW=1", "--env", "LANG=en", "--label", "changed=mine", "--label", "added=mine"],
    ...[
      "--user",
      "1000",
      "--workdir",
      "app",
      "--expose",
      "8080",
      "--volume",
      "/cache",
      "--entrypoint",
      "/mine",
    ],
    ...[
      "--stop-signal",
      "SIGINT",
      "--annotation",
      "a=1",
      "--annotation",
      "index:b=2",
      "--created",
      "1970-01-01T00:01:00Z",
    ],
  );
  const { manifests } = JSON.parse(await gantry("inspect", "--json", "oci:out")) as {
    manifests: { config: { created: string; config: RuntimeConfig; history: { created_by: string }[] } }[];
  };
  const { config } = manifests[0]!;
  assert.equal(config.created, "1970-01-01T00:01:00Z");
  assert.deepEqual(config.config, {
    User: "1000",
    ExposedPorts: { "80/tcp": {}, "8080/tcp": {} },
    Env: ["PATH=/bin", "LANG=en", "TERM=x", "NEW=1"],
    Entrypoint: ["/mine"],
    Volumes: { "/cache": {}, "/data": {} },
    WorkingDir: "/srv/app",
    Labels: { added: "mine", changed: "mine", kept: "base" },
    StopSignal: "SIGINT",
    Healthcheck: { Test: ["CMD", "old"], Retries: 9 },
  });
});

const commands: readonly (readonly [
  what: string,
  request: BuildRequest,
  Entrypoint: unknown,
  Cmd: unknown,
])[] = [
  ["nothing keeps both", {}, ["/entry"], ["arg"]],
  ["an entrypoint clears the inherited cmd", { entrypoint: ["/mine"] }, ["/mine"], undefined],
  ["an entrypoint with a cmd sets both", { entrypoint: ["/mine"], cmd: ["own"] }, ["/mine"], ["own"]],
  ["a cmd alone keeps the entrypoint", { cmd: ["own"] }, ["/entry"], ["own"]],
  ["[] clears the entrypoint and with it the cmd", { entrypoint: [] }, undefined, undefined],
  ["[] clears the cmd alone", { cmd: [] }, ["/entry"], undefined],
];

test("entrypoint and cmd are set, kept and cleared as docker does it", async (t) => {
  const { build, folder } = await createLab(t);
  writeHandLayout(join(folder, "base"), [{ platform: { architecture: "amd64" }, config: baseConfig }]);
  for (const [what, request, entrypoint, cmd] of commands) {
    const { images } = await build({ base: "oci-layout:base", platforms: ["linux/amd64"], ...request });
    const { Entrypoint, Cmd } = images[0]!.config.config!;
    assert.deepEqual([Entrypoint, Cmd], [entrypoint, cmd], what);
  }
});

test("history has one entry for each change, and a base's missing ones are padded", async (t) => {
  const { build, folder } = await createLab(t);
  const history = [{ created_by: "base" }, { created_by: "ENV x", empty_layer: true }];
  writeHandLayout(join(folder, "base"), [
    { platform: { architecture: "amd64" }, layers: 3, more: { history } },
  ]);
  const { images } = await build({
    base: "oci-layout:base",
    platforms: ["linux/amd64"],
    files: { "/a": { content: "a" } },
    env: { A: "1", B: "2" },
    workdir: "/w",
    cmd: ["x"],
  });
  const { config } = images[0]!;
  const lines = config.history!.map(({ created_by, empty_layer }) => [
    created_by ?? "",
    empty_layer === true,
  ]);
  const layers = lines.filter(([, isEmpty]) => isEmpty !== true);
  assert.equal(layers.length, config.rootfs.diff_ids.length);
  assert.deepEqual(lines.slice(0, 2), [
    ["base", false],
    ["ENV x", true],
  ]);
  assert.deepEqual(layers.at(-1), ["files /a", false]);
  assert.deepEqual(lines.slice(-4), [
    ["ENV A=1", true],
    ["ENV B=2", true],
    ["WORKDIR /w", true],
    ['CMD ["x"]', true],
  ]);
});

test("a base whose history tells of more layers than it has is an error that names it", async (t) => {
  const { build, folder } = await createLab(t);
  const history = [{ created_by: "one" }, { created_by: "two" }];
  writeHandLayout(join(folder, "base"), [{ platform: { architecture: "amd64" }, more: { history } }]);
  await assert.rejects(build({ base: "oci-layout:base", platforms: ["linux/amd64"] }), {
    code: "ERR_GANTRY_MANIFEST_INVALID",
    message: /^base oci-layout:base: .*2.*1/,
  });
});

test("ONBUILD of the base is dropped with a warning, its odd platform and annotations are not inherited", async (t) => {
  const { build, folder } = await createLab(t);
  writeHandLayout(join(folder, "base"), [
    {
      platform: { architecture: "arm", variant: "v6" },
      config: { OnBuild: ["RUN x"] },
      more: { "com.example": "kept" },
      annotations: { "org.opencontainers.image.title": "base" },
    },
  ]);
  const { images, events } = await build({ base: "oci-layout:base", platforms: ["linux/arm/v7"] });
  const { config, manifest } = images[0]!;
  assert.equal(config.config?.OnBuild, undefined);
  assert.deepEqual(
    events.flatMap((event) => (event.type === "warning" ? [event.code, /ONBUILD/.test(event.message)] : [])),
    ["GANTRY_BASE_CONFIG", true],
  );
  assert.deepEqual([config.os, config.architecture, config.variant], ["linux", "arm", "v7"]);
  assert.deepEqual(Object.keys(manifest.annotations ?? {}), ["org.opencontainers.image.base.digest"]);
  assert.equal((config as unknown as Record<string, unknown>)["com.example"], "kept");
});

test("the image's time is SOURCE_DATE_EPOCH or 1970, in its history too", async (t) => {
  const { build } = await createLab(t);
  const request: BuildRequest = { files: { "/a": { content: "a" } }, env: { A: "1" } };
  for (const [env, seconds, created] of [
    [{}, 0, "1970-01-01T00:00:00Z"],
    [{ SOURCE_DATE_EPOCH: "1700000000" }, 1_700_000_000, "2023-11-14T22:13:20Z"],
  ] as const) {
    const { images } = await build(request, { env });
    const { config, layers } = images[0]!;
    assert.equal(config.created, created);
    assert.deepEqual(
      config.history?.map((entry) => entry.created),
      [created, created],
    );
    assert.deepEqual(
      layers[0]?.map(({ mtime }) => mtime),
      [seconds],
    );
  }
});
