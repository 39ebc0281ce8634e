import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import * as zlib from "node:zlib";
import { canWriteZstd } from "../../../src/codec/zstd.js";
import { readTree } from "../../../src/context/base-tree/read-tree.js";
import { archiveOf, raw } from "../../tar/archive.js";
import { layer, layerOf, listing, rawLayer, treeOf } from "./layers.js";

/** What layers of these members make, lowest first. */
const cases: Readonly<
  Record<string, { readonly layers: readonly (readonly string[])[]; readonly makes: readonly string[] }>
> = {
  "layers add to each other": { layers: [["d/", "d/a"], ["d/b"]], makes: ["d/", "d/a", "d/b"] },
  "a whiteout deletes a file of a lower layer": {
    layers: [["d/", "d/a", "d/b"], ["d/.wh.a"]],
    makes: ["d/", "d/b"],
  },
  "a whiteout deletes a folder with all that is in it": {
    layers: [["d/", "d/e/", "d/e/f"], ["d/.wh.e"]],
    makes: ["d/"],
  },
  "a whiteout reaches through several layers": { layers: [["a"], ["b"], [".wh.a"]], makes: ["b"] },
  "what was deleted may come back": { layers: [["a"], [".wh.a"], ["a"]], makes: ["a"] },
  "a whiteout of nothing is nothing": { layers: [["a"], [".wh.b"]], makes: ["a"] },
  "a whiteout does not mean its own layer, behind the file": {
    layers: [["a"], ["a", ".wh.a"]],
    makes: ["a"],
  },
  "a whiteout does not mean its own layer, before the file": {
    layers: [
      ["d/", "d/old"],
      [".wh.d", "d/", "d/new"],
    ],
    makes: ["d/", "d/new"],
  },
  "a whiteout behind a folder of its layer deletes what the lower ones had in it": {
    layers: [
      ["d/", "d/old"],
      ["d/", "d/new", ".wh.d"],
    ],
    makes: ["d/", "d/new"],
  },
  "a whiteout in a folder that nobody has leaves the folder": {
    layers: [["a"], ["d/.wh.x"]],
    makes: ["a", "d/ (made)"],
  },
  "an opaque folder hides all of the lower layers": {
    layers: [
      ["d/", "d/a", "d/e/", "d/e/f"],
      ["d/.wh..wh..opq", "d/b"],
    ],
    makes: ["d/", "d/b"],
  },
  "an opaque folder keeps its own layer's files, wherever the mark stands": {
    layers: [
      ["d/", "d/a"],
      ["d/", "d/b", "d/.wh..wh..opq", "d/c"],
    ],
    makes: ["d/", "d/b", "d/c"],
  },
  "the root may be opaque": {
    layers: [
      ["a", "d/", "d/b"],
      [".wh..wh..opq", "c"],
    ],
    makes: ["c"],
  },
  "an opaque folder hides nothing of the layers above": {
    layers: [["d/", "d/a"], ["d/.wh..wh..opq"], ["d/b"]],
    makes: ["d/", "d/b"],
  },
  "a folder takes a symlink's place": {
    layers: [
      ["t/", "l -> t"],
      ["l/", "l/x"],
    ],
    makes: ["l/", "l/x", "t/"],
  },
  "a folder that is only a parent takes a lower symlink's place": {
    layers: [["t/", "l -> t"], ["l/x"]],
    makes: ["l/ (made)", "l/x", "t/"],
  },
  "a symlink of the same layer is followed": {
    layers: [["t/", "l -> t", "l/x"]],
    makes: ["l -> t", "t/", "t/x"],
  },
  "a symlink of the same layer to a folder below is followed": {
    layers: [
      ["t/", "t/old"],
      ["l -> /t", "l/x"],
    ],
    makes: ["l -> /t", "t/", "t/old", "t/x"],
  },
  "a file takes a folder's place": { layers: [["d/", "d/a", "d/e/", "d/e/f"], ["d"]], makes: ["d"] },
  "a folder takes a file's place": { layers: [["d"], ["d/", "d/a"]], makes: ["d/", "d/a"] },
  "a parent takes a lower file's place": { layers: [["d"], ["d/a"]], makes: ["d/ (made)", "d/a"] },
  "a symlink takes a folder's place": { layers: [["d/", "d/a"], ["d -> e"]], makes: ["d -> e"] },
  "missing parents are made": { layers: [["a/b/c"]], makes: ["a/ (made)", "a/b/ (made)", "a/b/c"] },
  "a parent that is listed later is that folder": { layers: [["a/b", "a/"]], makes: ["a/", "a/b"] },
  "a folder's attributes stay where an upper layer does not list it": {
    layers: [["d/", "d/a"], ["d/b"]],
    makes: ["d/", "d/a", "d/b"],
  },
  "of two members with one name the later one counts": {
    layers: [["a", "a -> b", "d", "d/", "d/x"]],
    makes: ["a -> b", "d/", "d/x"],
  },
  "a folder that comes twice keeps what is in it": { layers: [["d/", "d/x", "d/"]], makes: ["d/", "d/x"] },
  "a hardlink is the file": { layers: [["a", "b => a"]], makes: ["a", "b"] },
  "a hardlink to a file of a lower layer is that file": {
    layers: [["d/", "d/a"], ["b => d/a"]],
    makes: ["b", "d/", "d/a"],
  },
  "a hardlink to a lower file goes through lower symlinks": {
    layers: [["usr/", "usr/a", "bin -> usr"], ["b => bin/a"]],
    makes: ["b", "bin -> usr", "usr/", "usr/a"],
  },
  "a hardlink to a symlink is that symlink": { layers: [["a -> x", "b => a"]], makes: ["a -> x", "b -> x"] },
  "a hardlink keeps the file that its target was": {
    layers: [["a", "b => a", "a -> x"]],
    makes: ["a -> x", "b"],
  },
  "a hardlink to a deleted file of a lower layer keeps it": {
    layers: [["a"], ["b => a", ".wh.a"]],
    makes: ["b"],
  },
  "AUFS' own files are no part of the image": {
    layers: [
      ["a", "f"],
      [".wh..wh.aufs", ".wh..wh.plnk/", ".wh..wh.plnk/1", "b => .wh..wh.plnk/1", ".wh.a => .wh..wh.aufs"],
    ],
    makes: ["b", "f"],
  },
};

