import assert from "node:assert/strict";
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createLayerLists, planRequest } from "../../../src/frontends/spec/plan.js";
import type { BuildRequest } from "../../../src/frontends/spec/request.js";
import { GantryError } from "../../../src/errors.js";
import type { FileTree } from "../../../src/plan/file-tree.js";
import type { World } from "../../../src/plan/world.js";
import { layer, treeOf } from "../../context/base-tree/layers.js";
import { fakeWorld, folderOf, listing } from "./world.js";

const merged = await treeOf(
  layer("usr/bin/sh", "bin -> usr/bin", "opt -> usr/opt", {
    path: "tmp",
    type: "directory",
    mode: 0o1777,
  }),
);
const plain = await treeOf(layer("bin/sh"));

/** A world whose bases have the tree, by architecture; `trees` are those that were asked for. */
function worldOf(
  tree: FileTree | ((architecture: string) => FileTree) = merged,
): World & { readonly trees: string[] } {
  const trees: string[] = [];
  return {
    ...fakeWorld(),
    trees,
    tree: async ({ image: { platform } }) => {
      trees.push(platform.architecture);
      return typeof tree === "function" ? tree(platform.architecture) : tree;
    },
  };
}

const usrBin = ["usr directory 755 0:0", "usr/bin directory 755 0:0"];
const tmp = "tmp directory 1777 0:0";

async function layers(folder: string, request: BuildRequest, world: World = worldOf()): Promise<string[][]> {
  const all = { base: "debian", platforms: ["linux/amd64"], ...request };
  return listing(await planRequest(all, world, { contextRoot: folder }));
}

test("a destination through a path where bases keep links goes where the base's link leads", async (t) => {
  const folder = folderOf(t, { tool: "1", "root/bin/a": "", "root/tmp/b": "", "root/app/c": "" });
  const made = await layers(folder, {
    layers: [{ files: { "/bin/tool": "tool" } }, { files: { "/": "root" } }, { files: { "/bin/": "tool" } }],
  });
  assert.deepEqual(made, [
    [...usrBin, "usr/bin/tool file 644 0:0"],
    [
      "app directory 755 0:0",
      "app/c file 644 0:0",
      tmp,
      "tmp/b file 644 0:0",
      ...usrBin,
      "usr/bin/a file 644 0:0",
    ],
    [...usrBin, "usr/bin/tool file 644 0:0"],
  ]);
  assert.deepEqual(await layers(folder, { files: { "/bin/tool": "tool" } }, worldOf(plain)), [
    ["bin directory 755 0:0", "bin/tool file 644 0:0"],
  ]);
});

test("the base is asked where a destination needs it, and never on scratch", async (t) => {
  const folder = folderOf(t, { tool: "1", "root/usr/share/x": "" });
  const asking: readonly (readonly [BuildRequest, number])[] = [
    [{ files: { "/app/tool": "tool", "/usr/bin/tool": "tool", "/": "root" } }, 0],
    [{ files: { "/tmp/": "tool" } }, 1],
    [{ files: { "/app/": "tool" }, baseTree: "always" }, 1],
    [{ files: { "/usr/tool": "tool" }, baseTree: "always", assumeNew: ["/usr"] }, 0],
    [{ files: { "/tmp/": "tool" }, baseTree: "never" }, 0],
    [{ files: { "/bin/": "tool" }, assumeNew: ["/bin"] }, 0],
    [{ files: { "/bin/": "tool" }, base: "scratch", baseTree: "always" }, 0],
    [{ base: "debian", baseTree: "always" }, 0],
  ];
  for (const [request, times] of asking) {
    const world = worldOf();
    await layers(folder, request, world);
    assert.equal(world.trees.length, times, JSON.stringify(request));
  }
});

test("never leaves everything as it is without a tree; always follows links anywhere", async (t) => {
  const folder = folderOf(t, { tool: "1", "d/a": "" });
  mkdirSync(join(folder, "empty"));
  const files = { "/tmp": "empty", "/opt/tool": "tool" };
  assert.deepEqual(await layers(folder, { files, baseTree: "never" }), [
    ["opt/tool file 644 0:0", "tmp directory 755 0:0"],
  ]);
  assert.deepEqual(await layers(folder, { files }), [["opt/tool file 644 0:0", tmp]]);
  assert.deepEqual(await layers(folder, { files, baseTree: "always" }), [
    [tmp, "usr directory 755 0:0", "usr/opt/tool file 644 0:0"],
  ]);
});

