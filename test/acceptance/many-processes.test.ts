import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createSandbox } from "../support/cli.js";
import { startLogged } from "../support/logged-registry.js";
import { randomBytes } from "../support/random-image.js";

test("F97 32 processes build the same image on a cold cache: all succeed with one digest, and nothing is left over", async (t) => {
  const { folder, gantry, run } = createSandbox(t);
  const registry = await startLogged(t);
  writeFileSync(join(folder, "file"), randomBytes(200_000, 9));
  const args = [
    "build",
    "--base",
    "scratch",
    "--add",
    "file:/file",
    "--compression",
    "gzip",
    "-t",
    `${registry.host}/app:1`,
    "--push",
    "-o",
    "type=oci,dest=layout",
  ];
  const runs = await Promise.all(Array.from({ length: 32 }, () => run(args)));
  assert.deepEqual(
    runs.filter(({ status }) => status !== 0).map(({ stderr }) => stderr),
    [],
  );
  assert.equal(new Set(runs.map(({ stdout }) => stdout)).size, 1);
  await gantry("cache", "verify");
  const store = join(folder, ".gantry", "store");
  assert.equal(readdirSync(join(store, "blobs", "sha256")).length, 1);
  assert.deepEqual(readdirSync(join(store, "tmp")), []);
  // A layer, a configuration and a manifest under one name; no temporary file and no lock.
  const layout = join(folder, "layout");
  assert.equal(readdirSync(join(layout, "blobs", "sha256")).length, 3);
  assert.deepEqual(readdirSync(layout).sort(), ["blobs", "index.json", "oci-layout"]);
  const { manifests } = JSON.parse(readFileSync(join(layout, "index.json"), "utf8")) as { manifests: [] };
  assert.equal(manifests.length, 1);
  // Each process looks before it sends; only who came at the same moment sends too.
  const uploads = new Set(registry.acts("upload").map(({ what }) => what));
  assert.equal(uploads.size, 2);
  registry.forget();
  await gantry(...args);
  assert.deepEqual(registry.acts("upload"), []);
});
