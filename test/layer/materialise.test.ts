import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { gunzipSync } from "node:zlib";
import { materialise } from "../../src/layer/materialise.js";
import { canWriteZstd } from "../../src/codec/zstd.js";
import type { WorkerPool } from "../../src/layer/pool.js";
import { collect, fileEntry, layerContext, listFile, seededBytes, temporaryFolder } from "./layer-support.js";
import type { Compression, Entry, LayerPlan } from "../../src/plan/plan.js";

const none: Compression = { type: "none", level: 0 };
const gzip: Compression = { type: "gzip", level: 1 };

function planOf(...entries: Entry[]): LayerPlan {
  return { createdBy: "test", entries };
}

function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** The pool with some of its functions replaced. */
function observed(pool: WorkerPool, replaced: Partial<WorkerPool>): WorkerPool {
  return {
    window: pool.window,
    reserve: () => pool.reserve(),
    run: (job) => pool.run(job),
    runHere: (job) => pool.runHere(job),
    recycle: (raw) => pool.recycle(raw),
    close: () => pool.close(),
    ...replaced,
  };
}

/** A few megabytes in several files, so that workers are used. */
function someFiles(folder: string): Entry[] {
  return [
    fileEntry(folder, "a.txt", "hello\n"),
    fileEntry(folder, "big.bin", seededBytes(3_500_001)),
    fileEntry(folder, "empty", ""),
    fileEntry(folder, "z.bin", seededBytes(1_200_000, 7)),
  ];
}

test("a plain layer's digest is its diffID and every opening yields the same bytes", async (t) => {
  const folder = temporaryFolder(t);
  const plan = planOf(...someFiles(folder));
  const layer = await materialise(plan, { compression: none, context: layerContext(t, folder) });
  const bytes = await collect(layer.open());
  assert.equal(layer.diffId, layer.descriptor.digest);
  assert.equal(sha256(bytes), layer.descriptor.digest);
  assert.equal(bytes.length, layer.descriptor.size);
  assert.deepEqual(await collect(layer.open({ start: 1_234_567 })), bytes.subarray(1_234_567));
});

test("a gzip layer unpacks to the bytes of its diffID and is kept under its digest", async (t) => {
  const folder = temporaryFolder(t);
  const plan = planOf(...someFiles(folder));
  const context = layerContext(t, folder);
  const layer = await materialise(plan, { compression: gzip, context });
  const packed = await collect(layer.open());
  assert.equal(sha256(packed), layer.descriptor.digest);
  assert.equal(packed.length, layer.descriptor.size);
  assert.equal(sha256(gunzipSync(packed)), layer.diffId);
  assert.ok(existsSync(context.blobs.path(layer.descriptor.digest)));
});

test("the bytes do not depend on the number of workers", async (t) => {
  const folder = temporaryFolder(t);
  const entries = someFiles(folder);
  const many = await materialise(planOf(...entries), {
    compression: gzip,
    context: layerContext(t, join(folder, "1")),
  });
  const few = { ...layerContext(t, join(folder, "2")) };
  const pool = observed(few.pool, { run: async (job) => few.pool.runHere(job) });
  const one = await materialise(planOf(...entries), { compression: gzip, context: { ...few, pool } });
  assert.equal(one.descriptor.digest, many.descriptor.digest);
});

test(
  "a zstd layer is kept under its digest",
  { skip: canWriteZstd() ? false : "zstd needs Node 22.15" },
  async (t) => {
    const folder = temporaryFolder(t);
    const context = layerContext(t, folder);
    const compression: Compression = { type: "zstd", level: 1 };
    const layer = await materialise(planOf(...someFiles(folder)), { compression, context });
    assert.equal(sha256(await collect(layer.open())), layer.descriptor.digest);
  },
);

/** How many segments a making took: what a cache saved is counted, not timed. */
async function countJobs(t: TestContext, folder: string, plan: LayerPlan, compression: Compression) {
  const context = layerContext(t, folder);
  const jobs: string[] = [];
  const pool = observed(context.pool, {
    run: (job) => (jobs.push(job.compression.type), context.pool.run(job)),
    runHere: (job) => (jobs.push(job.compression.type), context.pool.runHere(job)),
  });
  const layer = await materialise(plan, { compression, context: { ...context, pool } });
  return { layer, jobs: [...new Set(jobs)] };
}

test("an unchanged layer is neither read nor packed again", async (t) => {
  const folder = temporaryFolder(t);
  const plan = planOf(...someFiles(folder));
  const first = await countJobs(t, folder, plan, gzip);
  const second = await countJobs(t, folder, plan, gzip);
  assert.deepEqual(first.jobs, ["gzip"]);
  assert.deepEqual(second.jobs, []);
  assert.equal(second.layer.descriptor.digest, first.layer.descriptor.digest);
});

