import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, rmSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { codecOf } from "../../src/layer/codec.js";
import { layerKeys, packedKey } from "../../src/layer/layer-keys.js";
import { materialise } from "../../src/layer/materialise.js";
import { tarVersion } from "../../src/tar/header.js";
import {
  fileEntry,
  layerContext,
  listFile,
  observed,
  planOf,
  someFiles,
  temporaryFolder,
} from "./layer-support.js";
import type { Compression, Entry, FileSource, LayerPlan } from "../../src/plan/plan.js";

const none: Compression = { type: "none", level: 0 };
const gzip: Compression = { type: "gzip", level: 1 };

/** How many segments a making took: what a cache saved is counted, not timed. */
async function countJobs(t: TestContext, folder: string, plan: LayerPlan, compression: Compression) {
  const context = layerContext(t, folder);
  const jobs: string[] = [];
  const pool = observed(context.pool, {
    frame: (segment, how) => (jobs.push(how.type), context.pool.frame(segment, how)),
    frameHere: (segment, how) => (jobs.push(how.type), context.pool.frameHere(segment, how)),
  });
  const layer = await materialise(plan, { compression, context: { ...context, pool } });
  return { layer, jobs: [...new Set(jobs)] };
}

test("F99 an unchanged layer is neither read nor packed again", async (t) => {
  const folder = temporaryFolder(t);
  const plan = planOf(...someFiles(folder));
  const first = await countJobs(t, folder, plan, gzip);
  const second = await countJobs(t, folder, plan, gzip);
  assert.deepEqual(first.jobs, ["gzip"]);
  assert.deepEqual(second.jobs, []);
  assert.equal(second.layer.descriptor.digest, first.layer.descriptor.digest);
});

test("F99 a touched file costs a hash and not a compression", async (t) => {
  const folder = temporaryFolder(t);
  const entries = someFiles(folder);
  const first = await countJobs(t, folder, planOf(...entries), gzip);
  utimesSync(join(folder, "a.txt"), 1, 1);
  const touched = [listFile(join(folder, "a.txt"), "a.txt"), ...entries.slice(1)];
  const second = await countJobs(t, folder, planOf(...touched), gzip);
  assert.deepEqual(second.jobs, ["none"]);
  assert.equal(second.layer.descriptor.digest, first.layer.descriptor.digest);
});

test("F99 each input of a layer's bytes is part of its key", async (t) => {
  const folder = temporaryFolder(t);
  const entry = fileEntry(folder, "a.txt", "hello\n");
  const base = await countJobs(t, folder, planOf(entry), gzip);
  const inline = { type: "inline", bytes: Buffer.from("HELLO\n") } as const;
  const changes: Partial<Entry>[] = [
    ...[{ path: "b" }, { mode: 0o755 }, { uid: 7 }, { gid: 7 }, { mtime: 5 }, { bytes: inline }],
    { bytes: fileEntry(folder, "other.txt", "other\n").bytes! },
    (({ size, bytes }) => ({ size, bytes: bytes! }))(fileEntry(folder, "longer.txt", "longer than it was\n")),
  ];
  const seen = new Set([base.layer.diffId]);
  for (const change of changes) {
    const { layer, jobs } = await countJobs(t, folder, planOf({ ...entry, ...change }), gzip);
    assert.equal(jobs.at(-1), "gzip", Object.keys(change).join());
    assert.equal(seen.has(layer.diffId), false);
    seen.add(layer.diffId);
  }
  const level = await countJobs(t, folder, planOf(entry), { type: "gzip", level: 9 });
  assert.deepEqual(level.jobs, ["gzip"]);
});

