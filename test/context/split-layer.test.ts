import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { comparePaths } from "../../src/context/path-order.js";
import { splitLayer } from "../../src/context/split-layer.js";
import type { Entry } from "../../src/plan/plan.js";

/** Files by path: what is in each; several paths with the same inode are names of one file. */
type Tree = Readonly<Record<string, { readonly inode: number; readonly text: string } | "symlink">>;

/** The list that a walk of the tree gives: folders with modes of their own, the first name of a file is the file. */
function listOf(tree: Tree, { without = [] }: { readonly without?: readonly string[] } = {}): Entry[] {
  const about = { uid: 1, gid: 2, mtime: 3 };
  const entries = new Map<string, Entry>();
  const first = new Map<number, string>();
  for (const path of Object.keys(tree).sort(comparePaths)) {
    for (let at = path.indexOf("/"); at !== -1; at = path.indexOf("/", at + 1)) {
      const folder = path.slice(0, at);
      if (without.includes(folder)) continue;
      entries.set(folder, { path: folder, type: "directory", mode: 0o700 + (at % 8), size: 0, ...about });
    }
    const found = tree[path]!;
    if (found === "symlink") {
      entries.set(path, { path, type: "symlink", mode: 0o777, size: 0, linkTarget: "x", ...about });
      continue;
    }
    const linkTarget = first.get(found.inode);
    const mode = 0o600 + (found.inode % 8);
    if (linkTarget !== undefined) {
      entries.set(path, { path, type: "hardlink", mode, size: 0, linkTarget, ...about });
      continue;
    }
    first.set(found.inode, path);
    const bytes = { type: "inline", bytes: Buffer.from(`${found.inode} ${found.text}`) } as const;
    entries.set(path, { path, type: "file", mode, size: bytes.bytes.length, bytes, ...about });
  }
  return [...entries.values()].sort((a, b) => comparePaths(a.path, b.path));
}

/** What is on the disk after lists were unpacked one after the other. A folder that no list has is made 0755 and root's. */
function unpack(...lists: readonly (readonly Entry[])[]): Record<string, string> {
  const disk: Record<string, string> = {};
  for (const list of lists) {
    for (const { path, type, mode, uid, gid, mtime, linkTarget, bytes } of list) {
      for (let at = path.indexOf("/"); at !== -1; at = path.indexOf("/", at + 1))
        disk[path.slice(0, at)] ??= "made";
      if (type === "hardlink") {
        assert.ok(
          list.some((other) => other.path === linkTarget && other.type === "file"),
          "in one list",
        );
        disk[path] = disk[linkTarget!]!;
      } else {
        const text = bytes?.type === "inline" ? Buffer.from(bytes.bytes).toString() : (linkTarget ?? "");
        disk[path] = `${type} ${mode} ${uid} ${gid} ${mtime} ${text}`;
      }
    }
  }
  return disk;
}

const packages = ["a", "b", "a-b", "@s/a", "@s/b", "@s-t/c", ".prisma", "é", "d", "e", "f", "g"];
const inPackages = packages.flatMap((name) => [
  `${name}/index.js`,
  `${name}/lib/x`,
  `${name}/node_modules/a/y`,
]);
const ofNone = [".package-lock.json", ".bin/tool", ".pnpm/lock.yaml"];
const inStore = [".pnpm/a@1/node_modules/a/z", ".pnpm/@s+a@1.0.0_b@2/node_modules/b", ".pnpm/node_modules/b"];

const file = fc.record({ inode: fc.nat(30), text: fc.constant("") });
const content = fc.oneof({ weight: 6, arbitrary: file }, fc.constant("symlink" as const));
const below = fc.dictionary(fc.constantFrom(...inPackages, ...ofNone, ...inStore), content, {
  minKeys: 1,
  maxKeys: 40,
});
const outside = fc.dictionary(
  fc.constantFrom("app/main.js", "app-x/y", "etc/conf", "app/node_modules-2/a/z"),
  content,
);

/** A layer with a folder of packages in it, and how it is split. */
const layers = fc
  .tuple(
    fc.constantFrom("", "app/node_modules"),
    below,
    outside,
    fc.integer({ min: 2, max: 64 }),
    fc.boolean(),
  )
  .map(([folder, inside, others, parts, onBase]) => {
    const prefix = folder === "" ? "" : `${folder}/`;
    const moved = Object.fromEntries(Object.entries(inside).map(([path, what]) => [prefix + path, what]));
    const tree: Tree = folder === "" ? moved : { ...moved, ...others };
    return { folder, prefix, tree, parts, without: onBase ? ["app", folder] : [] };
  });