for (const [what, { layers, makes }] of Object.entries(cases)) {
  test(what, async () => {
    assert.deepEqual(listing(await treeOf(...layers.map((members) => layer(...members)))), makes);
  });
}

test("names with ./ before, slashes behind and the root itself are read as what they mean", async () => {
  const tree = await treeOf(
    rawLayer(
      raw({ name: "./", flag: "5", mode: "0000711" }),
      raw({ name: "./d//", flag: "5", mode: "0001777" }),
      raw({ name: ".//d/./f" }, "x"),
    ),
  );
  assert.equal(tree.lookup("")!.mode, 0o711);
  assert.equal(tree.lookup("d")!.mode, 0o1777);
  assert.equal(tree.lookup("/d/f/")!.size, 1);
  assert.equal(tree.lookup("d/f/x"), undefined);
});

test("a node has what its last member says; parents that nobody lists are root's and 0755", async () => {
  const own = { mode: 0o4751, uid: 5, gid: 3_000_000 };
  const tree = await treeOf(
    layer({ path: "a/f", body: "12345", ...own }, { path: "s", type: "symlink", linkTarget: "a", uid: 2 }),
    rawLayer(raw({ name: "null", flag: "3", mode: "0000666" })),
  );
  assert.deepEqual(tree.lookup("a/f"), { type: "file", size: 5, ...own });
  assert.deepEqual(tree.lookup("a"), { type: "directory", mode: 0o755, uid: 0, gid: 0, size: 0 });
  assert.deepEqual(tree.lookup(""), { type: "directory", mode: 0o755, uid: 0, gid: 0, size: 0 });
  assert.deepEqual(tree.lookup("s"), {
    type: "symlink",
    mode: 0o644,
    uid: 2,
    gid: 0,
    size: 0,
    linkTarget: "a",
  });
  assert.deepEqual(tree.lookup("null"), { type: "other", mode: 0o666, uid: 0, gid: 0, size: 0 });
});

test("names that JavaScript's objects know are names like others", async () => {
  const names = ["__proto__", "constructor/", "constructor/toString"];
  assert.deepEqual(listing(await treeOf(layer(...names))), names);
});

const zstd = (zlib as unknown as { zstdCompressSync?: (bytes: Uint8Array) => Uint8Array }).zstdCompressSync;
const packers = { plain: undefined, gzip: gzipSync, "gzip in two members": twoMembers, zstd } as const;

for (const [name, pack] of Object.entries(packers)) {
  const skip =
    name === "zstd" && !canWriteZstd() ? "needs Node 22.15 to write it; packed.test reads one" : false;
  test(`a layer is read ${name}`, { skip }, async () => {
    const tar = archiveOf({ path: "a", body: "x".repeat(100_000) }, { path: "b" });
    assert.deepEqual(listing(await treeOf(layerOf(tar, pack === undefined ? {} : { pack }))), ["a", "b"]);
  });
}

test("progress counts the packed bytes of all layers", async () => {
  const layers = [layer("a"), layer("b"), layer("c")];
  const seen: number[] = [];
  await readTree(layers, { onProgress: (bytes) => seen.push(bytes) });
  assert.equal(
    seen.at(-1),
    layers.reduce((sum, { descriptor }) => sum + descriptor.size, 0),
  );
  assert.deepEqual(
    seen,
    seen.toSorted((a, b) => a - b),
  );
});

test("an aborted signal stops the reading with its reason", async () => {
  const stop = new AbortController();
  const reading = readTree([layer("a", "b")], {
    signal: stop.signal,
    onProgress: () => stop.abort(new Error("enough")),
  });
  await assert.rejects(reading, /enough/);
});

function twoMembers(tar: Uint8Array): Uint8Array {
  return Buffer.concat([gzipSync(tar.subarray(0, 700)), gzipSync(tar.subarray(700))]);
}
