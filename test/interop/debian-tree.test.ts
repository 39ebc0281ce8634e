import assert from "node:assert/strict";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { openTree } from "../../src/context/base-tree/kept-tree.js";
import { readArtifact } from "../../src/places/artifact.js";
import { openLayout } from "../../src/places/layout/layout.js";
import type { FileTree } from "../../src/plan/file-tree.js";
import { scratchFolder, token } from "../support/scratch-folder.js";
import { debianBase, lacking, noDebianBase, tool } from "../support/tools.js";

const skip = noDebianBase || lacking("umoci");

/** The Debian base's tree as Gantry lists it, and the folder into which umoci unpacked it. */
async function prepare(t: TestContext): Promise<{ readonly tree: FileTree; readonly rootfs: string }> {
  const image = await readArtifact(openLayout(debianBase!, { token }), "12");
  assert.ok("kind" in image && image.kind === "image");
  const { tree } = await openTree(image.layers, {});
  const bundle = join(await scratchFolder(t), "bundle");
  await tool("umoci", "unpack", "--image", `${debianBase}:12`, bundle);
  return { tree, rootfs: join(bundle, "rootfs") };
}

/** "TYPE MODE UID:GID SIZE TARGET" of every path, by whatever looks it up and lists it. */
function listed(
  look: (path: string) => string,
  list: (path: string) => Iterable<string>,
  path = "",
): readonly (readonly [string, string])[] {
  const what = look(path);
  if (!what.startsWith("directory")) return [[path, what]];
  const names = [...list(path)].sort();
  return [
    [path, what],
    ...names.flatMap((name) => listed(look, list, path === "" ? name : `${path}/${name}`)),
  ];
}

test(
  "the tree of a real Debian is what umoci unpacks: every path, type, mode, owner, size and link",
  { skip },
  async (t) => {
    const { tree, rootfs } = await prepare(t);
    const ours = listed(
      (path) => {
        const { type, mode, uid, gid, size, linkTarget = "" } = tree.lookup(path)!;
        return `${type} ${mode.toString(8)} ${uid}:${gid} ${size} ${linkTarget}`;
      },
      (path) => tree.children(path),
    );
    const theirs = listed(
      (path) => {
        const at = join(rootfs, path);
        const stats = lstatSync(at);
        const type = stats.isDirectory() ? "directory" : stats.isSymbolicLink() ? "symlink" : "file";
        const size = type === "file" ? stats.size : 0;
        const target = type === "symlink" ? readlinkSync(at) : "";
        return `${type} ${(stats.mode & 0o7777).toString(8)} ${stats.uid}:${stats.gid} ${size} ${target}`;
      },
      (path) => readdirSync(join(rootfs, path)),
    );
    assert.ok(ours.length > 100);
    assert.deepEqual(ours, theirs);
  },
);

test("a real Debian's merged folders are followed, and its users are at hand", { skip }, async (t) => {
  const { tree, rootfs } = await prepare(t);
  assert.deepEqual(tree.resolve("bin/sh"), { path: "usr/bin/dash", node: tree.lookup("usr/bin/dash") });
  assert.equal(tree.resolve("lib64/new").path, "usr/lib64/new");
  assert.equal(tree.resolve("var/run/app.pid").path, "run/app.pid");
  for (const path of ["etc/passwd", "etc/group", "usr/bin/dash"])
    assert.ok(readFileSync(join(rootfs, path)).equals((await tree.read(path))!), path);
});