test("the parts together are the whole, in whatever order they are unpacked", () => {
  fc.assert(
    fc.property(layers, fc.infiniteStream(fc.nat()), ({ folder, tree, parts, without }, random) => {
      const whole = listOf(tree, { without });
      const lists = splitLayer(whole, { folder, parts }).map(({ entries }) => entries);
      assert.deepEqual(unpack(...lists), unpack(whole));
      const shuffled = lists.map((list) => [random.next().value as number, list] as const);
      const inOrder = shuffled.sort(([a], [b]) => a - b).map(([, list]) => list);
      assert.deepEqual({ ...unpack(...inOrder) }, { ...unpack(whole) });
    }),
  );
});

test("every path but of shared folders is in one part, no part is empty, each is in order", () => {
  fc.assert(
    fc.property(layers, ({ folder, tree, parts, without }) => {
      const whole = listOf(tree, { without });
      const split = splitLayer(whole, { folder, parts });
      const times = new Map<string, number>();
      for (const { number, entries } of split) {
        assert.ok(number >= 1 && number <= parts && entries.length > 0);
        assert.deepEqual(
          entries,
          entries.toSorted((a, b) => comparePaths(a.path, b.path)),
        );
        for (const { path } of entries) times.set(path, (times.get(path) ?? 0) + 1);
      }
      assert.deepEqual(
        [...times.keys()].sort(comparePaths),
        whole.map(({ path }) => path),
      );
      for (const { path, type } of whole) {
        const shared =
          type === "directory" &&
          (isAbove(path, folder) || /(?:^|\/)(?:@[^/+]+|\.pnpm|\.pnpm\/node_modules)$/.test(path));
        if (!shared) assert.equal(times.get(path), 1, path);
      }
    }),
  );
});

function isAbove(path: string, folder: string): boolean {
  return path === folder || folder.startsWith(`${path}/`);
}

test("a package that changes, comes or goes changes one part and moves no other package", () => {
  fc.assert(
    fc.property(
      layers,
      fc.constantFrom(...packages),
      fc.boolean(),
      ({ folder, prefix, tree, parts }, name, gone) => {
        const mine = (path: string) => path.startsWith(`${prefix}${name}/`);
        const rest = Object.fromEntries(Object.entries(tree).filter(([path]) => !mine(path)));
        // A file that is in other packages too is theirs as well: the new one is a file of its own.
        const changed = {
          ...rest,
          ...(gone ? {} : { [`${prefix}${name}/new`]: { inode: 99, text: "new" } }),
        };
        const before = partsOf(tree, { folder, parts });
        const after = partsOf(changed, { folder, parts });
        const numbers = [...new Set([...before.keys(), ...after.keys()])];
        const moved = numbers.filter((number) => before.get(number) !== after.get(number));
        assert.ok(moved.length <= 1, `parts ${moved.join(", ")} changed`);
      },
    ),
  );
});

/** Each part by number, as what unpacking it alone gives. */
function partsOf(tree: Tree, how: { readonly folder: string; readonly parts: number }): Map<number, string> {
  return new Map(
    splitLayer(listOf(tree), how).map(({ number, entries }) => [number, JSON.stringify(unpack(entries))]),
  );
}

test("which part a package is in is the same on every machine and in every version", () => {
  const tree = Object.fromEntries(packages.map((name, inode) => [`${name}/index.js`, { inode, text: "" }]));
  const split = splitLayer(listOf(tree), { folder: "", parts: 5 });
  assert.deepEqual(
    split.map(({ number, entries }) => [
      number,
      entries.filter(({ type }) => type === "file").map(({ path }) => path.replace("/index.js", "")),
    ]),
    [
      [1, ["f"]],
      [2, ["g"]],
      [3, ["@s/a", "a-b", "a", "b", "é"]],
      [4, [".prisma", "@s-t/c", "@s/b", "d", "e"]],
    ],
  );
});

test("a name of a file whose other names are in other parts is a file, names in one part stay links", () => {
  const tree = Object.fromEntries(
    ["a/1", "a/2", "b/1", "d/1", "d/2"].map((path) => [path, { inode: 1, text: "" }]),
  );
  const split = splitLayer(listOf(tree), { folder: "", parts: 64 });
  const leaves = split.map(({ entries }) =>
    entries.flatMap(({ path, type, linkTarget = "" }) =>
      type === "directory" ? [] : [`${path} ${type} ${linkTarget}`],
    ),
  );
  assert.deepEqual(leaves.flat().sort(), [
    "a/1 file ",
    "a/2 hardlink a/1",
    "b/1 file ",
    "d/1 file ",
    "d/2 hardlink d/1",
  ]);
});

test("two parts are the packages, and what is of none", () => {
  const tree = Object.fromEntries(
    ["m/a/x", "m/@s/b/x", "m/.package-lock.json", "main.js"].map((path, inode) => [
      path,
      { inode, text: "" },
    ]),
  );
  const paths = splitLayer(listOf(tree), { folder: "m", parts: 2 }).map(({ entries }) =>
    entries.map(({ path }) => path),
  );
  assert.deepEqual(paths, [
    ["m", "m/@s", "m/@s/b", "m/@s/b/x", "m/a", "m/a/x"],
    ["m", "m/.package-lock.json", "main.js"],
  ]);
});
