import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { emptyTree } from "../../../src/context/base-tree/tree.js";
import { layer, treeOf } from "./layers.js";

const merged = await treeOf(
  layer(
    "usr/",
    "usr/bin/",
    "usr/bin/dash",
    "usr/bin/sh -> dash",
    "bin -> usr/bin",
    "run/",
    "var/",
    "var/run -> /run",
  ),
  layer(
    "abs -> /usr/bin",
    "up -> ../../usr",
    "home -> usr/../run",
    "deep/a/b -> ../c",
    "deep/c/",
    "deep/c/f",
    "dangling -> no/where",
  ),
  layer(
    "loop -> pool",
    "pool -> loop",
    "self -> self",
    "self2 -> self2/x",
    "chain -> up/bin/sh",
    "root -> /",
    "out -> ../../../..",
  ),
);

/** Where a path leads: followed to its end, and with its last part kept. */
const cases: Readonly<Record<string, readonly [followed: string, kept: string]>> = {
  "": ["", ""],
  "/": ["", ""],
  usr: ["usr", "usr"],
  "./usr//bin/.": ["usr/bin", "usr/bin"],
  bin: ["usr/bin", "bin"],
  "bin/": ["usr/bin", "bin"],
  "bin/sh": ["usr/bin/dash", "usr/bin/sh"],
  "bin/new": ["usr/bin/new", "usr/bin/new"],
  "bin/new/file": ["usr/bin/new/file", "usr/bin/new/file"],
  "bin/..": ["", ""],
  "bin/../lib": ["lib", "lib"],
  "missing/../bin": ["usr/bin", "bin"],
  "../../bin/x": ["usr/bin/x", "usr/bin/x"],
  "var/run/lock": ["run/lock", "run/lock"],
  "abs/dash": ["usr/bin/dash", "usr/bin/dash"],
  "up/x": ["usr/x", "usr/x"],
  "home/x": ["run/x", "run/x"],
  "deep/a/b/f": ["deep/c/f", "deep/c/f"],
  dangling: ["no/where", "dangling"],
  "dangling/x": ["no/where/x", "no/where/x"],
  chain: ["usr/bin/dash", "chain"],
  "root/root/bin": ["usr/bin", "bin"],
  out: ["", "out"],
  "out/usr": ["usr", "usr"],
  "usr/bin/dash/x": ["usr/bin/dash/x", "usr/bin/dash/x"],
};

for (const [path, [followed, kept]] of Object.entries(cases)) {
  test(`"${path}" leads to "${followed}"`, () => {
    const found = merged.resolve(path);
    assert.deepEqual([found.path, merged.resolve(path, { last: "keep" }).path], [followed, kept]);
    assert.deepEqual(found.node, merged.lookup(followed));
  });
}

/** Where BuildKit (frontend 1.28) put a file that was copied to the path, in a tree whose symlinks go through one and back. */
const asBuildKit: Readonly<Record<string, string>> = {
  "/l1/x": "y/x",
  "/l2/x": "y/x",
  "/d/l3/x": "y/x",
  "/dirlink/../x": "x",
  "/dang/sub/f": "no/where/sub/f",
  "/p/q/../../../up": "up",
  "/m1": "new1",
  "/m2": "p/new2",
  "/d/m3": "new3",
};

test("paths with .. behind a symlink lead where BuildKit copies to", async () => {
  const folders = ["p/", "p/q/", "p/y/", "y/", "d/"];
  const links = ["l1 -> dirlink/../y", "l2 -> /dirlink/../y", "d/l3 -> ../dirlink/../y", "dang -> no/where"];
  const ends = ["m1 -> dirlink/../new1", "m2 -> /dirlink/../new2", "d/m3 -> ../dirlink/../new3"];
  const tree = await treeOf(layer("dirlink -> p/q", ...folders, ...links, ...ends));
  for (const [path, leadsTo] of Object.entries(asBuildKit))
    assert.equal(tree.resolve(path).path, leadsTo, path);
});

test("a loop is an error, but not for whoever asks for the symlink itself", () => {
  for (const path of ["loop", "pool/x", "self", "self2", "self2/y"]) {
    assert.throws(() => merged.resolve(path), {
      code: "ERR_GANTRY_LIMIT",
      message: /more than 255 symlinks/,
    });
  }
  assert.equal(merged.resolve("loop", { last: "keep" }).node!.linkTarget, "pool");
});

test("a path may go through 255 symlinks and no more", async () => {
  const chain = Array.from({ length: 256 }, (_, at) => `l${at} -> l${at + 1}`);
  const tree = await treeOf(layer(...chain, "l256"));
  assert.equal(tree.resolve("l1").node!.type, "file");
  assert.throws(() => tree.resolve("l0"), { code: "ERR_GANTRY_LIMIT" });
});

test("in an empty tree every path is where it would be", () => {
  assert.deepEqual(emptyTree().resolve("../a/./b/../c"), { path: "a/c", node: undefined });
  assert.equal(emptyTree().resolve("").node!.type, "directory");
});

const name = fc.constantFrom("a", "b", "c", "d");
const path = fc
  .array(fc.oneof({ weight: 4, arbitrary: name }, fc.constantFrom("..", ".", "")), { maxLength: 6 })
  .map((parts) => parts.join("/"));
const target = fc
  .tuple(fc.constantFrom("", "/", "../"), path)
  .map(([start, rest]) => `${start}${rest}` || ".");
const member = fc.oneof(
  fc
    .array(name, { minLength: 1, maxLength: 3 })
    .map((parts) => ({ path: parts.join("/"), type: "directory" as const })),
  fc
    .tuple(fc.array(name, { minLength: 1, maxLength: 3 }), target)
    .map(([parts, linkTarget]) => ({ path: parts.join("/"), type: "symlink" as const, linkTarget })),
);

test("a path always ends within the root: whatever it leads to has no symlink and no dots on its way", async () => {
  const property = fc.asyncProperty(
    fc.array(fc.array(member, { maxLength: 4 }), { maxLength: 4 }),
    fc.array(path, { minLength: 1 }),
    async (layers, paths) => {
      const made = layers.map((members) => layer(...members));
      const tree = await treeOf(...made).catch(() => emptyTree());
      for (const asked of paths) {
        let found;
        try {
          found = tree.resolve(asked);
        } catch (error) {
          assert.equal((error as { code?: string }).code, "ERR_GANTRY_LIMIT");
          continue;
        }
        const parts = found.path === "" ? [] : found.path.split("/");
        assert.ok(!parts.some((part) => part === "" || part === "." || part === ".."), found.path);
        for (let length = 0; length <= parts.length; length++)
          assert.notEqual(tree.lookup(parts.slice(0, length).join("/"))?.type, "symlink");
        assert.deepEqual(found.node, tree.lookup(found.path));
        assert.equal(tree.resolve(found.path).path, found.path);
      }
    },
  );
  await fc.assert(property, { numRuns: 300 });
});
