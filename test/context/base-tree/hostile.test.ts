import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { canWriteZstd, zstdSegment } from "../../../src/codec/zstd.js";
import { readTree } from "../../../src/context/base-tree/read-tree.js";
import { createChanges } from "../../../src/context/base-tree/layer-changes.js";
import type { Layer } from "../../../src/model/content.js";
import { digestOf } from "../../../src/model/digest.js";
import { archiveOf, end, entryOf, pax, raw } from "../../tar/archive.js";
import { layer, layerOf, listing, rawLayer, treeOf } from "./layers.js";

const big = "x/".repeat(2100);

/** Layers that an image must not have (security S9–S14), each with what the error says. */
const refused: Readonly<Record<string, readonly [Layer, RegExp]>> = {
  "an absolute name": [rawLayer(raw({ name: "/etc/shadow" })), /"\/etc\/shadow" is absolute/],
  'a name with ".."': [rawLayer(raw({ name: "a/../../etc/shadow" })), /holds "\.\."/],
  'the name ".."': [rawLayer(raw({ name: ".." })), /holds "\.\."/],
  'the folder "../"': [rawLayer(raw({ name: "../", flag: "5" })), /holds "\.\."/],
  "an empty name": [rawLayer(raw({ name: "" })), /is empty/],
  "a name with NUL": [rawLayer(raw({ flag: "x" }, pax({ path: "a\0b" })), raw({})), /holds a NUL/],
  "a drive": [rawLayer(raw({ name: "C:\\x" })), /is absolute/],
  "a drive with a slash": [rawLayer(raw({ name: "C:/x" })), /is absolute/],
  "a share": [rawLayer(raw({ name: "\\\\host\\x" })), /is absolute/],
  "a way up by backslashes": [rawLayer(raw({ name: "a\\..\\x" })), /leaves the archive/],
  "a name that is not UTF-8": [rawLayer(raw({ name: Buffer.from([0x61, 0xff]) })), /not UTF-8/],
  "a root that is a file": [
    rawLayer(raw({ name: "./", flag: "0" })),
    /slash at the end|root must be a folder/,
  ],
  "a root that is a symlink": [
    rawLayer(raw({ name: "./", flag: "2", link: "/etc" })),
    /root must be a folder/,
  ],
  "a file below a file": [layer("a", "a/b"), /member "a\/b": "a" on its way is a file/],
  "a file below a device": [
    rawLayer(raw({ name: "a", flag: "3" }), raw({ name: "a/b" })),
    /"a" on its way is a other/,
  ],
  "a hardlink to nothing": [
    layer("a => victim"),
    /member "a": it is a hardlink to "victim", which is nowhere/,
  ],
  "a hardlink to itself": [layer("a => a"), /hardlink to "a", which is nowhere/],
  "a hardlink to a later member": [layer("a => b", "b"), /hardlink to "b", which is nowhere/],
  "a hardlink out of the image": [
    rawLayer(raw({ name: "a", flag: "1", link: "../../etc/shadow" })),
    /holds "\.\."/,
  ],
  "a hardlink to an absolute path": [
    rawLayer(raw({ name: "a", flag: "1", link: "/etc/shadow" })),
    /is absolute/,
  ],
  "a hardlink to a folder": [layer("d/", "a => d"), /hardlink to "d", which is a folder/],
  "a hardlink to a link that leads nowhere through another": [
    layer("l -> /etc", "a => l/shadow"),
    /which is nowhere/,
  ],
  "a symlink without target": [rawLayer(raw({ name: "l", flag: "2" })), /needs a target/],
  "a whiteout of nothing": [layer("d/.wh."), /member "d\/.wh.": it is a whiteout of no file/],
  'a whiteout of "."': [layer("d/.wh.."), /it is a whiteout of no file/],
  'a whiteout of ".."': [layer("d/.wh..."), /it is a whiteout of no file/],
  "a file in a whiteout": [layer(".wh./x"), /".wh." on its way is a whiteout/],
  "a file in a whiteout with a name": [layer("d/.wh.a/x"), /".wh.a" on its way is a whiteout/],
  "a whiteout through a symlink": [layer("l -> /etc", "l/.wh.passwd"), /"l" on its way is a symlink/],
  "an opaque mark through a symlink": [layer("l -> /etc", "l/.wh..wh..opq"), /"l" on its way is a symlink/],
  "a sparse file": [rawLayer(raw({ name: "f", flag: "S", magic: "ustar  \0" })), /sparse/],
  "a type that nobody knows": [rawLayer(raw({ name: "f", flag: "Z" })), /type "Z"/],
  "a folder with a body": [rawLayer(raw({ name: "d/", flag: "5" }, "body")), /has no body/],
  "a negative owner": [rawLayer(raw({ uid: Buffer.alloc(8, 0xff) })), /must not be negative/],
  "a wrong checksum": [rawLayer(raw({ checksum: "000001\0 " })), /checksum/],
  "a tar that is cut short": [
    layerOf(archiveOf({ path: "a", body: "x".repeat(2000) }).subarray(0, 1024)),
    /cut short/,
  ],
  "what is no tar at all": [layerOf(Buffer.alloc(2048, "no tar")), /checksum|octal/],
};

