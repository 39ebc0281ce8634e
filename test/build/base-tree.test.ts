import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import { canWriteZstd, zstdSegment } from "../../src/codec/zstd.js";
import { build, plan, type BuildRequest, type GantryEvent, type Image } from "../../src/index.js";
import { createImage, createIndex } from "../../src/model/image.js";
import { mediaTypes } from "../../src/model/oci.js";
import { openLayout } from "../../src/places/layout/layout.js";
import { layerOf, memberOf } from "../context/base-tree/layers.js";
import { openSession, push } from "../places/registry/setup.js";
import { brief, createLab, type Lab } from "../support/lab.js";
import { startLogged, type LoggedRegistry } from "../support/logged-registry.js";
import { token } from "../support/scratch-folder.js";
import { archiveOf, type Member } from "../tar/archive.js";

type Members = readonly (string | Member)[];
type Packing = "none" | "gzip" | "zstd";

const sticky: Member = { path: "tmp", type: "directory", mode: 0o1777 };
const merged: readonly Members[] = [
  [{ path: "usr/bin", type: "directory", mode: 0o755 }, "usr/bin/sh", sticky, "etc/passwd"],
  [
    "bin -> usr/bin",
    "var/run -> /run",
    { path: "home/node", type: "directory", mode: 0o700, uid: 1000, gid: 1000 },
  ],
];

/** An image whose layers are packed in turn as said. */
function baseOf(
  layers: readonly Members[],
  {
    packing = ["gzip"],
    architecture = "amd64",
  }: { packing?: readonly Packing[]; architecture?: string } = {},
): Image {
  const packed = { none: mediaTypes.layerTar, gzip: mediaTypes.layerGzip, zstd: mediaTypes.layerZstd };
  const made = layers.map((members, at) => {
    const tar = archiveOf(
      ...members.map((member) => (typeof member === "string" ? memberOf(member) : member)),
    );
    const type = packing[at % packing.length]!;
    const pack = {
      none: (bytes: Uint8Array) => bytes,
      gzip: gzipSync,
      zstd: (bytes: Uint8Array) => zstdSegment(bytes, 3),
    };
    const layer = layerOf(tar, { pack: pack[type] });
    return { ...layer, descriptor: { ...layer.descriptor, mediaType: packed[type] } };
  });
  const platform = { os: "linux", architecture };
  return createImage({
    platform,
    config: { ...platform, config: {}, rootfs: { type: "layers", diff_ids: [] } },
    layers: made,
    history: made.map(() => ({ createdBy: "base", layer: true })),
    annotations: {},
    created: "1970-01-01T00:00:00Z",
    style: "oci",
  });
}

const index = createIndex({
  images: [baseOf(merged), baseOf([["bin/sh", "tmp/x"]], { architecture: "arm64" })],
  annotations: {},
  style: "oci",
});

/** A registry with a base for two platforms, one with merged folders and one without, and a program to add. */
async function prepare(
  t: TestContext,
): Promise<Lab & { readonly registry: LoggedRegistry; readonly base: string }> {
  const [lab, registry] = await Promise.all([createLab(t), startLogged(t)]);
  await push(openSession(t), index, [`${registry.host}/base:1`]);
  registry.forget();
  writeFileSync(join(lab.folder, "tool"), "t");
  chmodSync(join(lab.folder, "tool"), 0o755);
  return { ...lab, registry, base: `${registry.host}/base@${index.descriptor.digest}` };
}

/** How often layers of the base were read. */
async function layersRead({ log }: Pick<LoggedRegistry, "log">): Promise<number> {
  const images = (await index.children()) as readonly Image[];
  const layers = images.flatMap((image) => image.layers.map(({ descriptor }) => descriptor.digest));
  return log.filter(({ method, path }) => method === "GET" && layers.some((digest) => path.includes(digest)))
    .length;
}

const platforms = ["linux/amd64", "linux/arm64"];
const inUsr = ["usr directory 755 0:0", "usr/bin directory 755 0:0", "usr/bin/tool file 755 0:0"];

test("a file added below a link of the base lands where the link leads, and the link stays", async (t) => {
  const { build: make, base } = await prepare(t);
  const { images } = await make({ base, platforms, files: { "/bin/tool": "tool" } });
  assert.deepEqual(brief(images[0]!.layers.at(-1)), inUsr);
  assert.deepEqual(brief(images[1]!.layers.at(-1)), ["bin directory 755 0:0", "bin/tool file 755 0:0"]);
  const bins = images[0]!.layers.flat().filter(({ path }) => path === "bin");
  assert.deepEqual(
    bins.map(({ type, linkTarget }) => [type, linkTarget]),
    [["symlink", "usr/bin"]],
  );
});

test("folders of the base that files are added to keep their mode and owner", async (t) => {
  const { build: make, base } = await prepare(t);
  const files = { "/tmp/tool": "tool", "/home/node/tool": { source: "tool", owner: "1000:1000" } };
  const { images } = await make({ base, platforms: ["linux/amd64"], files });
  assert.deepEqual(brief(images[0]!.layers.at(-1)), [
    "home directory 755 0:0",
    "home/node directory 700 1000:1000",
    "home/node/tool file 755 1000:1000",
    "tmp directory 1777 0:0",
    "tmp/tool file 755 0:0",
  ]);
});

