import assert from "node:assert/strict";
import { chmod, readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { openStore, type Store } from "../../src/places/store.js";
import { bytesOf } from "../support/place-contract.js";
import { indexOver, randomArtifact, randomImage, randomIndex } from "../support/random-image.js";
import { scratchFolder, token } from "../support/scratch-folder.js";
import type { Artifact } from "../../src/model/content.js";
import type { Digest } from "../../src/model/oci.js";
import type { Records } from "../../src/cache/records.js";
import { readArtifact } from "../../src/places/artifact.js";

async function open(t: TestContext, records?: Records): Promise<Store> {
  return openStore(join(await scratchFolder(t), "store"), { token, records });
}

async function put(store: Store, artifact: Artifact, ...names: readonly string[]): Promise<void> {
  await (await store.stage(artifact, names)).publish();
}

async function damage(store: Store, digest: Digest): Promise<void> {
  await chmod(store.blobs.path(digest), 0o644);
  await writeFile(store.blobs.path(digest), "damaged");
}

function records(): Records & { readonly left: () => number } {
  const kept = new Map([
    ["aa01", 1000],
    ["bb02", 2000],
  ]);
  return {
    left: () => kept.size,
    get: async () => undefined,
    put: async () => {},
    async *list() {
      for (const [key, writtenAt] of [...kept]) yield { key, value: {}, writtenAt };
    },
    remove: async (key) => void kept.delete(key),
  };
}

test("prune keeps named images whole, nested ones too, and removes the rest", async (t) => {
  const store = await open(t);
  const kept = indexOver([randomIndex({ seed: 1 }), randomArtifact()]);
  await put(store, kept, "kept:1");
  await put(store, randomIndex({ seed: 2 }), "gone:1");
  await store.remove("gone:1");
  const pruned = await store.prune();
  assert.equal(pruned.blobs, 9);
  assert.ok(pruned.bytes > 4000);
  await visit(await readArtifact(store, "kept:1"));
  const verified = await store.verify();
  assert.deepEqual([verified.corrupt, verified.missing], [[], []]);
  assert.deepEqual(await store.prune(), nothingPruned);
});

const nothingPruned = { blobs: 0, bytes: 0, records: 0, recentBlobs: 0, recentBytes: 0 };

test("an image that shares layers with one whose name went stays whole", async (t) => {
  const store = await open(t);
  const image = randomImage();
  await put(store, indexOver([image]), "index:1");
  await put(store, image, "image:1");
  await store.remove("index:1");
  assert.equal((await store.prune()).blobs, 1);
  await visit(await readArtifact(store, "image:1"));
});

test("prune leaves what was written since a moment, and old records go", async (t) => {
  const known = records();
  const store = await open(t, known);
  const [old, young] = [randomImage({ seed: 1, layers: 1 }), randomImage({ seed: 2, layers: 1 })];
  for (const image of [old, young]) await store.stage(image, []);
  for (const { descriptor } of [old, ...(await old.children())]) {
    await utimes(store.blobs.path(descriptor.digest), 1, 1);
  }
  const { blobs, records: removed, recentBlobs } = await store.prune({ before: 1500 });
  assert.deepEqual([blobs, removed, recentBlobs], [3, 1, 3]);
  assert.equal(known.left(), 1);
  assert.notEqual(await store.blobs.size(young.descriptor.digest), undefined);
});

test("prune removes nothing while a named manifest cannot be read", async (t) => {
  const store = await open(t);
  const image = randomImage();
  await put(store, image, "app:1");
  await damage(store, image.descriptor.digest);
  await assert.rejects(store.prune(), {
    code: "ERR_GANTRY_STORE",
    message: new RegExp(image.descriptor.digest),
  });
  assert.notEqual(await store.blobs.size(image.layers[0]!.descriptor.digest), undefined);
});

test("F95 verify names damaged and missing blobs, and repair takes the damaged away", async (t) => {
  const store = await open(t);
  const image = randomImage();
  await put(store, image, "app:1");
  const [first, second] = image.layers.map(({ descriptor }) => descriptor.digest) as [Digest, Digest];
  await damage(store, first);
  await store.blobs.remove(second);
  const found = await store.verify({ repair: true });
  assert.deepEqual([found.blobs, found.corrupt, found.missing], [3, [first], [second]]);
  assert.deepEqual((await store.verify()).missing, [first, second]);
  await put(store, image, "app:1");
  assert.deepEqual({ ...(await store.verify()), bytes: 0 }, { blobs: 4, bytes: 0, corrupt: [], missing: [] });
});

test("a store that was never written to is empty, and stays unmade", async (t) => {
  const folder = await scratchFolder(t);
  const store = openStore(join(folder, "store"), { token });
  assert.deepEqual(await store.list(), []);
  assert.deepEqual(await store.prune(), nothingPruned);
  assert.deepEqual(await store.verify(), { blobs: 0, bytes: 0, corrupt: [], missing: [] });
  assert.deepEqual(await readdir(folder), []);
});

async function visit(artifact: Artifact): Promise<void> {
  for (const child of await artifact.children()) {
    await bytesOf(child);
    if ("kind" in child) await visit(child as Artifact);
  }
}
