import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { inlineFile } from "../../src/context/inline.js";
import { composeLayer } from "../../src/context/layer-files.js";
import { composeWalked } from "../../src/context/walked-layer.js";
import { comparePaths } from "../../src/context/path-order.js";
import type { Entry, EntryType } from "../../src/plan/plan.js";

const onBase = { onBase: true, assumeNew: [], mtime: 7 };
const fromScratch = { onBase: false, assumeNew: [], mtime: 7 };
const owner = { uid: 0, gid: 0 };

function entry(path: string, type: EntryType = "file", linkTarget?: string): Entry {
  const link = linkTarget === undefined ? {} : { linkTarget };
  return { path, type, mode: 0o644, uid: 1, gid: 1, mtime: 0, size: 0, ...link };
}

function paths(entries: readonly Entry[]): string[] {
  return entries.map(({ path }) => path);
}

test("entries are ordered by whole path as UTF-8 bytes, parents first", () => {
  const part = ["a/b", "a", "a-b", "a.c", "\u{1f600}", "\uff5e", "é", "Z"].map((path) =>
    entry(path, path === "a" ? "directory" : "file"),
  );
  assert.deepEqual(paths(composeLayer([part], onBase)), [
    "Z",
    "a",
    "a-b",
    "a.c",
    "a/b",
    "é",
    "\uff5e",
    "\u{1f600}",
  ]);
});

