import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeArchive, encodeArchive } from "../../../src/context/archive/record.js";
import type { ArchiveRecord } from "../../../src/context/archive/record.js";

const record: ArchiveRecord = {
  content: `sha256:${"a".repeat(64)}`,
  members: [
    { path: "f", type: "file", mode: 0o4755, uid: 2 ** 40, gid: 3, size: 2 ** 45, offset: 2 ** 33 },
    {
      path: "s",
      type: "file",
      mode: 0,
      uid: 0,
      gid: 0,
      size: 9,
      offset: 0,
      content: `sha256:${"b".repeat(64)}`,
    },
    { path: "", type: "directory", mode: 0o700, uid: 1, gid: 2, size: 0, offset: 0 },
    { path: "é", type: "symlink", mode: 0o777, uid: 1, gid: 2, size: 0, offset: 0, linkTarget: "../x" },
    { path: "h", type: "hardlink", mode: 1, uid: 1, gid: 2, size: 0, offset: 0, linkTarget: "f" },
    {
      path: "d",
      type: "block",
      mode: 1,
      uid: 1,
      gid: 2,
      size: 0,
      offset: 0,
      device: { major: 8, minor: 300 },
    },
    {
      path: "x",
      type: "fifo",
      mode: 1,
      uid: 1,
      gid: 2,
      size: 0,
      offset: 0,
      xattrs: { "security.capability": Uint8Array.of(1, 0, 255) },
    },
  ],
};

test("what was listed is remembered as it was", () => {
  assert.deepEqual(decodeArchive(encodeArchive(record)), record);
  const plain: ArchiveRecord = { content: undefined, members: [] };
  assert.deepEqual(decodeArchive(encodeArchive(plain)), plain);
});

test("bytes that are no list are none, whatever they are", () => {
  const bytes = encodeArchive(record);
  for (let length = 0; length < bytes.length; length++) decodeArchive(bytes.subarray(0, length));
  fc.assert(fc.property(fc.uint8Array(), (noise) => void decodeArchive(noise)));
  assert.equal(decodeArchive(Buffer.from("no")), undefined);
});
