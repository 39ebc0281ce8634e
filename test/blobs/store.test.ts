import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, rmdir, stat, utimes, writeFile, chmod, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import { openMemoryStore } from "../../src/blobs/memory.js";
import { openBlobStore, type BlobBytes, type BlobStore } from "../../src/blobs/store.js";
import { digestOf } from "../../src/model/digest.js";
import type { Content } from "../../src/model/content.js";

let tokens = 0;

async function openStore(t: TestContext): Promise<{ dir: string; store: BlobStore }> {
  const dir = await mkdtemp(join(tmpdir(), "gantry-blobs-"));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return { dir, store: openBlobStore(dir, { token: () => `token-${tokens++}`, durable: false }) };
}

async function write(store: BlobBytes, ...chunks: Uint8Array[]) {
  const writer = await store.create();
  for (const chunk of chunks) await writer.write(chunk);
  return await writer.commit();
}

async function readBytes(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const bytes = Buffer.from("some bytes of a layer");

for (const kind of ["folder", "memory"] as const) {
  const open = async (t: TestContext): Promise<BlobBytes> =>
    kind === "memory" ? openMemoryStore() : (await openStore(t)).store;

  test(`${kind}: what was written is read back under its digest`, async (t) => {
    const store = await open(t);
    const { digest, size } = await write(store, bytes.subarray(0, 5), bytes.subarray(5));
    assert.equal(digest, digestOf(bytes));
    assert.equal(size, bytes.length);
    assert.equal(await store.size(digest), bytes.length);
    assert.deepEqual(await readBytes(store.read(digest)), bytes);
  });

  test(`${kind}: an empty blob is a blob`, async (t) => {
    const store = await open(t);
    const { digest } = await write(store);
    assert.equal(await store.size(digest), 0);
    assert.equal((await readBytes(store.read(digest))).length, 0);
  });

  test(`${kind}: a range is read from its start up to its end, exclusive`, async (t) => {
    const store = await open(t);
    const { digest } = await write(store, bytes.subarray(0, 5), bytes.subarray(5, 9), bytes.subarray(9));
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length), fc.nat(bytes.length), async (start, end) => {
        const read = await readBytes(store.read(digest, { start, end }));
        assert.deepEqual(read, bytes.subarray(start, Math.max(start, end)));
      }),
    );
  });

  test(`${kind}: bytes that are not what was expected are refused and leave nothing`, async (t) => {
    const store = await open(t);
    for (const expected of [{ digest: digestOf(Buffer.from("other")) }, { size: bytes.length + 1 }]) {
      const writer = await store.create();
      await writer.write(bytes);
      await assert.rejects(writer.commit(expected), { code: "ERR_GANTRY_CONTENT_MISMATCH" });
    }
    assert.equal(await store.size(digestOf(bytes)), undefined);
  });

  test(`${kind}: a sha512 digest may be asked for at the beginning or only at the end`, async (t) => {
    const store = await open(t);
    const digest = digestOf(bytes, "sha512");
    for (const algorithm of ["sha256", "sha512"] as const) {
      const writer = await store.create({ algorithm });
      await writer.write(bytes);
      assert.equal((await writer.commit({ digest })).digest, digest);
    }
    assert.deepEqual(await readBytes(store.read(digest)), bytes);
  });

  test(`${kind}: reading what is not there names the digest`, async (t) => {
    const store = await open(t);
    const digest = digestOf(bytes);
    await assert.rejects(readBytes(store.read(digest)), (error: Error & { code: string }) => {
      assert.equal(error.code, "ERR_GANTRY_NOT_FOUND");
      assert.match(error.message, new RegExp(digest));
      return true;
    });
  });

  test(`${kind}: writers of the same bytes side by side all succeed`, async (t) => {
    const store = await open(t);
    const results = await Promise.all(Array.from({ length: 20 }, () => write(store, bytes)));
    assert.deepEqual(new Set(results.map(({ digest }) => digest)), new Set([digestOf(bytes)]));
    assert.deepEqual(await readBytes(store.read(digestOf(bytes))), bytes);
  });

  test(`${kind}: a removed blob is gone, and removing it again is harmless`, async (t) => {
    const store = await open(t);
    const { digest } = await write(store, bytes);
    await store.remove(digest);
    await store.remove(digest);
    assert.equal(await store.size(digest), undefined);
  });
}

test("nothing stays in the temporary folder, whichever way a writer ends", async (t) => {
  const { dir, store } = await openStore(t);
  await write(store, bytes);
  const aborted = await store.create();
  await aborted.write(bytes);
  await aborted.abort();
  await aborted.abort();
  const refused = await store.create();
  await assert.rejects(refused.commit({ size: 7 }));
  await refused.abort();
  assert.deepEqual(await readdir(join(dir, "tmp")), []);
});

test("blobs lie where an image layout has them, read-only", async (t) => {
  const { dir, store } = await openStore(t);
  const { digest } = await write(store, bytes);
  const path = join(dir, "blobs", "sha256", digest.slice(7));
  assert.equal(store.path(digest), path);
  assert.equal((await stat(path)).mode & 0o222, 0);
});

