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
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { materialise } from "../../src/layer/materialise.js";
import { canWriteZstd } from "../../src/codec/zstd.js";
import {
  collect,
  fileEntry,
  layerContext,
  listFile,
  observed,
  planOf,
  seededBytes,
  someFiles,
  temporaryFolder,
} from "./layer-support.js";
import type { Compression } from "../../src/plan/plan.js";

const none: Compression = { type: "none", level: 0 };
const gzip: Compression = { type: "gzip", level: 1 };

function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** A few megabytes in several files, so that workers are used. */

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
  const pool = observed(few.pool, { frame: async (segment, how) => few.pool.frameHere(segment, how) });
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
