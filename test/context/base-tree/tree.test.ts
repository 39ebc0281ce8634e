import assert from "node:assert/strict";
import { lstatSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { emptyTree } from "../../../src/context/base-tree/tree.js";
import type { Layer } from "../../../src/model/content.js";
import type { Entry } from "../../../src/plan/plan.js";
import { scratchFolder } from "../../support/scratch-folder.js";
import { entryOf } from "../../tar/archive.js";
import type { Member } from "../../tar/archive.js";
import { layer, listing, treeOf } from "./layers.js";

const entries = (...members: readonly Member[]): Entry[] => members.map((member) => entryOf(member) as Entry);

/** The layer, and how often it was opened. */
function counted(each: Layer): { readonly layer: Layer; opened: number } {
  const made = {
    opened: 0,
    layer: {
      ...each,
      open: (options: Parameters<Layer["open"]>[0]) => {
        made.opened++;
        return each.open(options);
      },
    },
  };
  return made;
}

async function text(bytes: Promise<Uint8Array | undefined>): Promise<string | undefined> {
  const read = await bytes;
  return read === undefined ? undefined : Buffer.from(read).toString();
}

test("names come in the order of their bytes, whatever the layers' order", async () => {
  const tree = await treeOf(layer("b", "a-b", "\u{1f600}"), layer("\uffee", "a", "B", "a.b/x"));
  assert.deepEqual([...tree.children("")], ["B", "a", "a-b", "a.b", "b", "\uffee", "\u{1f600}"]);
  assert.deepEqual([...tree.children("a.b/")], ["x"]);
});

test("what is no folder has no children, a symlink to one neither", async () => {
  const tree = await treeOf(layer("d/", "d/x", "l -> d", "f"));
  for (const path of ["f", "l", "missing", "f/x"]) assert.deepEqual([...tree.children(path)], []);
});

test("passwd and group are read with the listing, the uppermost ones", async () => {
  const lower = counted(
    layer("etc/", { path: "etc/passwd", body: "old" }, { path: "etc/group", body: "root:x:0:" }),
  );
  const tree = await treeOf(lower.layer, layer({ path: "etc/passwd", body: "new" }));
  assert.equal(await text(tree.read("/etc/passwd")), "new");
  assert.equal(await text(tree.read("etc/../etc/group")), "root:x:0:");
  assert.equal(lower.opened, 1);
});

test("a passwd that is a symlink or a hardlink is read, wherever its bytes are", async () => {
  const store = { path: "nix/store/abc-passwd", body: "root:x:0:0" };
  const linked = await treeOf(
    layer(store),
    layer("etc/passwd -> /nix/store/abc-passwd", "etc/group => nix/store/abc-passwd"),
  );
  assert.equal(await text(linked.read("etc/passwd")), "root:x:0:0");
  assert.equal(await text(linked.read("etc/group")), "root:x:0:0");
});

test("another file's bytes come from its layer when they are asked for, and once", async () => {
  const [one, two] = [
    counted(layer({ path: "a", body: "old" }, { path: "b", body: "of b" })),
    counted(layer({ path: "a", body: "new" }, "c => b")),
  ];
  const tree = await treeOf(one.layer, two.layer);
  for (let time = 1; time <= 2; time++) {
    assert.equal(await text(tree.read("a")), "new");
    assert.equal(await text(tree.with([]).read("c")), "of b");
  }
  assert.deepEqual([one.opened, two.opened], [2, 2]);
});

test("what is missing and what is no file has no bytes", async () => {
  const tree = await treeOf(layer("etc/passwd/", "etc/group -> nowhere", "empty", "d/x"));
  for (const path of ["etc/passwd", "etc/group", "d", "d/y", "d/x/y"])
    assert.equal(await tree.read(path), undefined);
  assert.equal(await emptyTree().read("etc/passwd"), undefined);
});

test("a file over 10 MiB is a limit, an empty one is empty", async () => {
  const tree = await treeOf(
    layer({ path: "etc/passwd", body: "x".repeat(10 * 1024 * 1024 + 1) }, { path: "etc/group" }),
  );
  await assert.rejects(tree.read("etc/passwd"), {
    code: "ERR_GANTRY_LIMIT",
    message: /"\/etc\/passwd" has 10485761 bytes/,
  });
  assert.equal(await text(tree.read("etc/group")), "");
});

test("a loop where passwd should be is told to whoever reads it, and to nobody else", async () => {
  const tree = await treeOf(layer("etc/passwd -> passwd", "a"));
  await assert.rejects(tree.read("etc/passwd"), { code: "ERR_GANTRY_LIMIT" });
  assert.equal(tree.lookup("a")!.type, "file");
});

test("entries on top have their own bytes: inline, from a file, by a hardlink", async (t) => {
  const path = join(await scratchFolder(t), "passwd");
  writeFileSync(path, "from a file");
  const { dev, ino, size, mtimeMs: mtime, ctimeMs: ctime } = lstatSync(path);
  const file: Entry = {
    ...entryOf({ path: "etc/passwd" }),
    size,
    bytes: { type: "file", path, stamp: { dev, ino, size, mtime, ctime } },
  };
  const inline: Entry = {
    ...entryOf({ path: "etc/group" }),
    size: 3,
    bytes: { type: "inline", bytes: Buffer.from("g:x") },
  };
  const base = await treeOf(layer({ path: "etc/passwd", body: "base" }));
  const tree = base.with([
    file,
    inline,
    ...entries({ path: "copy", type: "hardlink", linkTarget: "etc/passwd" }),
  ]);
  assert.equal(await text(tree.read("etc/passwd")), "from a file");
  assert.equal(await text(tree.read("etc/group")), "g:x");
  assert.equal(await text(tree.read("copy")), "from a file");
  assert.equal(await text(base.read("etc/passwd")), "base");
  writeFileSync(path, "changed since");
  await assert.rejects(tree.read("etc/passwd"), { code: "ERR_GANTRY_SOURCE_CHANGED" });
});

test("entries on an empty tree bring their parents, and whiteouts among them delete", () => {
  const one = emptyTree().with(entries({ path: "srv/app/a" }, { path: "srv/app/b" }));
  assert.deepEqual(listing(one), ["srv/ (made)", "srv/app/ (made)", "srv/app/a", "srv/app/b"]);
  assert.deepEqual(listing(one.with(entries({ path: "srv/app/.wh.a" }))), [
    "srv/ (made)",
    "srv/app/ (made)",
    "srv/app/b",
  ]);
  assert.deepEqual(listing(emptyTree()), []);
});

test("names of one file are told among those that are asked for, whatever brought them", async () => {
  const tree = (await treeOf(layer("a", "b => a", "c", "l -> a"), layer("d => a", "a", "e => a"))).with(
    entries(
      { path: "f", body: "f" },
      { path: "g", type: "hardlink", linkTarget: "f" },
      { path: "h", body: "f" },
      { path: "k", type: "hardlink", linkTarget: "h" },
    ),
  );
  const all = ["a", "b", "c", "d", "e", "f", "g", "h", "k", "l", "nothing"];
  assert.deepEqual(
    [...tree.linksAmong(all)],
    [
      ["d", "b"],
      ["e", "a"],
      ["g", "f"],
      ["k", "h"],
    ],
  );
  assert.deepEqual([...tree.linksAmong(["g", "d", "h"])], []);
  const without = tree.with(entries({ path: "f", body: "new" }));
  assert.deepEqual([...without.linksAmong(["f", "g"])], []);
});