test("a mode or an owner that is asked for wins over the base's, in later layers too", async (t) => {
  const folder = folderOf(t, { "d/a": "" });
  chmodSync(join(folder, "d"), 0o711);
  const files = (details: object) => [{ files: { "/tmp": { source: "d", ...details } } }];
  const [owned] = await layers(folder, { layers: files({ owner: "5:6" }) });
  assert.deepEqual(owned, ["tmp directory 1777 5:6", "tmp/a file 644 5:6"]);
  const [moded] = await layers(folder, { layers: files({ mode: "0600" }) });
  assert.deepEqual(moded, ["tmp directory 700 0:0", "tmp/a file 600 0:0"]);
  const [kept] = await layers(folder, { layers: files({}), preserveMode: true });
  assert.equal(kept![0], "tmp directory 711 0:0");
  const [, later] = await layers(folder, { layers: [...files({ mode: "0600" }), ...files({})] });
  assert.deepEqual(later, ["tmp directory 700 0:0", "tmp/a file 644 0:0"]);
});

test("a layer lies on the layers before it, those that ask the base for nothing among them", async (t) => {
  const folder = folderOf(t, { tool: "1" });
  const made = await layers(folder, {
    layers: [
      { files: { "/opt/tool": "tool", "/usr/local/x": "tool" } },
      { files: { "/bin/tool": { source: "tool", owner: "3:4" } } },
    ],
    baseTree: "always",
  });
  assert.deepEqual(made[1], [...usrBin, "usr/bin/tool file 644 3:4"]);
  const conflict = { layers: [{ files: { "/tmp/x": "tool" } }, { files: { "/tmp/x/y": "tool" } }] };
  await assert.rejects(layers(folder, conflict), {
    code: "ERR_GANTRY_DESTINATION_TAKEN",
    message: /a file at \/tmp\/x/,
  });
});

test("each platform has the tree of its own base, and equal layers are one", async (t) => {
  const folder = folderOf(t, { tool: "1" });
  const platforms = ["linux/amd64", "linux/arm64", "linux/s390x"];
  const world = worldOf((architecture) => (architecture === "s390x" ? plain : merged));
  const request = { base: "debian", platforms, files: { "/bin/tool": "tool" } };
  // Bases of platforms differ in their digest, as they do outside of tests.
  const base: World["base"] = async (name, platform, io) => {
    const pinned = await world.base(name, platform, io);
    const digest =
      `sha256:${String(platforms.indexOf(`linux/${platform.architecture}`)).repeat(64)}` as const;
    return { ...pinned, image: { ...pinned.image, descriptor: { ...pinned.image.descriptor, digest } } };
  };
  const plan = await planRequest(request, { ...world, base }, { contextRoot: folder });
  assert.deepEqual(world.trees.toSorted(), ["amd64", "arm64", "s390x"]);
  assert.deepEqual(listing(plan), [[...usrBin, "usr/bin/tool file 644 0:0"]]);
  assert.deepEqual(listing(plan, 2), [["bin directory 755 0:0", "bin/tool file 644 0:0"]]);
  assert.equal(plan.images[0]!.layers[0]!.entries, plan.images[1]!.layers[0]!.entries);
});

test("images of one run share what lies on the same base and the same layers", async (t) => {
  const folder = folderOf(t, { tool: "1" });
  const lists = createLayerLists();
  const plan = async (request: BuildRequest) => {
    const all = { base: "debian", platforms: ["linux/amd64"], ...request };
    return (await planRequest(all, worldOf(), { contextRoot: folder, lists })).images[0]!.layers.at(-1)!
      .entries;
  };
  const files = { "/bin/tool": "tool" };
  const first = await plan({ files });
  assert.equal(await plan({ files, env: { A: "1" } }), first);
  assert.notEqual(await plan({ files, layers: [{ files: { "/app/": "tool" } }] }), first);
});

test("a folder of packages is split where its link leads", async (t) => {
  const packages = Object.fromEntries(
    ["a", "b", "c", "d", "e", "f"].map((name) => [`m/${name}/index.js`, name]),
  );
  const folder = folderOf(t, packages);
  const split = { source: "m", split: 3 };
  const through = await layers(folder, { files: { "/bin/m": split } });
  const direct = await layers(folder, { files: { "/usr/bin/m": split }, baseTree: "always" });
  assert.ok(through.length > 1);
  assert.deepEqual(through, direct);
});

test("a base that cannot be listed fails the build; where this Node is too old, with what to do", async (t) => {
  const folder = folderOf(t, { tool: "1" });
  const failing = (code: "ERR_GANTRY_UNSUPPORTED" | "ERR_GANTRY_TAR_INVALID"): World => ({
    ...worldOf(),
    tree: () => Promise.reject(new GantryError(code, "listing failed")),
  });
  const files = { "/tmp/": "tool" };
  await assert.rejects(layers(folder, { files }, failing("ERR_GANTRY_TAR_INVALID")), {
    code: "ERR_GANTRY_TAR_INVALID",
    message: "listing failed",
  });
  await assert.rejects(layers(folder, { files }, failing("ERR_GANTRY_UNSUPPORTED")), {
    code: "ERR_GANTRY_UNSUPPORTED",
    message: /--base-tree never.*: listing failed/,
  });
});
