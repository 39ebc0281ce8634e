import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { composeOnBase, type SourceOnBase } from "../../src/context/compose-on-base.js";
import { comparePaths } from "../../src/context/path-order.js";
import type { FileTree } from "../../src/plan/file-tree.js";
import type { Entry } from "../../src/plan/plan.js";
import { layer, listing, treeOf } from "./base-tree/layers.js";

/** A base with merged folders, links into /run, and folders with a mode and an owner of their own. */
const base: FileTree = await treeOf(
  layer(
    ...["usr/bin/sh", "bin -> usr/bin", "sbin -> usr/sbin", "lib64 -> /usr/lib64", "var/run -> /run"],
    { path: "tmp", type: "directory", mode: 0o1777 },
    { path: "home/node", type: "directory", mode: 0o750, uid: 1000, gid: 1000 },
    { path: "run", type: "directory", mode: 0o755 },
    ...["empty/", "etc/file", "etc/alias -> file", "loop -> loop", "up -> ../../usr", "root -> /"],
  ),
);

const nothingAsked = { mode: false, owner: false };

/** "PATH" of a file, "PATH/" of a folder, "PATH -> TARGET", "PATH => TARGET" of a hardlink. */
function entry(text: string): Entry {
  const common = { mode: 0o640, uid: 5, gid: 6, mtime: 7, size: 0 };
  const [path = "", hardlink] = text.split(" => ");
  if (hardlink !== undefined) return { ...common, path, type: "hardlink", linkTarget: hardlink };
  const [link = "", symlink] = text.split(" -> ");
  if (symlink !== undefined) return { ...common, path: link, type: "symlink", linkTarget: symlink };
  if (text.endsWith("/")) return { ...common, path: text.slice(0, -1), type: "directory" };
  return { ...common, path: text, type: "file" };
}

function source(texts: readonly string[], asked: SourceOnBase["asked"] = nothingAsked): SourceOnBase {
  return { entries: texts.map(entry), asked };
}

/** What a layer is, told as `entry` reads it; folders with mode and owner. */
function tell({ path, type, mode, uid, gid, linkTarget }: Entry): string {
  if (type === "directory") return `${path}/ ${mode.toString(8)} ${uid}:${gid}`;
  if (linkTarget === undefined) return path;
  return `${path} ${type === "hardlink" ? "=>" : "->"} ${linkTarget}`;
}

function compose(
  sources: readonly SourceOnBase[],
  decides: (path: string) => boolean = () => true,
): string[] {
  return composeOnBase(sources, { tree: base, decides, mtime: 7 }).map(tell);
}

const usrBin = ["usr/ 755 0:0", "usr/bin/ 755 0:0"];

const cases: Readonly<Record<string, readonly [given: readonly string[], becomes: readonly string[]]>> = {
  "a symlink on the way is followed": [["bin/tool"], [...usrBin, "usr/bin/tool"]],
  "an absolute one likewise": [["var/run/app.pid"], ["run/ 755 0:0", "run/app.pid"]],
  "a link to what is not there leads to where it will be": [["sbin/x"], ["usr/ 755 0:0", "usr/sbin/x"]],
  "one that leads out of the root stays in it": [["up/x"], ["usr/ 755 0:0", "usr/x"]],
  "a link to the root is followed": [["root/", "root/x"], ["x"]],
  "a folder where the base has a link to one is that folder": [
    ["bin/", "bin/a/", "bin/a/b"],
    [...usrBin, "usr/bin/a/ 640 5:6", "usr/bin/a/b"],
  ],
  "a folder of the base keeps its mode and owner": [
    ["home/node/x", "tmp/"],
    ["home/ 755 0:0", "home/node/ 750 1000:1000", "home/node/x", "tmp/ 1777 0:0"],
  ],
  "folders that the base lacks get no entry": [["new/deep/x"], ["new/deep/x"]],
  "new folders stay as they are": [
    ["tmp/new/", "tmp/new/x"],
    ["tmp/ 1777 0:0", "tmp/new/ 640 5:6", "tmp/new/x"],
  ],
  "a file takes the place of a symlink to a file": [["etc/alias"], ["etc/ 755 0:0", "etc/alias"]],
  "a symlink takes the place of a symlink": [["bin -> usr/local/bin"], ["bin -> usr/local/bin"]],
  "a symlink takes the place of a folder that holds nothing": [["empty -> usr"], ["empty -> usr"]],
  "hardlinks follow what they name": [
    ["bin/a", "bin/b => bin/a"],
    [...usrBin, "usr/bin/a", "usr/bin/b => usr/bin/a"],
  ],
  "a file stays before its hardlinks": [
    ["bin/a", "opt/b => bin/a"],
    ["opt/b", ...usrBin, "usr/bin/a => opt/b"],
  ],
  "of two names for one place the later wins": [
    ["bin/a", "usr/bin/a"],
    [...usrBin, "usr/bin/a"],
  ],
};

