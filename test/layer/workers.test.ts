import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { openBlobStore } from "../../src/blobs/store.js";
import { noLayerCache } from "../../src/cache/layer-cache.js";
import { materialise } from "../../src/layer/materialise.js";
import { createWorkerPool } from "../../src/layer/pool.js";
import { segmentsAtOnce } from "../../src/layer/stream.js";
import { observed, planOf, seededBytes, temporaryFolder } from "./layer-support.js";
import type { LayerContext } from "../../src/layer/materialise.js";
import type { WorkerPool } from "../../src/layer/pool.js";
import type { Compression, Entry } from "../../src/plan/plan.js";

const none: Compression = { type: "none", level: 0 };
const gzip: Compression = { type: "gzip", level: 1 };

let count = 0;

function context(pool: WorkerPool, folder: string): LayerContext {
  const token = () => `t${count++}`;
  return {
    system: { now: () => 0 },
    pool,
    cache: noLayerCache,
    blobs: openBlobStore(join(folder, "store"), { token, durable: false }),
  };
}

function inline(path: string, size: number, seed: number): Entry {
  // Every other one can be compressed: bytes that look random are stored as they are.
  const content = seededBytes(size, seed);
  const bytes = {
    type: "inline",
    bytes: seed % 2 === 0 ? content : content.map((byte) => byte & 15),
  } as const;
  return { path, type: "file", mode: 0o644, uid: 0, gid: 0, mtime: 0, size, bytes };
}

const entries = fc
  .array(fc.oneof(fc.nat(3000), fc.nat(1_500_000)), { minLength: 1, maxLength: 8 })
  .map((sizes) => sizes.map((size, at) => inline(`f${at}`, size, at + 1)));

test("the same entries give the same diffID and the same layer whatever the number of workers", async (t) => {
  const folder = temporaryFolder(t);
  const pools = [1, 2, 3, 5].map((size) => createWorkerPool(size));
  t.after(() => Promise.all(pools.map((pool) => pool.close())));
  const alone = observed(pools[0]!, {
    frame: async (segment, how) => pools[0]!.frameHere(segment, how),
  });
  await fc.assert(
    fc.asyncProperty(entries, fc.constantFrom(none, gzip), async (list, compression) => {
      const made = await Promise.all(
        [alone, ...pools].map((pool) =>
          materialise(planOf(...list), { compression, context: context(pool, folder) }),
        ),
      );
      assert.equal(new Set(made.map(({ diffId }) => diffId)).size, 1);
      assert.equal(new Set(made.map(({ descriptor }) => descriptor.digest)).size, 1);
    }),
    { numRuns: 15 },
  );
});

test("between two chances for the event loop no more is hashed than a few segments", async (t) => {
  const folder = temporaryFolder(t);
  const pool = createWorkerPool(2);
  t.after(() => pool.close());
  let inThisTurn = 0;
  let most = 0;
  let over = false;
  const nextTurn = () => {
    most = Math.max(most, inThisTurn);
    inThisTurn = 0;
    if (!over) setImmediate(nextTurn);
  };
  nextTurn();
  // Answers at once, as threads do that are faster than the reader. A segment is given back when it has been hashed.
  const counted = observed(pool, {
    frame: async (segment, how) => pool.frameHere(segment, how),
    recycle: (bytes) => {
      inThisTurn += bytes.length;
      pool.recycle(bytes);
    },
  });
  const list = Array.from({ length: 24 }, (_, at) => inline(`f${at}`, 1 << 20, at + 1));
  await materialise(planOf(...list), { compression: none, context: context(counted, folder) });
  over = true;
  assert.ok(most >= 1 << 20, "something was counted");
  assert.ok(most <= (segmentsAtOnce + 1) * ((1 << 20) + (1 << 14)), `${most} bytes in one turn`);
});
