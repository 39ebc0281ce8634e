import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { unpackMembers } from "../../../src/context/archive/unpack.js";
import { emptyTree } from "../../../src/context/base-tree/tree.js";
import type { ArchiveMember } from "../../../src/plan/archive.js";
import type { FileTree } from "../../../src/plan/file-tree.js";
import type { Entry } from "../../../src/plan/plan.js";

const folder = (path: string, mode = 0o755): ArchiveMember => ({
  path,
  type: "directory",
  mode,
  uid: 1,
  gid: 2,
  size: 0,
});
const file = (path: string, size = 1): ArchiveMember => ({
  path,
  type: "file",
  mode: 0o644,
  uid: 1,
  gid: 2,
  size,
});
const link = (path: string, linkTarget: string, type: "symlink" | "hardlink" = "symlink"): ArchiveMember => ({
  ...{ path, type, linkTarget },
  ...{ mode: 0o600, uid: 3, gid: 4, size: 0 },
});

function unpack(tree: FileTree, at: string, members: readonly ArchiveMember[]) {
  return unpackMembers(members, { name: "a.tar", tree, folder: at, owner: undefined, mtime: 7 });
}

function treeWith(...entries: readonly Partial<Entry>[]): FileTree {
  const whole = entries.map(
    (entry) => ({ type: "directory", mode: 0o755, uid: 0, gid: 0, mtime: 0, size: 0, ...entry }) as Entry,
  );
  return emptyTree().with(whole);
}

const shown = (entries: readonly Entry[]) =>
  entries.map(
    ({ path, type, linkTarget }) => `${path} ${type}${linkTarget === undefined ? "" : ` ${linkTarget}`}`,
  );

test("no symlink, absolute name or '..' leads out of the folder that is unpacked in", async () => {
  const tree = treeWith(
    { path: "in" },
    { path: "out" },
    { path: "in/up", type: "symlink", linkTarget: "../../out" },
  );
  const members = [
    link("here", "/"),
    file("here/one"),
    file("up/two"),
    link("deep", "../../../../out/x"),
    file("deep/three"),
  ];
  const { entries } = await unpack(tree, "in", members.slice(0, 2));
  assert.deepEqual(shown(entries), ["in/here symlink /", "in/one file"]);
  await assert.rejects(
    unpack(tree, "in", [members[2]!]),
    /member "up\/two": a symlink on its way leads to nothing/,
  );
  await assert.rejects(
    unpack(tree, "in", members.slice(3)),
    /member "deep\/three": a symlink on its way leads to nothing/,
  );
});

const refused: readonly (readonly [members: readonly ArchiveMember[], message: RegExp])[] = [
  [
    [file("a"), file("a/b")],
    /^archive a\.tar, member "a\/b": "a" on its way is a file, where a folder was expected$/,
  ],
  [
    [link("h", "gone", "hardlink")],
    /^archive a\.tar, member "h": it is a hardlink to "gone", which is nowhere before it$/,
  ],
  [[link("h", "h", "hardlink")], /"h", which is nowhere before it$/],
  [[folder("d"), link("h", "d", "hardlink")], /it is a hardlink to "d", which is a folder$/],
  [[link("h", "", "hardlink")], /it is a hardlink to "", which is/],
  [[file("")], /a file cannot take the place of the folder that is unpacked in$/],
  [[link("a", "b"), link("b", "a"), file("a/x")], /more than 40 symlinks/],
];

for (const [members, message] of refused) {
  test(`${members.map(({ path, type }) => `${type} "${path}"`).join(", ")} cannot be unpacked`, async () => {
    await assert.rejects(unpack(treeWith({ path: "in" }), "in", members), { message });
  });
}

test("a folder that was something else for a moment has nothing of what it had before", async () => {
  const tree = treeWith({ path: "d" }, { path: "d/old" }, { path: "d/kept" }, { path: "d/kept/old" });
  const { entries, replaced } = await unpack(tree, "", [file("d"), folder("d"), folder("d/kept")]);
  assert.deepEqual(shown(entries), [
    "d directory",
    "d/.wh.old file",
    "d/kept directory",
    "d/kept/.wh.old file",
  ]);
  assert.deepEqual(replaced, ["d"]);
  const after = tree.with(entries);
  assert.deepEqual([...after.children("d")], ["kept"]);
  assert.deepEqual([...after.children("d/kept")], []);
});

test("hardlinks share one file, whose mode and owner are those said last", async () => {
  const { entries } = await unpack(emptyTree(), "", [
    file("z"),
    link("b", "z", "hardlink"),
    link("m", "b", "hardlink"),
  ]);
  assert.deepEqual(shown(entries), ["b file", "m hardlink b", "z hardlink b"]);
  assert.deepEqual(
    entries.map(({ mode, uid, size }) => [mode, uid, size]),
    [
      [0o600, 3, 1],
      [0o600, 3, 0],
      [0o600, 3, 0],
    ],
  );
});

/** What a simple file system makes of members whose names have no symlinks in them. */
function model(members: readonly ArchiveMember[]): string[] {
  const there = new Map<string, string>();
  for (const { path, type } of members) {
    const folders = path.split("/").slice(0, -1);
    folders.forEach((_, index) => {
      const parent = folders.slice(0, index + 1).join("/");
      if (!there.has(parent)) there.set(parent, "directory");
    });
    if (type !== "directory" || there.get(path) !== "directory") {
      for (const each of there.keys()) if (each.startsWith(`${path}/`)) there.delete(each);
    }
    there.set(path, type);
  }
  return [...there].map(([path, type]) => `${path} ${type}`).toSorted();
}

test("any members make the tree that a file system makes of them", async () => {
  const path = fc
    .array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 4 })
    .map((names) => names.join("/"));
  const member = fc.tuple(path, fc.boolean()).map(([at, isFolder]) => (isFolder ? folder(at) : file(at)));
  await fc.assert(
    fc.asyncProperty(fc.array(member, { maxLength: 12 }), async (members) => {
      // A member below a file cannot be.
      const possible = members.filter(({ path: at }, index) =>
        model(members.slice(0, index)).every(
          (line) => !(line.endsWith(" file") && at.startsWith(`${line.slice(0, -5)}/`)),
        ),
      );
      const sane =
        possible.length === members.length ? members : members.filter(({ type }) => type === "directory");
      const { entries } = await unpack(emptyTree(), "", sane);
      assert.deepEqual(entries.map(({ path: at, type }) => `${at} ${type}`).toSorted(), model(sane));
    }),
    { numRuns: 200 },
  );
});
