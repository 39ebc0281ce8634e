import assert from "node:assert/strict";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { test, type TestContext } from "node:test";
import { openBlobStore, type BlobStore } from "../../src/blobs/store.js";
import type { Descriptor, Digest } from "../../src/model/oci.js";
import type { Source } from "../../src/model/place.js";
import { keepDocuments } from "../../src/places/kept-documents.js";
import { breakDisk } from "../support/broken-disk.js";
import { collect } from "../support/place-contract.js";
import { scratchFolder } from "../support/scratch-folder.js";
import { content, digest, image, layer, seeded } from "./registry/images.js";

const base = image([layer("a")]);
const documents = [base, base.configContent];

/** A source of one image that counts what it is asked for, and the store that it is kept in. */
async function keeping(t: TestContext) {
  const folder = await scratchFolder(t);
  const asked: string[] = [];
  const failures: unknown[] = [];
  const byDigest = new Map(
    [base, base.configContent, ...base.layers].map((each) => [each.descriptor.digest, each]),
  );
  const source: Source = {
    label: "registry.test/base",
    origin: { registry: "registry.test", repository: "base" },
    async resolve(name) {
      asked.push(`resolve ${name}`);
      return base.descriptor;
    },
    read({ digest }, options) {
      asked.push(`read ${digest}`);
      return byDigest.get(digest)!.open(options);
    },
  };
  let token = 0;
  const blobs = openBlobStore(folder, { token: () => `${token++}` });
  const onFailure = (error: unknown) => void failures.push(error);
  // As the next run of a program opens it.
  const open = () => keepDocuments(source, { blobs, onFailure });
  return { open, asked, blobs, failures, source };
}

async function readAll(source: Source): Promise<void> {
  for (const { descriptor, open } of documents)
    assert.deepEqual(await collect(source.read(descriptor)), await collect(open()));
}

test("manifests and configurations are read once and then come from the disk, by digest resolved there", async (t) => {
  const { open, asked } = await keeping(t);
  await readAll(open());
  assert.equal(asked.length, 2);
  const source = open();
  assert.deepEqual(await source.resolve(base.descriptor.digest), base.descriptor);
  await readAll(source);
  assert.deepEqual(
    await collect(source.read(base.descriptor, { start: 3 })),
    Buffer.from(base.bytes).subarray(3),
  );
  assert.equal(asked.length, 2);
});

test("a tag is asked for each time, and what came with its answer is read from there", async (t) => {
  const { open, asked } = await keeping(t);
  for (let run = 1; run <= 2; run++) {
    const source = open();
    await source.resolve("1");
    await readAll(source);
  }
  const [manifest, config] = documents.map(({ descriptor }) => `read ${descriptor.digest}`);
  assert.deepEqual(asked, ["resolve 1", manifest, config, "resolve 1", manifest]);
});

test("a layer is never kept", async (t) => {
  const { open, asked, blobs } = await keeping(t);
  for (let run = 1; run <= 2; run++) await collect(open().read(base.layers[0]!.descriptor));
  assert.equal(asked.length, 2);
  assert.equal(await blobs.size(base.layers[0]!.descriptor.digest), undefined);
});

const damages: readonly (readonly [what: string, damage: (file: string) => void])[] = [
  ["has other bytes", (file) => rewrite(file, seeded("x", documents[1]!.descriptor.size))],
  ["was cut short", (file) => rewrite(file, seeded("x", 5))],
  ["is empty", (file) => rewrite(file, new Uint8Array())],
  ["is a folder", (file) => (rmSync(file), mkdirSync(file))],
];

function rewrite(file: string, bytes: Uint8Array): void {
  chmodSync(file, 0o644);
  writeFileSync(file, bytes);
}

for (const [what, damage] of damages) {
  test(`F95 a kept document that ${what} is fetched again, and kept whole`, async (t) => {
    const { open, asked, blobs } = await keeping(t);
    await readAll(open());
    for (const { descriptor } of documents) damage(blobs.path(descriptor.digest));
    await readAll(open());
    assert.equal(asked.length, 4);
    for (const { descriptor } of documents) assert.ok(await blobs.verify(descriptor.digest));
    await readAll(open());
    assert.equal(asked.length, 4);
  });
}

test("F98 a document that cannot be written is told of, and fetched each time", async (t) => {
  const { open, asked, failures } = await keeping(t);
  breakDisk(t, ({ name, writes }) => (name === "open" && writes ? "ENOSPC" : undefined));
  await readAll(open());
  await readAll(open());
  assert.equal(asked.length, 4);
  assert.equal(failures.length, 4);
});

/** The store with these bytes in it. */
async function put(blobs: BlobStore, bytes: Uint8Array): Promise<Digest> {
  await blobs.put(content(bytes, "application/octet-stream"));
  return digest(bytes);
}

test("a digest is resolved from the disk only by a manifest that says itself what it is", async (t) => {
  const { open, asked, blobs } = await keeping(t);
  const { mediaType: _, ...untyped } = JSON.parse(Buffer.from(base.bytes).toString()) as Record<
    string,
    unknown
  >;
  const odd = ["not JSON", "{}", JSON.stringify(untyped)].map((text) => Buffer.from(text));
  for (const bytes of odd) await open().resolve(await put(blobs, bytes));
  assert.equal(asked.length, odd.length);
});

test("a descriptor that lies about a kept document does not remove it, and the source decides", async (t) => {
  const { open, asked, blobs } = await keeping(t);
  await readAll(open());
  const { descriptor } = base.configContent;
  const lie: Descriptor = { ...descriptor, size: descriptor.size + 1 };
  await collect(open().read(lie));
  assert.equal(asked.length, 3);
  assert.ok(await blobs.verify(descriptor.digest));
});

test("an abort while a document is kept is the reader's own reason", async (t) => {
  const { source, blobs } = await keeping(t);
  const stop = new AbortController();
  const kept = keepDocuments(
    { ...source, read: (descriptor) => (stop.abort(new Error("stopped")), source.read(descriptor)) },
    { blobs, onFailure: () => assert.fail("told as a failure") },
  );
  await assert.rejects(collect(kept.read(base.descriptor, { signal: stop.signal })), /stopped/);
});