test("the order of paths is the order of their UTF-8 bytes", () => {
  const text = fc.string({ unit: "binary" });
  fc.assert(
    fc.property(text, text, (a, b) => {
      assert.equal(Math.sign(comparePaths(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
  );
});

test("a later list wins over an earlier one", () => {
  const late = { ...entry("a"), mode: 0o600 };
  assert.deepEqual(composeLayer([[entry("a"), entry("b")], [late]], onBase), [late, entry("b")]);
  const link = entry("a", "symlink", "b");
  assert.deepEqual(composeLayer([[entry("a")], [link]], onBase), [link]);
});

test("a file and a folder at one path are an error that names both", () => {
  const file = inlineFile({ destination: "app", content: "x", owner, mtime: 0 });
  const expected = {
    code: "ERR_GANTRY_SPEC_INVALID",
    message: /the file \/app \(inline content\) and the directory \/app;/,
  };
  assert.throws(() => composeLayer([[file], [entry("app", "directory")]], onBase), expected);
});

test("a file in something that is not a folder is an error that names both", () => {
  for (const options of [onBase, fromScratch]) {
    assert.throws(() => composeLayer([[entry("app", "symlink", "x")], [entry("app/lib/x")]], options), {
      code: "ERR_GANTRY_SPEC_INVALID",
      message: /the symlink \/app and the file \/app\/lib\/x;/,
    });
  }
});

test("from scratch missing parents are 0755, root, with the layer's time", () => {
  const made = { type: "directory", mode: 0o755, uid: 0, gid: 0, mtime: 7, size: 0 };
  const given = [entry("a/b/c"), entry("a/b/d"), entry("a-b"), entry("x", "directory"), entry("x/y")];
  const layer = composeLayer([given], fromScratch);
  assert.deepEqual(paths(layer), ["a", "a-b", "a/b", "a/b/c", "a/b/d", "x", "x/y"]);
  assert.deepEqual(layer[0], { path: "a", ...made });
  assert.deepEqual(layer[2], { path: "a/b", ...made });
  assert.equal(layer[5]?.uid, 1, "a folder that was added stays as it was added");
});

test("on a base missing parents are the base's own", () => {
  assert.deepEqual(paths(composeLayer([[entry("a/b/c")]], onBase)), ["a/b/c"]);
});

test("the lists given are left as they are", () => {
  const part = Object.freeze([entry("b"), entry("a")]);
  composeLayer([part], fromScratch);
  assert.deepEqual(paths(part), ["b", "a"]);
});

test("B26 a hardlink whose file was replaced by a later list becomes the file", () => {
  const file = { ...inlineFile({ destination: "a", content: "old", owner, mtime: 0 }) };
  const links = [file, entry("b", "hardlink", "a"), entry("c", "hardlink", "a")];
  const layer = composeLayer([links, [entry("a")]], onBase);
  assert.deepEqual(paths(layer), ["a", "b", "c"]);
  assert.deepEqual(layer[1], { ...file, path: "b" });
  assert.deepEqual([layer[2]?.type, layer[2]?.linkTarget], ["hardlink", "b"]);
});

test("B26 a hardlink replaced by a later list leaves the file and its other names alone", () => {
  const file = inlineFile({ destination: "a", content: "old", owner, mtime: 0 });
  const layer = composeLayer(
    [[file, entry("b", "hardlink", "a"), entry("c", "hardlink", "a")], [entry("b")]],
    onBase,
  );
  assert.deepEqual(
    layer.map(({ type, linkTarget }) => [type, linkTarget]),
    [
      ["file", undefined],
      ["file", undefined],
      ["hardlink", "a"],
    ],
  );
});

test("lists that walks made give what all lists give, whether they lie apart or not", () => {
  const name = fc.constantFrom("a", "a-b", "b", "bin", "c");
  /** A folder's walk, as a tree of at most two levels below a destination. */
  const walked = fc
    .tuple(
      fc.array(name, { maxLength: 3 }),
      fc.uniqueArray(fc.tuple(name, name), { maxLength: 6, selector: (file) => file.join("/") }),
      fc.boolean(),
    )
    .map(([destination, files, isFile]): Entry[] => {
      const root = destination.join("/");
      if (isFile && root !== "") return [entry(root)];
      const below = (path: string) => (root === "" ? path : `${root}/${path}`);
      const folders = [...new Set(files.map(([folder]) => folder))].map((path) =>
        entry(below(path), "directory"),
      );
      const all = [...folders, ...files.map(([folder, file]) => entry(below(`${folder}/${file}`)))];
      if (root !== "") all.push(entry(root, "directory"));
      return all.sort((a, b) => comparePaths(a.path, b.path));
    });
  const outcome = (
    compose: typeof composeLayer | typeof composeWalked,
    parts: Entry[][],
    options: typeof onBase,
  ) => {
    try {
      return compose(parts, options);
    } catch (error) {
      return (error as { code?: string }).code;
    }
  };
  fc.assert(
    fc.property(fc.array(walked, { maxLength: 3 }), fc.boolean(), (parts, scratch) => {
      const options = scratch ? fromScratch : onBase;
      assert.deepEqual(outcome(composeWalked, parts, options), outcome(composeLayer, parts, options));
    }),
    { numRuns: 2000 },
  );
});

const linked: readonly (readonly [path: string, safe: string])[] = [
  ["bin/tool", "/usr/bin/tool"],
  ["sbin/x", "/usr/sbin/x"],
  ["lib/a/b", "/usr/lib/a/b"],
  ["lib32/a", "/usr/lib32/a"],
  ["lib64/a", "/usr/lib64/a"],
  ["libx32/a", "/usr/libx32/a"],
  ["var/run/app.pid", "/run/app.pid"],
  ["var/lock/app", "/run/lock/app"],
  ["bin", "/usr/bin"],
];

for (const [path, safe] of linked) {
  test(`on a base a destination at /${path} is refused and ${safe} recommended`, () => {
    assert.throws(
      () => composeLayer([[entry(path)]], onBase),
      (error: Error & { code?: string }) =>
        error.code === "ERR_GANTRY_DESTINATION_LINKED" && error.message.includes(`write ${safe},`),
    );
    assert.ok(
      composeLayer([[entry(path)]], fromScratch).length > 0,
      "from scratch there is no link to go through",
    );
  });
}

test("destinations that only look like linked paths are let through, and so is the link itself", () => {
  const fine = [
    entry("bin", "symlink", "usr/bin"),
    entry("binary"),
    entry("lib65/x"),
    entry("opt/bin/x"),
    entry("var/runner"),
  ];
  assert.equal(composeLayer([fine], onBase).length, fine.length);
});

test("a path that is assumed to be new is let through with all below it, and nothing else", () => {
  const options = { ...onBase, assumeNew: ["/bin/"] };
  assert.deepEqual(paths(composeLayer([[entry("bin", "directory"), entry("bin/x")]], options)), [
    "bin",
    "bin/x",
  ]);
  assert.throws(() => composeLayer([[entry("sbin/x")]], options), { code: "ERR_GANTRY_DESTINATION_LINKED" });
});