test("a touched file costs a hash and not a compression", async (t) => {
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
  const changes: Partial<Entry>[] = [{ path: "b" }, { mode: 0o755 }, { uid: 7 }, { gid: 7 }, { mtime: 5 }];
  for (const change of changes) {
    const { layer, jobs } = await countJobs(t, folder, planOf({ ...entry, ...change }), gzip);
    assert.deepEqual(jobs, ["gzip"], JSON.stringify(change));
    assert.notEqual(layer.diffId, base.layer.diffId);
  }
  const level = await countJobs(t, folder, planOf(entry), { type: "gzip", level: 9 });
  assert.deepEqual(level.jobs, ["gzip"]);
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

const tampering: Record<string, (path: string) => void> = {
  grows: (path) => writeFileSync(path, "longer than before\n"),
  shrinks: (path) => truncateSync(path, 2),
  "is replaced": (path) => {
    writeFileSync(`${path}.new`, "hello\n");
    renameSync(`${path}.new`, path);
  },
  vanishes: (path) => rmSync(path),
  "is rewritten in place": (path) => writeFileSync(path, "HELLO\n"),
};

for (const [how, tamper] of Object.entries(tampering)) {
  for (const compression of [none, gzip]) {
    test(`B31 a file that ${how} between listing and packing (${compression.type}) fails by name`, async (t) => {
      const folder = temporaryFolder(t);
      const entry = fileEntry(folder, "a.txt", "hello\n");
      utimesSync(join(folder, "a.txt"), 5, 5);
      const listed = listFile(join(folder, "a.txt"), "a.txt");
      assert.equal(listed.size, entry.size);
      tamper(join(folder, "a.txt"));
      const making = materialise(planOf(listed), { compression, context: layerContext(t, folder) });
      await assert.rejects(making, (error: Error & { code?: string }) => {
        assert.equal(error.code, "ERR_GANTRY_SOURCE_CHANGED");
        assert.match(error.message, /a\.txt/);
        return true;
      });
      assert.deepEqual(
        existsSync(join(folder, "store", "tmp")) ? readdirSync(join(folder, "store", "tmp")) : [],
        [],
      );
    });
  }
}

test("an empty file that was filled between listing and packing fails by name", async (t) => {
  const folder = temporaryFolder(t);
  const entry = fileEntry(folder, "a.txt", "");
  writeFileSync(join(folder, "a.txt"), "late\n");
  const making = materialise(planOf(entry), { compression: none, context: layerContext(t, folder) });
  await assert.rejects(making, { code: "ERR_GANTRY_SOURCE_CHANGED" });
});

test("a file that fails far ahead of the reader fails the layer and nothing else", async (t) => {
  const folder = temporaryFolder(t);
  const entries = [fileEntry(folder, "a", seededBytes(4 << 20)), fileEntry(folder, "b", "x")];
  const plan = planOf(...entries, { ...entries[1]!, path: "c", size: 2 });
  rmSync(join(folder, "b"));
  await assert.rejects(materialise(plan, { compression: gzip, context: layerContext(t, folder) }), {
    code: "ERR_GANTRY_SOURCE_CHANGED",
  });
});

test("a plain layer whose file changed before it is sent fails by name", async (t) => {
  const folder = temporaryFolder(t);
  const plan = planOf(fileEntry(folder, "a.txt", "hello\n"));
  const layer = await materialise(plan, { compression: none, context: layerContext(t, folder) });
  writeFileSync(join(folder, "a.txt"), "other!\n");
  await assert.rejects(collect(layer.open()), { code: "ERR_GANTRY_SOURCE_CHANGED" });
});

test("GNU tar lists the layer", { skip: hasTar() ? false : "tar is not installed" }, async (t) => {
  const folder = temporaryFolder(t);
  const entries = someFiles(folder);
  const layer = await materialise(planOf(...entries), {
    compression: gzip,
    context: layerContext(t, folder),
  });
  const listing = execFileSync("tar", ["-tzf", "-"], {
    input: await collect(layer.open()),
    encoding: "utf8",
  });
  assert.deepEqual(
    listing.trim().split("\n"),
    entries.map(({ path }) => path),
  );
});

function hasTar(): boolean {
  try {
    execFileSync("tar", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

test("an aborted build leaves no temporary file", async (t) => {
  const folder = temporaryFolder(t);
  const controller = new AbortController();
  const context = layerContext(t, folder);
  const making = materialise(planOf(...someFiles(folder)), {
    compression: gzip,
    context,
    signal: controller.signal,
    onEvent: (event) => event.type === "step-progress" && controller.abort(),
  });
  await assert.rejects(making, { name: "AbortError" });
  assert.deepEqual(readdirSync(join(folder, "store", "tmp")), []);
});