for (const [what, [hostile, message]] of Object.entries(refused)) {
  test(`B40 ${what} is an error that names the layer, and no file of it is anywhere`, async () => {
    await assert.rejects(treeOf(layer("etc/passwd"), hostile), (error: Error & { code?: string }) => {
      assert.equal(error.code, "ERR_GANTRY_TAR_INVALID");
      assert.match(error.message, message);
      assert.ok(error.message.startsWith(`layer ${hostile.descriptor.digest}`), error.message);
      return true;
    });
  });
}

const tooLong: Readonly<Record<string, Layer>> = {
  "a path": layer({ path: `${big}x` }),
  "a symlink's target": layer({ path: "l", type: "symlink", linkTarget: big }),
  "a path behind a symlink": layer(
    "a/",
    { path: "a/l", type: "symlink", linkTarget: `/${big.slice(0, 4000)}` },
    `a/l/${"y/".repeat(100)}z`,
  ),
};

for (const [what, hostile] of Object.entries(tooLong)) {
  test(`B40 ${what} that is longer than Linux takes is a limit`, async () => {
    await assert.rejects(treeOf(hostile), { code: "ERR_GANTRY_LIMIT", message: /over the 4096/ });
  });
}

test("B40 a loop of symlinks within a layer ends", async () => {
  await assert.rejects(treeOf(layer("a -> b", "b -> a", "a/x")), {
    code: "ERR_GANTRY_LIMIT",
    message: /loop/,
  });
});

test("B40 a symlink through which a file was to be written out of the root leads back into it", async () => {
  const tree = await treeOf(layer("l -> ../../../etc", "l/shadow", "m -> /", "m/x"));
  assert.deepEqual(listing(tree), ["etc/ (made)", "etc/shadow", "l -> ../../../etc", "m -> /", "x"]);
});

test("B40 folders two thousand levels deep are read, laid over each other and asked", async () => {
  const path = "d/".repeat(2000);
  const tree = await treeOf(
    layer({ path: `${path}a` }),
    layer({ path: `${path}b` }),
    layer({ path: `${path}.wh.a` }),
  );
  assert.equal(tree.lookup(`${path}a`), undefined);
  assert.equal(tree.lookup(`${path}b`)!.type, "file");
  assert.equal(tree.with([{ ...entryOf({ path: "x" }), type: "file" }]).resolve(`${path}b`).path, `${path}b`);
});

test("B40 more files and longer names than an image has are a limit, counted over all layers", () => {
  const budget = { nodes: 5, text: 100 };
  const origin = { layer: 0, member: 0, bytes: undefined };
  createChanges("one", budget).add(entryOf({ path: "a/b/c" }), origin);
  const two = createChanges("layer two", budget);
  two.add(entryOf({ path: "a/b" }), origin);
  const limit = { code: "ERR_GANTRY_LIMIT", message: /^layer two, member "x": .*more files/ };
  assert.throws(() => two.add(entryOf({ path: "x" }), origin), limit);
  const names = createChanges("names", { nodes: 10, text: 100 });
  assert.throws(() => names.add(entryOf({ path: "n".repeat(101) }), origin), { code: "ERR_GANTRY_LIMIT" });
});

test("B41 what one reader hides in a body is no file of the tree", async () => {
  const smuggled = raw({ name: "smuggled" }, "evil");
  const hidden = rawLayer(
    raw({ flag: "x" }, pax({ size: String(smuggled.length) })),
    raw({ name: "f" }),
    smuggled,
    raw({ name: "next" }),
  );
  assert.deepEqual(listing(await treeOf(hidden)), ["f", "next"]);
  const apart = rawLayer(raw({ flag: "x" }, pax({ size: "1024" })), raw({ name: "d/", flag: "5" }), smuggled);
  await assert.rejects(treeOf(apart), { code: "ERR_GANTRY_TAR_INVALID" });
});

