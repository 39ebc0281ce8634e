import assert from "node:assert/strict";
import { test } from "node:test";
import { planRequest } from "../../../src/frontends/spec/plan.js";
import type { BuildRequest } from "../../../src/frontends/spec/request.js";
import { validateRequest } from "../../../src/frontends/spec/schema.js";
import type { BuildPlan } from "../../../src/plan/plan.js";
import { fakeWorld, folderOf, listing } from "./world.js";

const files = {
  "m/a/index.js": "a",
  "m/a/a.map": "",
  "m/@s/b/index.js": "b",
  "m/c/index.js": "c",
  "m/.package-lock.json": "{}",
  "dist/main.js": "main",
};

async function planned(folder: string, request: BuildRequest): Promise<BuildPlan> {
  return planRequest(request, fakeWorld(), { contextRoot: folder });
}

const createdBy = ({ images }: BuildPlan) => images[0]!.layers.map((layer) => layer.createdBy);

test("an entry with split becomes a layer for each part that has something, and each says which it is", async (t) => {
  const folder = folderOf(t, files);
  const how = { source: "m", split: 8, owner: "1:2", mode: "0640", exclude: "**/*.map" };
  const plan = await planned(folder, {
    layers: [{ name: "dependencies", files: { "/app/m": how } }],
    files: { "/app/dist": "dist" },
  });
  assert.deepEqual(createdBy(plan), [
    "layer dependencies, part 2 of 8",
    "layer dependencies, part 3 of 8",
    "layer dependencies, part 7 of 8",
    "layer dependencies, part 8 of 8",
    "files /app/dist",
  ]);
  const folders = ["app directory 755 0:0", "app/m directory 750 1:2"];
  const own = (path: string) => [`app/m/${path} directory 750 1:2`, `app/m/${path}/index.js file 640 1:2`];
  assert.deepEqual(listing(plan), [
    [...folders, "app/m/@s directory 750 1:2", ...own("@s/b")],
    [...folders, ...own("a")],
    [...folders, ...own("c")],
    [...folders, "app/m/.package-lock.json file 640 1:2"],
    ["app directory 755 0:0", "app/dist directory 755 0:0", "app/dist/main.js file 644 0:0"],
  ]);
});

test("on a base the parts have no entry for a folder that is the base's own, but for those in it", async (t) => {
  const folder = folderOf(t, files);
  const plan = await planned(folder, { base: "debian", files: { "/m": { source: "m", split: 2 } } });
  assert.deepEqual(listing(plan), [
    [
      "m/@s directory 755 0:0",
      "m/@s/b directory 755 0:0",
      "m/@s/b/index.js file 644 0:0",
      "m/a directory 755 0:0",
      "m/a/a.map file 644 0:0",
      "m/a/index.js file 644 0:0",
      "m/c directory 755 0:0",
      "m/c/index.js file 644 0:0",
    ],
    ["m/.package-lock.json file 644 0:0"],
  ]);
});

test("a split of one, and of nothing, is one layer", async (t) => {
  const folder = folderOf(t, { ...files, "empty/x": "" });
  const whole = await planned(folder, { files: { "/m": "m" } });
  const one = await planned(folder, { files: { "/m": { source: "m", split: 1 } } });
  assert.deepEqual([createdBy(one), listing(one)], [createdBy(whole), listing(whole)]);
  const empty = { source: "empty", exclude: "x", split: 9 };
  assert.deepEqual(listing(await planned(folder, { files: { "/": empty } })), [[]]);
  assert.deepEqual(listing(await planned(folder, { files: { "/e": empty } })), [["e directory 755 0:0"]]);
});

test("platforms share the lists of a split layer", async (t) => {
  const folder = folderOf(t, files);
  const platforms = ["linux/amd64", "linux/arm64"];
  const { images } = await planned(folder, { platforms, files: { "/m": { source: "m", split: 4 } } });
  const [one, other] = images.map(({ layers }) => layers.map(({ entries }) => entries));
  assert.ok(one!.length > 1 && one!.every((list, index) => list === other![index]));
});

test("split is refused of what is no folder, twice in one layer, and out of bounds", async (t) => {
  const folder = folderOf(t, files);
  const only = "split is for folders: leave it out, or name a folder as the source";
  const refused: readonly (readonly [BuildRequest, string])[] = [
    [{ files: { "/x": { content: "x", split: 2 } } }, `files["/x"]: ${only}`],
    [{ files: { "/x": { source: "dist/main.js", split: 2 } } }, `files["/x"]: ${only}`],
    [
      { files: { "/x": { source: "m", split: 2 }, "/y": { source: "dist", split: 2 } } },
      'files["/y"]: files["/x"] has a "split" too, and a layer can have one: put this into a layer of its own',
    ],
    [
      { files: { "/x": { source: "m", split: 65 } } },
      'files["/x"]: split 65: expected a number of layers, 1 to 64',
    ],
  ];
  for (const [request, message] of refused) {
    await assert.rejects(planned(folder, request), { code: "ERR_GANTRY_SPEC_INVALID", message });
  }
  for (const split of [0, 65])
    await assert.rejects(validateRequest({ files: { "/x": { source: "m", split } } }), {
      message: 'request: files["/x"].split: expected 1 to 64',
    });
});
