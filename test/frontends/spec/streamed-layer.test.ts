import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  chmodSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { planRequest } from "../../../src/frontends/spec/plan.js";
import type { BuildRequest } from "../../../src/frontends/spec/request.js";
import type { LayerPlan } from "../../../src/plan/plan.js";
import { fakeWorld, folderOf } from "./world.js";

async function layersOf(folder: string, request: BuildRequest): Promise<readonly LayerPlan[]> {
  return (await planRequest(request, fakeWorld(), { contextRoot: folder })).images[0]!.layers;
}

async function layerOf(folder: string, request: BuildRequest): Promise<LayerPlan> {
  const [layer, ...more] = await layersOf(folder, request);
  assert.equal(more.length, 0);
  return layer!;
}

const tree = { "dist/a": "1", "dist/b/c": "2", "dist/b/d": "3" };
const add = { base: "scratch", files: { "/app": "dist" } };

/** The same files in other words, of which all entries have to be there first: what a stream is compared with. */
const whole = (request: BuildRequest): BuildRequest => ({
  ...request,
  layers: [
    { files: Object.fromEntries(Object.entries(request.files!).map(([to, from]) => [to, split(from)])) },
  ],
  files: {},
});
const split = (from: unknown) => ({
  ...(typeof from === "string" ? { source: from } : (from as object)),
  split: 1,
});

test("a layer's entries come one by one, afresh each time, in the order of a list that is made at once", async (t) => {
  const folder = folderOf(t, { ...tree, "dist/b-x": "", "dist/b.x/y": "", "dist/bb": "" });
  symlinkSync("b", join(folder, "dist/link"));
  for (const base of ["scratch", "debian"]) {
    const request = { base, files: { "/opt/app": "dist" } };
    const layer = await layerOf(folder, request);
    const list = (await layerOf(folder, whole(request))).entries;
    assert.deepEqual([...layer.streamed!.each()], list);
    assert.deepEqual([...layer.streamed!.each()], list);
    assert.deepEqual(layer.entries, list);
    assert.equal(layer.entries, layer.entries, "the list is made once");
    const names = list.filter(({ path }) => path.startsWith("opt/app/")).length;
    assert.equal(layer.streamed!.roughSize, (names + 3) * 512);
  }
});

const apart: readonly (readonly [string, BuildRequest["files"]])[] = [
  ["folders beside each other", { "/app/b": "dist", "/app/a": "dist/b" }],
  ["a file and a folder", { "/app/x": "dist/a", "/app/y": "dist" }],
  ["files into a folder that nobody adds", { "/z/": "dist/a", "/z/y/c": "dist/b/c" }],
  ["inline content", { "/etc/conf": { content: "text" }, "/app": "dist" }],
];
for (const [what, files] of apart) {
  test(`a layer of several sources comes one by one where they lie apart: ${what}`, async (t) => {
    const folder = folderOf(t, tree);
    for (const base of ["scratch", "debian"]) {
      const layer = await layerOf(folder, { base, files: files! });
      assert.notEqual(layer.streamed, undefined);
      const paths = layer.entries.map(({ path }) => path);
      assert.deepEqual(paths, [...paths].sort());
      assert.equal(new Set(paths).size, paths.length);
      const parents = paths.flatMap((path) =>
        path.includes("/") ? [path.slice(0, path.lastIndexOf("/"))] : [],
      );
      if (base === "scratch")
        assert.ok(
          parents.every((parent) => paths.includes(parent)),
          paths.join(),
        );
    }
  });
}

const together: readonly (readonly [string, BuildRequest])[] = [
  ["a source within another's destination", { files: { "/app": "dist", "/app/b/e": "dist/a" } }],
  ["a name that sorts into a folder", { files: { "/app": "dist", "/app-x": "dist/a" } }],
  ["a folder that is made and sorts into another", { files: { "/app": "dist", "/app-x/y": "dist/a" } }],
  ["the root", { files: { "/": "dist" } }],
  ["a split", { files: { "/app": { source: "dist", split: 2 } } }],
  ["a destination that asks the base", { base: "debian", files: { "/tmp/app": "dist" } }],
  [
    "a destination above one that bases link",
    { base: "debian", baseTree: "never", files: { "/var": "dist" } },
  ],
  ["an exception of an ignored folder", { files: { "/app": { source: "dist", exclude: ["b", "!b/c"] } } }],
];
for (const [what, request] of together) {
  test(`all entries are there first for ${what}`, async (t) => {
    const folder = folderOf(t, tree);
    for (const layer of await layersOf(folder, { base: "scratch", ...request })) {
      assert.equal(layer.streamed, undefined);
    }
  });
}

test("a file below a file is refused, on a base too", async (t) => {
  const folder = folderOf(t, tree);
  for (const base of ["scratch", "debian"])
    for (const between of [{}, { "/opt/app-x": "dist/a" }]) {
      const files = { "/opt/app": "dist/a", "/opt/app/x": { content: "" }, ...between };
      await assert.rejects(layersOf(folder, { base, files }), {
        code: "ERR_GANTRY_SPEC_INVALID",
        message: /one layer gets both the file \/opt\/app \(from .*\) and the file \/opt\/app\/x|\/opt\/app/,
      });
    }
});