for (const [what, [given, becomes]] of Object.entries(cases)) {
  test(`on a base: ${what}`, () => assert.deepEqual(compose([source(given)]), becomes));
}

test("what was asked of a folder wins over the base's, what was not is the base's", () => {
  const folders = ["home/", "home/node/"];
  assert.deepEqual(compose([source(folders, { mode: true, owner: true })]), [
    "home/ 640 5:6",
    "home/node/ 640 5:6",
  ]);
  assert.deepEqual(compose([source(folders, { mode: false, owner: true })]), [
    "home/ 755 5:6",
    "home/node/ 750 5:6",
  ]);
  assert.deepEqual(compose([source(folders, { mode: true, owner: false })]), [
    "home/ 640 0:0",
    "home/node/ 640 1000:1000",
  ]);
});

test("a folder that one source asks for wins over what another needs on its way", () => {
  const asked = source(["tmp/"], { mode: true, owner: true });
  for (const sources of [
    [asked, source(["tmp/x"])],
    [source(["tmp/x"]), asked],
    [asked, source(["tmp/", "tmp/x"])],
  ])
    assert.deepEqual(compose(sources), ["tmp/ 640 5:6", "tmp/x"]);
});

test("about other paths the base is not asked", () => {
  const decides = (path: string) => path.startsWith("tmp");
  assert.deepEqual(compose([source(["bin/x", "home/", "tmp/x"])], decides), [
    "bin/x",
    "home/ 640 5:6",
    "tmp/ 1777 0:0",
    "tmp/x",
  ]);
  assert.deepEqual(compose([source(["etc/file/x"])], decides), ["etc/file/x"]);
});

const taken: Readonly<Record<string, readonly [string, RegExp]>> = {
  "a file over a folder of the base": [
    "usr/bin",
    /destination \/usr\/bin: the base has a folder there, .*write \/usr\/bin\/ .*--assume-new \/usr\/bin /,
  ],
  "a file over a folder with nothing in it": ["empty", /write \/empty\/ for it to go into that/],
  "a file over a link to one": [
    "bin",
    /destination \/bin: the base has a folder there, .*write \/bin\/ for it/,
  ],
  "a symlink over a folder": [
    "usr -> opt",
    /the base has a folder there, which the symlink would hide: choose another/,
  ],
  "a folder over a file": [
    "etc/file/",
    /destination \/etc\/file: the base has a file at \/etc\/file, where a folder is to be/,
  ],
  "a folder over a link to a file": [
    "etc/alias/",
    /destination \/etc\/alias: the base has a file at \/etc\/file/,
  ],
  "a path through a file": ["etc/file/deep/x", /the base has a file at \/etc\/file/],
  "a path through a link to a file": ["etc/alias/x", /the base has a file at \/etc\/file/],
};

for (const [what, [path, message]] of Object.entries(taken)) {
  test(`${what} is refused, with what to do`, () => {
    assert.throws(() => compose([source([path])]), { code: "ERR_GANTRY_DESTINATION_TAKEN", message });
  });
}

test("a loop of the base's symlinks is an error that names the path", () => {
  assert.throws(() => compose([source(["loop/x"])]), { code: "ERR_GANTRY_LIMIT", message: /"\/loop"/ });
});

test("whatever is added, the layer is in order, hides nothing and lies on no symlink of the base", () => {
  const names = fc.constantFrom(
    "bin",
    "usr",
    "sbin",
    "lib64",
    "var",
    "run",
    "tmp",
    "home",
    "node",
    "x",
    "up",
  );
  const path = fc.array(names, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
  const before = listing(base);
  fc.assert(
    fc.property(fc.uniqueArray(path, { maxLength: 8 }), (paths) => {
      const files = paths.map((each) => `${each}/f`).sort(comparePaths);
      const made = composeOnBase([source(files)], { tree: base, decides: () => true, mtime: 7 });
      assert.deepEqual(
        made.map((one) => one.path),
        [...new Set(made.map((one) => one.path))].sort(comparePaths),
      );
      const after = new Set(listing(base.with(made)));
      assert.deepEqual(
        before.filter((one) => !after.has(one)),
        [],
      );
      for (const { path: at, type } of made)
        assert.ok(type === "directory" || base.resolve(at).path === at, at);
    }),
  );
});
