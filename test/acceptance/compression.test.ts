import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { canWriteZstd } from "../../src/codec/zstd.js";
import { inspect } from "../../src/index.js";
import { createRegistry } from "../../src/registry.js";
import { createInProcess } from "../support/in-process.js";
import { createLab } from "../support/lab.js";
import { startLogged } from "../support/logged-registry.js";
import type { BuildRequest } from "../../src/index.js";

const layer = "application/vnd.oci.image.layer.v1.tar";
const request: BuildRequest = {
  files: { "/text": { content: "text ".repeat(20_000) } },
  platforms: ["linux/amd64"],
};

test("a layer is packed as asked: none, gzip at its fastest level or at any, one diffID", async (t) => {
  const { build } = await createLab(t);
  const packed = async (compression: string) => {
    const { images } = await build({ ...request, compression });
    const [{ mediaType, size, digest } = assert.fail("no layer")] = images[0]!.manifest.layers;
    return { mediaType, size, digest, diffId: images[0]!.config.rootfs.diff_ids[0] };
  };
  const [none, gzip, gzip1, gzip9] = await Promise.all(["none", "gzip", "gzip:1", "gzip:9"].map(packed));
  assert.deepEqual(
    [none?.mediaType, gzip?.mediaType, gzip9?.mediaType],
    [layer, `${layer}+gzip`, `${layer}+gzip`],
  );
  assert.equal(none?.digest, none?.diffId);
  assert.deepEqual(new Set([none, gzip, gzip1, gzip9].map((one) => one?.diffId)).size, 1);
  assert.equal(gzip?.digest, gzip1?.digest, "the fastest is the default");
  assert.ok(gzip9!.size < gzip!.size && gzip!.size < none!.size / 10);
});

test("auto packs nothing that stays on this machine", async (t) => {
  const { folder, gantry } = createInProcess(t);
  const { host } = await startLogged(t);
  mkdirSync(join(folder, "d"));
  writeFileSync(join(folder, "d", "a"), "a");
  const outputs = ["--push", "-o", "type=oci,dest=out.tar", "-o", "type=docker,dest=docker.tar"];
  const flags = ["--add", "d:/d", "--platform", "linux/amd64", "-t", `${host}/app:1`];
  await gantry("build", "--base", "scratch", ...flags, ...outputs);
  for (const place of [`${host}/app:1`, "oci-archive:out.tar"]) {
    const { layers } = JSON.parse(await gantry("inspect", "--json", place)) as {
      layers: { mediaType: string }[];
    };
    assert.deepEqual(
      layers.map(({ mediaType }) => mediaType),
      [layer],
      place,
    );
  }
});

test("auto packs what leaves this machine, for every destination of the run", async (t) => {
  const { build, options } = await createLab(t);
  const near = await startLogged(t);
  // Not a loopback name, though Linux connects it to this machine.
  const registry = await createRegistry({ allowedHosts: ["0.0.0.0"] });
  t.after(() => registry.close());
  const far = `0.0.0.0:${registry.port}`;
  const { images, result } = await build(
    { ...request, tags: [`${far}/app:1`, `${near.host}/app:1`] },
    { outputs: [{ type: "registry" }], insecure: [far] },
    `${near.host}/app:1`,
  );
  assert.deepEqual(
    images[0]!.manifest.layers.map(({ mediaType }) => mediaType),
    [`${layer}+gzip`],
  );
  const { descriptor } = await inspect(`${far}/app:1`, { ...options, insecure: [far] });
  assert.equal(descriptor.digest, result.digest);
});

test("zstd is written by a Node that can, and refused by another that says which can", async (t) => {
  const { build } = await createLab(t);
  const building = build({ ...request, compression: "zstd:3" });
  if (canWriteZstd()) {
    const { images } = await building;
    assert.equal(images[0]!.manifest.layers[0]?.mediaType, `${layer}+zstd`);
    assert.equal(images[0]!.layers[0]?.[0]?.size, 100_000);
  } else {
    await assert.rejects(building, { code: "ERR_GANTRY_UNSUPPORTED", message: /zstd.*Node 22\.15/ });
  }
});
