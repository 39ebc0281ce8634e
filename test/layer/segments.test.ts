import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { frameSegment } from "../../src/layer/frame.js";
import { paddedSize, writeHeader } from "../../src/tar/header.js";
import { cutSegments, tarSize } from "../../src/layer/segments.js";
import { readSegment, writeSegment } from "../../src/layer/segment-message.js";
import type { Entry } from "../../src/plan/plan.js";

function entry(path: string, size: number): Entry {
  const source = { type: "inline", bytes: new Uint8Array(0) } as const;
  return { path, type: "file", mode: 0o644, uid: 0, gid: 0, mtime: 0, size, bytes: source };
}

const lists = fc.array(
  fc.tuple(fc.string({ minLength: 1, maxLength: 200 }), fc.oneof(fc.nat(2000), fc.nat(5_000_000))),
  { maxLength: 30 },
);

test("segments cover every byte of every entry once and in order", () => {
  fc.assert(
    fc.property(lists, (list) => {
      const entries = list.map(([path, size]) => entry(path, size));
      const pieces = [...cutSegments(entries)].flatMap((segment) => segment.pieces);
      let at = 0;
      for (const one of entries) {
        let offset = 0;
        do {
          const piece = pieces[at++];
          assert.equal(piece?.entry, one);
          assert.equal(piece.from, offset);
          offset += piece.length;
        } while (offset < one.size);
      }
      assert.equal(at, pieces.length);
    }),
    { numRuns: 50 },
  );
});

test("the framed segments joined are the tar that one straight pass writes", async () => {
  const sizes = fc.array(
    fc.oneof(
      fc.nat(40).map((blocks) => blocks * 512),
      fc.constantFrom(0, (1 << 20) - 1024, (1 << 20) - 512, 1 << 20),
      fc.nat(3000),
    ),
    { maxLength: 40 },
  );
  await fc.assert(
    fc.asyncProperty(sizes, async (list) => {
      const entries = list.map((size, at) => ({ ...entry(`f${at}`, size), bytes: inline(size) }));
      const framed = Buffer.concat(
        [...cutSegments(entries)].map((segment) =>
          Buffer.from(frameSegment(readSegment(writeSegment(segment)))),
        ),
      );
      assert.ok(framed.equals(await straight(entries)));
      assert.ok(
        [...cutSegments(entries)].every(({ pieces }) =>
          pieces.every((piece) => piece.length > 0 || piece.entry.size === 0),
        ),
      );
    }),
    { numRuns: 60 },
  );
});

test("a header that ends a segment exactly keeps its first bytes with it", async () => {
  for (let size = (1 << 20) - 4096; size <= (1 << 20) + 1024; size += 256) {
    const entries = [size, 10, 5].map((length, at) => ({
      ...entry(`f${at}`, length),
      bytes: inline(length),
    }));
    const framed = Buffer.concat(
      [...cutSegments(entries)].map((segment) => Buffer.from(frameSegment(segment))),
    );
    assert.ok(framed.equals(await straight(entries)), `${size}`);
  }
});

function inline(size: number) {
  return { type: "inline", bytes: new Uint8Array(size).fill(7) } as const;
}

/** The whole tar in one buffer, header after header. */
async function straight(entries: readonly Entry[]): Promise<Buffer> {
  const target = Buffer.alloc(await tarSize(entries));
  let offset = 0;
  for (const one of entries) {
    offset = writeHeader(target, offset, one);
    target.fill(7, offset, offset + one.size);
    offset += paddedSize(one.size);
  }
  return target;
}

test("segments add up to the size of the tar, and none is much above 1 MiB", async () => {
  await fc.assert(
    fc.asyncProperty(lists, async (list) => {
      const entries = list.map(([path, size]) => entry(path, size));
      const segments = [...cutSegments(entries)];
      assert.equal(
        segments.reduce((sum, { size }) => sum + size, 0),
        await tarSize(entries),
      );
      for (const { size } of segments) assert.ok(size <= (1 << 20) + 8192, `${size}`);
      assert.deepEqual(
        segments.map(({ last }) => last),
        segments.map((_, at) => at === segments.length - 1),
      );
    }),
    { numRuns: 50 },
  );
});

test("a layer without entries is one segment of the end alone", () => {
  assert.deepEqual([...cutSegments([])], [{ pieces: [], size: 1024, last: true }]);
});
