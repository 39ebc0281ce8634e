import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { frameSegment } from "../../src/layer/frame.js";
import { readSegment, writeSegment } from "../../src/layer/segment-message.js";
import { cutSegments } from "../../src/layer/segments.js";
import { sourceOf } from "../../src/context/archive/read-file.js";
import type { Entry } from "../../src/plan/plan.js";
import { end, membersOf } from "../tar/archive.js";
import { temporaryFolder } from "./layer-support.js";

const shared = { mode: 0o644, uid: 1, gid: 2, mtime: 0, size: 0 };

test("what archives bring crosses to a thread and is written: devices, pipes, attributes, parts of files", async (t) => {
  const path = join(temporaryFolder(t), "a.tar");
  writeFileSync(path, "before|the bytes|after");
  const source = sourceOf(path);
  const xattrs = { "security.capability": Uint8Array.of(0, 1, 255), "user.a\u00e9": Buffer.from("text") };
  const entries: readonly Entry[] = [
    { ...shared, path: "null", type: "char", device: { major: 1, minor: 3 } },
    { ...shared, path: "disk", type: "block", device: { major: 0o7777777, minor: 0 }, xattrs },
    { ...shared, path: "pipe", type: "fifo" },
    { ...shared, path: "part", type: "file", size: 9, xattrs, bytes: { ...source, offset: 7 } },
  ];
  const framed = [...cutSegments(entries)].map((segment) => {
    const here = Buffer.from(frameSegment(segment));
    assert.ok(here.equals(frameSegment(readSegment(structuredClone(writeSegment(segment))))));
    return here;
  });
  const members = await membersOf(Buffer.concat([...framed, end]));
  assert.deepEqual(
    members.map(({ header: { path: name, type, device }, body }) => [
      name,
      type,
      device?.major,
      device?.minor,
      body,
    ]),
    [
      ["null", "char", 1, 3, ""],
      ["disk", "block", 0o7777777, 0, ""],
      ["pipe", "fifo", undefined, undefined, ""],
      ["part", "file", undefined, undefined, "the bytes"],
    ],
  );
  for (const at of [1, 3]) {
    const found = Object.entries(members[at]!.header.xattrs!).map(([name, value]) => [
      name,
      Buffer.from(value).toString("hex"),
    ]);
    assert.deepEqual(Object.fromEntries(found), {
      "security.capability": "0001ff",
      "user.a\u00e9": "74657874",
    });
  }
});

test("a part of a file that has changed is an error, as a whole one is", (t) => {
  const path = join(temporaryFolder(t), "a.tar");
  writeFileSync(path, "before|the bytes|after");
  const bytes = { ...sourceOf(path), offset: 7 };
  writeFileSync(path, "before|the bytes|after, and more");
  const [segment] = cutSegments([{ ...shared, path: "part", type: "file", size: 9, bytes }]);
  assert.throws(() => frameSegment(segment!), { code: "ERR_GANTRY_SOURCE_CHANGED" });
});
