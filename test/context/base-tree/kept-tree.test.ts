import assert from "node:assert/strict";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import { openBlobStore } from "../../../src/blobs/store.js";
import { openRecords } from "../../../src/cache/records.js";
import { openTree } from "../../../src/context/base-tree/kept-tree.js";
import { decodeRoot, encodeRoot } from "../../../src/context/base-tree/record.js";
import { readRoot } from "../../../src/context/base-tree/read-tree.js";
import type { Layer } from "../../../src/model/content.js";
import { contentOf } from "../../../src/model/image.js";
import type { Digest } from "../../../src/model/oci.js";
import { breakDisk } from "../../support/broken-disk.js";
import { scratchFolder, token } from "../../support/scratch-folder.js";
import { layer, listing } from "./layers.js";
import { modelOf } from "./tree-model.js";

const passwd = { path: "etc/passwd", body: "root:x:0:0:" };
const base = [
  layer("usr/", "usr/bin/", "usr/bin/sh -> dash", "bin -> usr/bin", passwd),
  layer("usr/bin/dash", "h => etc/passwd"),
];

/** Layers that count how often they are opened, and a place for their tree. */
async function keeping(t: TestContext) {
  const folder = await scratchFolder(t);
  const failures: unknown[] = [];
  let opened = 0;
  const layers = base.map((each): Layer => ({ ...each, open: (options) => (opened++, each.open(options)) }));
  const blobs = openBlobStore(join(folder, "blobs"), { token });
  const records = openRecords(join(folder, "records"));
  const kept = { blobs, records, onFailure: (error: unknown) => void failures.push(error) };
  const blob = async () => {
    for await (const { value } of records.list()) return (value as { digest: Digest }).digest;
    assert.fail("nothing was kept");
  };
  return { layers, kept, blob, failures, opened: () => opened };
}

test("a tree is listed once, and reads back equal without a layer being opened", async (t) => {
  const { layers, kept, opened } = await keeping(t);
  const first = await openTree(layers, { kept });
  const second = await openTree(layers, { kept });
  assert.deepEqual([first.isKept, second.isKept, opened()], [false, true, 2]);
  assert.deepEqual([...modelOf(second.tree)], [...modelOf(first.tree)]);
  for (const { tree } of [first, second])
    assert.deepEqual([...tree.linksAmong(["bin", "h", "usr/bin/dash", "etc/passwd"])], [["etc/passwd", "h"]]);
  for (const path of ["etc/passwd", "h"])
    assert.equal(Buffer.from((await second.tree.read(path))!).toString(), passwd.body);
  assert.equal(opened(), 2);
  assert.equal(Buffer.from((await second.tree.read("bin/dash"))!).toString(), "usr/bin/dash");
  assert.equal(opened(), 3);
});

test("a passwd behind a symlink is kept with the tree", async (t) => {
  const { kept } = await keeping(t);
  const linked = [layer("etc/passwd -> ../usr/share/users", { path: "usr/share/users", body: "u:x:1:1" })];
  await openTree(linked, { kept });
  const unreadable = linked.map((each): Layer => ({
    ...each,
    open: () => assert.fail("a layer was opened"),
  }));
  const { tree } = await openTree(unreadable, { kept });
  assert.equal(Buffer.from((await tree.read("etc/passwd"))!).toString(), "u:x:1:1");
});

test("nothing is kept where there is no place for it", async (t) => {
  const { layers, opened } = await keeping(t);
  for (let run = 1; run <= 2; run++) assert.equal((await openTree(layers, {})).isKept, false);
  assert.equal(opened(), 4);
});

test("other layers are another tree, the same in another order too", async (t) => {
  const { kept } = await keeping(t);
  const [one, two] = [layer("a", "b"), layer(".wh.a")];
  const trees = [[one, two], [two, one], [one], []];
  for (let run = 1; run <= 2; run++) {
    const listings = [];
    for (const layers of trees) {
      const { tree, isKept } = await openTree(layers, { kept });
      assert.equal(isKept, run === 2);
      listings.push(listing(tree));
    }
    assert.deepEqual(listings, [["b"], ["a", "b"], ["a", "b"], []]);
  }
});

const damages: readonly (readonly [what: string, damage: (file: string, size: number) => void])[] = [
  ["has other bytes", (file, size) => rewrite(file, new Uint8Array(size))],
  ["was cut short", (file) => rewrite(file, new Uint8Array(5))],
  ["is empty", (file) => rewrite(file, new Uint8Array())],
  ["is a folder", (file) => (rmSync(file), mkdirSync(file))],
  ["is gone", (file) => rmSync(file)],
];

function rewrite(file: string, bytes: Uint8Array): void {
  chmodSync(file, 0o644);
  writeFileSync(file, bytes);
}

for (const [what, damage] of damages) {
  test(`F95 a kept tree that ${what} is listed anew, and kept whole`, async (t) => {
    const { layers, kept, blob } = await keeping(t);
    await openTree(layers, { kept });
    const digest = await blob();
    damage(kept.blobs.path(digest), (await kept.blobs.size(digest))!);
    assert.equal((await openTree(layers, { kept })).isKept, false);
    assert.ok(await kept.blobs.verify(digest));
    assert.equal((await openTree(layers, { kept })).isKept, true);
  });
}

const sound = encodeRoot(await readRoot(base));
const records: Readonly<Record<string, (put: (bytes: Uint8Array) => Promise<object>) => Promise<object>>> = {
  "is no tree": (put) => put(gzipSync("no tree")),
  "is not packed": (put) => put(sound),
  "ends too early": (put) => put(gzipSync(sound.subarray(0, -3))),
  "has more behind its end": (put) => put(gzipSync(Buffer.concat([sound, Buffer.of(0)]))),
  "names no blob": async () => ({ digest: "sha256:x", size: 1 }),
  "is another's": async () => ({ shape: true }),
};

for (const [what, make] of Object.entries(records)) {
  test(`F95 a record that ${what} is as good as none`, async (t) => {
    const { layers, kept } = await keeping(t);
    await openTree(layers, { kept });
    const record = await make(async (bytes) => {
      const { descriptor, open } = contentOf(bytes, "application/octet-stream");
      await kept.blobs.put({ descriptor, open });
      return { digest: descriptor.digest, size: descriptor.size };
    });
    for await (const { key } of kept.records.list()) await kept.records.put(key, record);
    const { tree, isKept } = await openTree(layers, { kept });
    assert.equal(isKept, false);
    assert.equal(tree.lookup("usr/bin/dash")!.type, "file");
    assert.equal((await openTree(layers, { kept })).isKept, true);
  });
}

test("bytes that are no tree are never read as one that has other files, cut anywhere", () => {
  for (let length = 0; length < sound.length; length++)
    assert.equal(decodeRoot(sound.subarray(0, length)), undefined);
});

test("F98 a tree that cannot be written is told of, and listed each time", async (t) => {
  const { layers, kept, failures } = await keeping(t);
  breakDisk(t, ({ name, writes }) => (name === "open" && writes ? "ENOSPC" : undefined));
  for (let run = 1; run <= 2; run++) assert.equal((await openTree(layers, { kept })).isKept, false);
  assert.equal(failures.length, 2);
});

test("a record is small: a base of twenty thousand files in some bytes for each", async () => {
  const files = Array.from({ length: 20_000 }, (_, at) => ({
    path: `usr/share/doc/package-${at % 500}/file-${at}.txt`,
  }));
  const packed = gzipSync(encodeRoot(await readRoot([layer(...files)])), { level: 1 });
  assert.ok(packed.length < 20_000 * 15, `${packed.length} bytes`);
});