test("a build that does not need the base's files does not fetch them, one that does fetches them once", async (t) => {
  const { options, registry, base } = await prepare(t);
  const request = (files: BuildRequest["files"]): BuildRequest => ({ name: "app", base, platforms, files });
  const planned = (files: BuildRequest["files"], baseTree?: "always" | "never") =>
    plan([request(files), { ...request(files), name: "other" }], { ...options, baseTree });
  await planned({ "/app/tool": "tool", "/usr/local/bin/": "tool", "/opt": { source: "tool" } });
  await planned({ "/tmp/tool": "tool" }, "never");
  assert.equal(await layersRead(registry), 0);
  await planned({ "/tmp/tool": "tool" });
  assert.equal(await layersRead(registry), 3);
  await planned({ "/app/tool": "tool" }, "always");
  assert.equal(await layersRead(registry), 3);
});

test("always asks for every destination, and makes the same of those that auto asks for", async (t) => {
  const { options, registry, base } = await prepare(t);
  const made = async (files: BuildRequest["files"], baseTree: "auto" | "always") => {
    const [planned] = await plan({ name: "app", base, platforms, files }, { ...options, baseTree });
    return planned!.images.map(({ layers }) => layers);
  };
  await made({ "/app/tool": "tool" }, "always");
  assert.equal(await layersRead(registry), 3);
  const files = { "/bin/tool": "tool", "/tmp/tool": "tool" };
  assert.deepEqual(await made(files, "always"), await made(files, "auto"));
});

test("an unchanged build needs neither the base's layers nor its registry, and gives the same layer", async (t) => {
  const { options, registry, base } = await prepare(t);
  const request = {
    name: "app",
    base,
    platforms,
    files: { "/bin/tool": "tool" },
    tags: [`${registry.host}/app:1`],
  };
  const push = { ...options, outputs: [{ type: "registry" }] } as const;
  const [first] = await build(request, push);
  registry.forget();
  const events: GantryEvent[] = [];
  const [second] = await build(request, { ...push, onEvent: (event) => void events.push(event) });
  assert.equal(second!.digest, first!.digest);
  assert.equal(await layersRead(registry), 0);
  assert.deepEqual(registry.acts("upload", "tag"), []);
  const listed = events.flatMap((event) =>
    event.type === "step-start" && event.name.startsWith("list base") ? [event.id] : [],
  );
  const ended = events.flatMap((event) =>
    event.type === "step-end" && listed.includes(event.id) ? [event.status] : [],
  );
  assert.deepEqual(ended, ["cached", "cached"]);
  registry.forget();
  assert.equal((await plan(request, options))[0]!.images.length, 2);
  assert.deepEqual(registry.log, [], "by digest the base is known");
});

test("another base is another layer although the files are the same: what it decides is in the entries", async (t) => {
  const lab = await createLab(t);
  lab.write({ tool: "t" });
  const made = [];
  for (const [at, members] of [
    ["bin -> usr/bin", sticky],
    ["bin/sh"],
    ["bin -> usr/bin", sticky, "more"],
  ].entries()) {
    const layout = openLayout(join(lab.folder, `base-${at}`), { token });
    await (await layout.stage(baseOf([members]), ["1"])).publish();
    const { result } = await lab.build({
      base: `oci-layout:base-${at}:1`,
      platforms: ["linux/amd64"],
      files: { "/bin/tool": "tool", "/tmp/tool": "tool" },
    });
    made.push(result.images[0]!.layers.at(-1)!.diffId);
  }
  assert.notEqual(made[1], made[0]);
  assert.equal(made[2], made[0], "what nobody asks of a base does not count");
});

for (const packing of ["none", "gzip", "zstd"] as const) {
  const skip = packing === "zstd" && !canWriteZstd() ? "needs Node 22.15 or newer" : false;
  test(`a base in a layout whose layers are packed as ${packing} is asked`, { skip }, async (t) => {
    const { build: make, folder, write } = await createLab(t);
    write({ tool: "t" });
    const layout = openLayout(join(folder, "base"), { token });
    await (await layout.stage(baseOf(merged, { packing: [packing] }), ["1"])).publish();
    const request = { base: "oci-layout:base:1", platforms: ["linux/amd64"], files: { "/bin/tool": "tool" } };
    const { images } = await make(request);
    assert.deepEqual(
      brief(images[0]!.layers.at(-1)),
      inUsr.map((line) => line.replace("tool file 755", "tool file 644")),
    );
  });
}

test("B40 B43 a hostile base that a destination asks is refused by name, and nothing is written", async (t) => {
  const { options, folder, write } = await createLab(t);
  write({ tool: "t" });
  const layout = openLayout(join(folder, "base"), { token });
  const evil = baseOf([["a", "a/b"]]);
  await (await layout.stage(evil, ["1"])).publish();
  const request = {
    name: "app",
    base: "oci-layout:base:1",
    platforms: ["linux/amd64"],
    files: { "/tmp/x": "tool" },
  };
  const outputs = [{ type: "oci", dest: "out" }] as const;
  await assert.rejects(build(request, { ...options, outputs }), {
    code: "ERR_GANTRY_TAR_INVALID",
    message: new RegExp(
      `listing the files of base .*layer ${evil.layers[0]!.descriptor.digest}.*member "a/b"`,
    ),
  });
  await assert.rejects(openLayout(join(folder, "out"), { token }).resolve("app"), /./);
  await build({ ...request, baseTree: "never" }, { ...options, outputs });
});

test("baseTree is one of three words", async (t) => {
  const { options, base } = await prepare(t);
  const message = /baseTree.*"auto".*"always".*"never"/;
  const wrong = { base, baseTree: "sometimes" } as unknown as BuildRequest;
  await assert.rejects(plan(wrong, options), { code: "ERR_GANTRY_SPEC_INVALID", message });
  const option = { ...options, baseTree: "sometimes" as "auto" };
  await assert.rejects(plan({ base }, option), { code: "ERR_GANTRY_USAGE", message });
});