test("put reads a content once and not again where it is already", async (t) => {
  const { store } = await openStore(t);
  let opened = 0;
  const content: Content = {
    descriptor: { mediaType: "x/y", digest: digestOf(bytes), size: bytes.length },
    async *open() {
      opened++;
      yield bytes;
    },
  };
  await store.put(content);
  await store.put(content);
  assert.equal(opened, 1);
});

test("put of a content that lies about itself keeps nothing", async (t) => {
  const { dir, store } = await openStore(t);
  const descriptor = { mediaType: "x/y", digest: digestOf(Buffer.from("other")), size: bytes.length };
  const content: Content = {
    descriptor,
    async *open() {
      yield bytes;
    },
  };
  await assert.rejects(store.put(content), { code: "ERR_GANTRY_CONTENT_MISMATCH" });
  assert.equal(await store.size(descriptor.digest), undefined);
  assert.deepEqual(await readdir(join(dir, "tmp")), []);
});

test("put stops at an aborted signal and leaves no temporary file", async (t) => {
  const { dir, store } = await openStore(t);
  const controller = new AbortController();
  const content: Content = {
    descriptor: { mediaType: "x/y", digest: digestOf(bytes), size: bytes.length },
    async *open() {
      yield bytes.subarray(0, 3);
      controller.abort();
      yield bytes.subarray(3);
    },
  };
  await assert.rejects(store.put(content, { signal: controller.signal }), { name: "AbortError" });
  assert.deepEqual(await readdir(join(dir, "tmp")), []);
});

test("list yields blobs only, in the order of their digests", async (t) => {
  const { dir, store } = await openStore(t);
  assert.deepEqual(await collect(store.list()), []);
  const digests = [(await write(store, bytes)).digest, (await write(store)).digest].sort();
  await writeFile(join(dir, "blobs", "sha256", "README"), "not a blob");
  const listed = await collect(store.list());
  assert.deepEqual(
    listed.map(({ digest }) => digest),
    digests,
  );
});

test("verify tells a changed blob and a missing one from a good one", async (t) => {
  const { store } = await openStore(t);
  const { digest } = await write(store, bytes);
  assert.equal(await store.verify(digest), true);
  await chmod(store.path(digest), 0o644);
  await writeFile(store.path(digest), "something else entirely");
  assert.equal(await store.verify(digest), false);
  assert.equal(await store.verify(digestOf(Buffer.from("missing"))), false);
});

test("writing again heals a damaged blob of the same name", async (t) => {
  const { store } = await openStore(t);
  const { digest } = await write(store, bytes);
  await chmod(store.path(digest), 0o644);
  await writeFile(store.path(digest), "x".repeat(bytes.length));
  await write(store, bytes);
  assert.equal(await store.verify(digest), true);
});

test("sweep removes temporary files from before the moment given, and no others", async (t) => {
  const { dir, store } = await openStore(t);
  await mkdir(join(dir, "tmp"));
  await writeFile(join(dir, "tmp", "old"), "");
  await utimes(join(dir, "tmp", "old"), 1000, 1000);
  await writeFile(join(dir, "tmp", "new"), "");
  await utimes(join(dir, "tmp", "new"), 3000, 3000);
  assert.equal(await store.sweep(2_000_000), 1);
  assert.deepEqual(await readdir(join(dir, "tmp")), ["new"]);
});

test("a folder for temporary files that others take away whenever it is empty is made again", async (t) => {
  const { dir, store } = await openStore(t);
  let writing = true;
  let left = 0;
  // What a layout does when all of an image is in it; several may be written side by side, but not without end.
  const take = async () => {
    while (writing) {
      if (
        left > 0 &&
        (await rmdir(join(dir, "tmp")).then(
          () => true,
          () => false,
        ))
      )
        left--;
      await nextTurn();
    }
  };
  const taking = take();
  try {
    for (let at = 0; at < 30; at++) {
      left = 50;
      await (await store.create()).abort();
    }
  } finally {
    writing = false;
    await taking;
  }
});

test("a folder that cannot be written to is named", async (t) => {
  const { dir } = await openStore(t);
  await writeFile(join(dir, "file"), "");
  const store = openBlobStore(join(dir, "file"), { token: () => "one" });
  await assert.rejects(store.create(), (error: Error & { code: string }) => {
    assert.equal(error.code, "ERR_GANTRY_STORE");
    assert.match(error.message, /file/);
    return true;
  });
});

test("a writer that has ended takes nothing more", async (t) => {
  const { store } = await openStore(t);
  const writer = await store.create();
  await writer.commit();
  await assert.rejects(writer.write(bytes), { code: "ERR_GANTRY_INTERNAL" });
  await assert.rejects(writer.commit(), { code: "ERR_GANTRY_INTERNAL" });
});

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all = [];
  for await (const item of items) all.push(item);
  return all;
}