const packed = gzipSync(archiveOf({ path: "a", body: "x".repeat(5000) }));
const tar = archiveOf({ path: "a", body: "x".repeat(5000) });
const broken: Readonly<Record<string, Uint8Array>> = {
  "gzip cut short": packed.subarray(0, -20),
  "gzip with a wrong checksum": Buffer.concat([packed.subarray(0, -8), Buffer.alloc(4), packed.subarray(-4)]),
  "gzip with bytes behind its end": Buffer.concat([packed, Buffer.from("junk")]),
};
const noZstd = canWriteZstd() ? false : "needs Node 22.15 or newer";
const zstd = noZstd ? packed : zstdSegment(tar, 3);
const brokenZstd: typeof broken = {
  "zstd cut short": zstd.subarray(0, -20),
  "zstd with a damaged head": Buffer.concat([Buffer.from([zstd[0]! ^ 0xff]), zstd.subarray(1)]),
  "zstd with bytes behind its end": Buffer.concat([zstd, Buffer.from("junk")]),
};

for (const [what, bytes] of Object.entries({ ...broken, ...brokenZstd })) {
  const skip = what in brokenZstd && noZstd;
  test(`B42 a layer's ${what} is an error`, { skip }, async () => {
    const hostile = layerOf(tar, { pack: () => bytes });
    await assert.rejects(treeOf(hostile), { code: "ERR_GANTRY_CONTENT_MISMATCH" });
  });
}

test("B42 a layer of several gzip members is read", async () => {
  const members = Buffer.concat([gzipSync(tar.subarray(0, 700)), gzipSync(tar.subarray(700))]);
  assert.deepEqual(listing(await treeOf(layerOf(tar, { pack: () => members }))), ["a"]);
});

test("B42 a layer of zstd frames with skippable ones between them is read", { skip: noZstd }, async () => {
  const skippable = Buffer.from("502a4d1803000000010203", "hex");
  const frames = Buffer.concat([
    ...[skippable, zstdSegment(tar.subarray(0, 700), 3), skippable],
    ...[zstdSegment(tar.subarray(700), 3), skippable],
  ]);
  assert.deepEqual(listing(await treeOf(layerOf(tar, { pack: () => frames }))), ["a"]);
});

test("B42 an empty layer is an empty tree, packed and plain, with its end of archive and without", async () => {
  for (const empty of [end, Buffer.alloc(0)]) {
    for (const each of [layerOf(empty), layerOf(empty, { pack: (bytes) => gzipSync(bytes) })])
      assert.deepEqual(listing(await treeOf(each)), []);
  }
});

test("B42 a layer whose tar is not the one that the image states is an error, junk behind the archive's end too", async () => {
  const mismatch = { code: "ERR_GANTRY_CONTENT_MISMATCH", message: /diffID/ };
  await assert.rejects(treeOf(layerOf(tar, { diffId: digestOf(Buffer.from("other")) })), mismatch);
  const junk = Buffer.concat([tar, Buffer.alloc(700, "junk")]);
  await assert.rejects(treeOf(layerOf(tar, { pack: () => gzipSync(junk) })), mismatch);
  assert.deepEqual(listing(await treeOf(layerOf(junk))), ["a"]);
});

test("a layer that came damaged once is read again", async () => {
  const good = layer("a", "b");
  let opened = 0;
  const flaky: Layer = { ...good, open: (options) => (opened++ === 0 ? layer("other") : good).open(options) };
  assert.deepEqual(listing(await readTree([flaky])), ["a", "b"]);
  assert.equal(opened, 2);
});

for (const type of ["gzip", "zstd"] as const) {
  const skip = type === "zstd" && noZstd;
  test(`B43 a bomb of ${type} stops at the ratio cap, long before its end`, { skip }, async () => {
    const pack = (bytes: Uint8Array) =>
      type === "gzip" ? gzipSync(bytes, { level: 9 }) : zstdSegment(bytes, 3);
    let made = 0;
    const member = pack(Buffer.alloc(1024 * 1024));
    const head = pack(raw({ name: "bomb", size: "77777777777" }));
    const bomb: Layer = {
      ...layer("a"),
      async *open() {
        yield head;
        for (let at = 0; at < 10_000; at++) {
          made++;
          yield member;
        }
      },
    };
    await assert.rejects(treeOf(bomb), { code: "ERR_GANTRY_LIMIT", message: /decompression bomb/ });
    // zstd's frames are so small that some are on their way when it ends.
    assert.ok(made < (type === "gzip" ? 200 : 1000), `${made} MiB were unpacked`);
  });
}