const file = (folder: string, name: string) => join(folder, "dist", name);
const changes: Readonly<Record<string, readonly [change: (folder: string) => void, shapeToo: boolean]>> = {
  "a file that is written to": [(folder) => writeFileSync(file(folder, "a"), "changed"), true],
  "a file that is touched": [(folder) => utimesSync(file(folder, "a"), 1, 1), false],
  "a file that may be executed": [(folder) => chmodSync(file(folder, "a"), 0o755), true],
  "another mode": [(folder) => chmodSync(file(folder, "a"), 0o600), false],
  "a new file": [(folder) => writeFileSync(file(folder, "b/new"), ""), true],
  "a file that is gone": [(folder) => rmSync(file(folder, "b/c")), true],
  "another name": [(folder) => renameSync(file(folder, "b/c"), file(folder, "b/C")), true],
  "another file under the same name": [
    (folder) => {
      writeFileSync(file(folder, "../new"), "1");
      renameSync(file(folder, "../new"), file(folder, "a"));
    },
    false,
  ],
  "another symlink": [
    (folder) => {
      rmSync(file(folder, "link"));
      symlinkSync("a", file(folder, "link"));
    },
    false,
  ],
};
for (const [what, [change, shapeToo]] of Object.entries(changes)) {
  test(`${what} changes the keys of a layer`, async (t) => {
    const folder = folderOf(t, tree);
    chmodSync(file(folder, "a"), 0o644);
    symlinkSync("b", file(folder, "link"));
    const before = (await layerOf(folder, add)).streamed!.keys;
    assert.deepEqual((await layerOf(folder, add)).streamed!.keys, before);
    change(folder);
    const after = (await layerOf(folder, add)).streamed!.keys;
    assert.notEqual(after.stamps, before.stamps);
    assert.equal(after.shape !== before.shape, shapeToo);
  });
}

test("files are known by what is made of them, however the request says it", async (t) => {
  const folder = folderOf(t, tree);
  const same: BuildRequest[] = [
    add,
    { ...add, files: { "/app/": "./dist/" } },
    { ...add, files: { "/app": { source: "dist", exclude: "nothing" } } },
    { ...add, filesBase: join(folder, "dist"), files: { "/app": "../dist" } },
    { ...add, baseTree: "never", assumeNew: ["/x"] },
  ];
  const keys = await Promise.all(
    same.map(async (request) => (await layerOf(folder, request)).streamed!.keys),
  );
  assert.deepEqual(
    keys,
    same.map(() => keys[0]),
  );
});

test("what the request says is a part of the keys, and where the files are is none of the shape", async (t) => {
  const [folder, elsewhere] = [folderOf(t, tree), folderOf(t, tree)];
  const of = (more: object): BuildRequest => ({
    base: "scratch",
    files: { "/app": { source: "dist", ...more } },
  });
  const requests: BuildRequest[] = [
    of({}),
    of({ owner: "1:2" }),
    of({ mode: "0600" }),
    of({ exclude: "a" }),
    { ...of({}), preserveMode: true },
    { ...of({}), base: "debian" },
    { base: "scratch", files: { "/other": "dist" } },
    { base: "scratch", files: { "/app": "dist/b" } },
    { base: "scratch", files: { "/app/": "dist/a" } },
    { base: "scratch", files: { "/app": "dist", "/x": { content: "1" } } },
    { base: "scratch", files: { "/app": "dist", "/x": { content: "2" } } },
  ];
  const keys = [];
  for (const request of requests) keys.push((await layerOf(folder, request)).streamed!.keys);
  const moved = (await layerOf(elsewhere, of({}))).streamed!.keys;
  assert.equal(moved.shape, keys[0]!.shape);
  assert.notEqual(moved.stamps, keys[0]!.stamps);
  writeFileSync(join(folder, ".dockerignore"), "dist/b/c\n");
  keys.push((await layerOf(folder, of({}))).streamed!.keys);
  assert.equal(new Set(keys.map(({ stamps }) => stamps)).size, requests.length + 1);
  // What .dockerignore and exclude leave out shows in what is left.
  assert.ok(new Set(keys.map(({ shape }) => shape)).size >= requests.length);
});

/**
 * Whoever changes what entries a folder becomes, or in which order, has to raise `version` in src/context/seen.ts, or
 * builds would go on with layers that older ones made.
 */
test("the rules by which files become entries are those that the keys' version stands for", async (t) => {
  const folder = folderOf(t, { ...tree, "dist/b-x": "", "dist/b.x": "", "dist/bin/tool": "" });
  // Whatever the umask.
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }))
    chmodSync(join(folder, name), /\/(?:b|bin|tool)$|^dist$/.test(name) ? 0o755 : 0o644);
  symlinkSync("../a", join(folder, "dist/bin/link"));
  const shown: string[] = [];
  for (const preserveMode of [false, true])
    for (const base of ["scratch", "debian"]) {
      const layer = await layerOf(folder, { base, files: { "/app/x": "dist" }, preserveMode });
      shown.push(...layer.entries.map((entry) => JSON.stringify({ ...entry, bytes: entry.bytes?.type })));
    }
  const rules = createHash("sha256").update(shown.join("\n")).digest("hex").slice(0, 16);
  const source = readFileSync(new URL("../../../../src/context/seen.ts", import.meta.url), "utf8");
  const [, version] = /^const version = (\d+);$/m.exec(source)!;
  assert.deepEqual([version, rules], ["1", "5593f8fb045df39c"]);
});