test("F99 every field of an entry, the writers' versions and the codec are part of the keys", async (t) => {
  const folder = temporaryFolder(t);
  const file = fileEntry(folder, "a.txt", "hello\n");
  const { bytes: _, ...bare } = file;
  const link: Entry = { ...bare, type: "symlink", size: 0, linkTarget: "x" };
  const stamped = (change: object): Entry => {
    assert.equal(file.bytes?.type, "file");
    return { ...file, bytes: { ...file.bytes, stamp: { ...file.bytes.stamp, ...change } } } as Entry;
  };
  const entries: Entry[][] = [
    [],
    [file],
    [file, file],
    [link],
    ...[{ linkTarget: "y" }, { type: "hardlink" }, { mode: 1 }, { size: 1 }].map((change) => [
      { ...link, ...change } as Entry,
    ]),
    ...["char", "block", "fifo"].map((type) => [{ ...link, type } as Entry]),
    [{ ...link, type: "char", device: { major: 1, minor: 3 } }],
    [{ ...link, type: "char", device: { major: 1, minor: 5 } }],
    [{ ...link, xattrs: { "security.capability": Uint8Array.of(1) } }],
    [{ ...link, xattrs: { "security.capability": Uint8Array.of(2) } }],
    [{ ...file, bytes: { ...(file.bytes as FileSource), offset: 512 } }],
    [{ ...file, bytes: { ...(file.bytes as FileSource), offset: 1024 } }],
    ...[{ dev: 9 }, { ino: 9 }, { mtime: 9 }, { ctime: 9 }].map((change) => [stamped(change)]),
  ];
  const keys = await Promise.all(entries.map((list) => layerKeys(list)));
  assert.equal(new Set(keys.map(({ stamps }) => stamps)).size, entries.length);
  // A touch, or another place in the file, changes the stamp and not the shape.
  assert.equal(new Set(keys.map(({ shape }) => shape)).size, entries.length - 6);
  const hash = (text: string) => createHash("sha256").update(text).digest("hex");
  assert.deepEqual(
    [keys[0]!.stamps, keys[0]!.shape],
    [hash(`stamps\0${tarVersion}\0${hash(`shape\0${tarVersion}\0`)}`), hash(`shape\0${tarVersion}\0`)],
    "another version of the tar writer has other keys",
  );
  const diffId = `sha256:${"0".repeat(64)}` as const;
  const codecs = (["gzip", "zstd"] as const).flatMap((type) =>
    [1, 9].map((level) => codecOf(type).id(level)),
  );
  assert.equal(new Set(codecs.map((codec) => packedKey(diffId, codec))).size, 4);
  assert.notEqual(packedKey(diffId, codecs[0]!), packedKey(`sha256:${"1".repeat(64)}`, codecs[0]!));
});

test("F99 the same files in another folder cost a hash and not a compression", async (t) => {
  const folder = temporaryFolder(t);
  const first = await countJobs(t, folder, planOf(...someFiles(folder)), gzip);
  const moved = join(folder, "elsewhere");
  mkdirSync(moved);
  const second = await countJobs(t, folder, planOf(...someFiles(moved)), gzip);
  assert.deepEqual(second.jobs, ["none"]);
  assert.equal(second.layer.descriptor.digest, first.layer.descriptor.digest);
});

test("a stamp as young as the build is not trusted", async (t) => {
  const folder = temporaryFolder(t);
  const plan = planOf(...someFiles(folder));
  await materialise(plan, { compression: none, context: layerContext(t, folder, Date.now()) });
  const second = await countJobs(t, folder, plan, none);
  assert.deepEqual(second.jobs, ["none"]);
});

test("a packed layer that vanished from the cache is packed again", async (t) => {
  const folder = temporaryFolder(t);
  const plan = planOf(...someFiles(folder));
  const { layer } = await countJobs(t, folder, plan, gzip);
  rmSync(layerContext(t, folder).blobs.path(layer.descriptor.digest));
  const again = await countJobs(t, folder, plan, gzip);
  assert.deepEqual(again.jobs, ["gzip"]);
  assert.equal(again.layer.descriptor.digest, layer.descriptor.digest);
});
