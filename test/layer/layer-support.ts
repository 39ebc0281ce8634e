import { lstatSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { openBlobStore } from "../../src/blobs/store.js";
import { createLayerCache } from "../../src/cache/layer-cache.js";
import { openRecords } from "../../src/cache/records.js";
import { createWorkerPool, type WorkerPool } from "../../src/layer/pool.js";
import type { LayerContext } from "../../src/layer/materialise.js";
import type { Entry, LayerPlan } from "../../src/plan/plan.js";

/** A folder that is removed after the test. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "gantry-test-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A layer context over a folder, with two workers; its clock is set far ahead, so that fresh stamps are trusted. */
export function layerContext(
  t: TestContext,
  folder: string,
  now: number = Date.now() + 3_600_000,
): LayerContext {
  const pool = createWorkerPool(2);
  t.after(() => pool.close());
  let count = 0;
  return {
    system: { now: () => now },
    pool,
    cache: createLayerCache(openRecords(join(folder, "records"))),
    blobs: openBlobStore(join(folder, "store"), { token: () => `t${count++}`, durable: false }),
  };
}

/** Writes a file and lists it, as a walk would. */
export function fileEntry(folder: string, name: string, content: Uint8Array | string): Entry {
  const path = join(folder, name);
  writeFileSync(path, content);
  return listFile(path, name);
}

export function listFile(path: string, name: string): Entry {
  const { dev, ino, size, mtimeMs, ctimeMs } = lstatSync(path);
  return {
    path: name,
    type: "file",
    mode: 0o644,
    uid: 0,
    gid: 0,
    mtime: 0,
    size: Number(size),
    bytes: { type: "file", path, stamp: { dev, ino, size, mtime: mtimeMs, ctime: ctimeMs } },
  };
}

/** `size` bytes that look random and are the same every time. */
export function seededBytes(size: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(size);
  let state = seed >>> 0 || 1;
  for (let at = 0; at + 4 <= size; at += 4) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes.writeInt32LE(state ^ (state >>> 15), at);
  }
  return bytes;
}

export async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

export function planOf(...entries: Entry[]): LayerPlan {
  return { createdBy: "test", entries };
}

/** The pool with some of its functions replaced. */
export function observed(pool: WorkerPool, replaced: Partial<WorkerPool>): WorkerPool {
  return {
    window: pool.window,
    size: pool.size,
    reserve: () => pool.reserve(),
    frame: (segment, compression) => pool.frame(segment, compression),
    frameHere: (segment, compression) => pool.frameHere(segment, compression),
    sweeper: pool.sweeper,
    recycle: (raw) => pool.recycle(raw),
    close: () => pool.close(),
    ...replaced,
  };
}

export function someFiles(folder: string): Entry[] {
  return [
    fileEntry(folder, "a.txt", "hello\n"),
    fileEntry(folder, "big.bin", seededBytes(3_500_001)),
    fileEntry(folder, "empty", ""),
    fileEntry(folder, "z.bin", seededBytes(1_200_000, 7)),
  ];
}
