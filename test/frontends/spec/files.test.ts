import assert from "node:assert/strict";
import { chmodSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { planRequest } from "../../../src/frontends/spec/plan.js";
import type { BuildRequest } from "../../../src/frontends/spec/request.js";
import { fakeWorld, folderOf, listing } from "./world.js";

async function layers(folder: string, request: BuildRequest): Promise<string[][]> {
  return listing(await planRequest(request, fakeWorld(), { contextRoot: folder }));
}

test("a folder's contents land below the destination, a file becomes it or goes into it", async (t) => {
  const folder = folderOf(t, { "dist/main.js": "1", "dist/lib/a.js": "2", LICENSE: "3" });
  const files = { "/app": "dist", "/usr/share/": "LICENSE", "/doc/licence": "LICENSE", "/": "LICENSE" };
  assert.deepEqual(await layers(folder, { base: "debian", files }), [
    [
      "LICENSE file 644 0:0",
      "app/lib directory 755 0:0",
      "app/lib/a.js file 644 0:0",
      "app/main.js file 644 0:0",
      "doc/licence file 644 0:0",
      "usr/share/LICENSE file 644 0:0",
    ],
  ]);
});

test("on a base the folder a source lands in keeps its mode, unless one is asked for or nothing is in it", async (t) => {
  const folder = folderOf(t, { "dist/a": "1", "empty/.keep": "" });
  const onBase = async (file: object, source = "dist") =>
    (await layers(folder, { base: "debian", files: { "/tmp": { source, ...file } } })).flat();
  assert.deepEqual(await onBase({}), ["tmp/a file 644 0:0"]);
  assert.deepEqual(await onBase({ owner: "5:6" }), ["tmp directory 755 5:6", "tmp/a file 644 5:6"]);
  assert.deepEqual(await onBase({ exclude: ".keep" }, "empty"), ["tmp directory 755 0:0"]);
});

test("a slash at the end means nothing for a folder", async (t) => {
  const folder = folderOf(t, { "dist/a": "1" });
  assert.deepEqual(
    await layers(folder, { files: { "/app/": "dist/" } }),
    await layers(folder, { files: { "/app": "dist" } }),
  );
});

test("on scratch the folders nobody added are made, on a base they are not", async (t) => {
  const folder = folderOf(t, { a: "1" });
  assert.deepEqual(await layers(folder, { files: { "/x/y/a": "a" } }), [
    ["x directory 755 0:0", "x/y directory 755 0:0", "x/y/a file 644 0:0"],
  ]);
  assert.deepEqual(await layers(folder, { base: "debian", files: { "/x/y/a": "a" } }), [
    ["x/y/a file 644 0:0"],
  ]);
});

test("mode and owner are one source's, modes are kept where that is asked", async (t) => {
  const folder = folderOf(t, { run: "1", "d/run": "2" });
  chmodSync(join(folder, "run"), 0o4711);
  const files = {
    "/a": "run",
    "/b": { source: "run", mode: "0640", owner: "1:2" },
    "/c": { content: "x", owner: "3" },
  };
  assert.deepEqual(await layers(folder, { files }), [["a file 755 0:0", "b file 640 1:2", "c file 644 3:3"]]);
  assert.deepEqual(await layers(folder, { files: { "/a": "run" }, preserveMode: true }), [
    ["a file 4711 0:0"],
  ]);
});

test("what exclude matches, relative to its source, is left out", async (t) => {
  const folder = folderOf(t, { "d/a.js": "", "d/a.map": "", "d/sub/b.map": "", "d/keep.map": "" });
  const exclude = ["**/*.map", "!keep.map"];
  const files = { "/": { source: "d", exclude } };
  assert.deepEqual(await layers(folder, { files }), [
    ["a.js file 644 0:0", "keep.map file 644 0:0", "sub directory 755 0:0"],
  ]);
});

test(".dockerignore of the context holds for sources in it, and only for those", async (t) => {
  const outside = folderOf(t, { "secret.txt": "" });
  const folder = folderOf(t, {
    ".dockerignore": "# comment\nsecret.txt\nd/x\n",
    "secret.txt": "",
    "d/x": "",
    "d/y": "",
  });
  assert.deepEqual(await layers(folder, { files: { "/d": "d" } }), [
    ["d directory 755 0:0", "d/y file 644 0:0"],
  ]);
  assert.deepEqual(await layers(folder, { files: { "/s": join(outside, "secret.txt") } }), [
    ["s file 644 0:0"],
  ]);
  await assert.rejects(layers(folder, { files: { "/s": "secret.txt" } }), {
    code: "ERR_GANTRY_SOURCE_NOT_FOUND",
    message: /^files\["\/s"\]: .*secret\.txt is left out by the context's \.dockerignore/,
  });
});

test("a .dockerignore that cannot be read as one is named with its line", async (t) => {
  const folder = folderOf(t, { ".dockerignore": "ok\n[\n", a: "" });
  await assert.rejects(layers(folder, { files: { "/a": "a" } }), /\.dockerignore, line 2/);
});

test("filesBase is where relative sources are, itself relative to the context", async (t) => {
  const folder = folderOf(t, { "build/a": "1", b: "2" });
  const files = { "/a": "a", "/b": "../b", "/c": join(folder, "b") };
  assert.deepEqual(await layers(folder, { filesBase: "build", files }), [
    ["a file 644 0:0", "b file 644 0:0", "c file 644 0:0"],
  ]);
});

test("later entries win over earlier ones, a file against a folder is an error that names both", async (t) => {
  const folder = folderOf(t, { "one/a": "1", "two/a": "22" });
  const made = await planRequest({ files: { "/x": "one", "/x/": "two" } }, fakeWorld(), {
    contextRoot: folder,
  });
  assert.deepEqual(
    made.images[0]?.layers[0]?.entries.map(({ path, size }) => [path, size]),
    [
      ["x", 0],
      ["x/a", 2],
    ],
  );
  await assert.rejects(
    layers(folder, { files: { "/x": "one", "/x/.": { source: "one/a" }, "/x/a/b": "one" } }),
    {
      code: "ERR_GANTRY_SPEC_INVALID",
    },
  );
});

test("a symlink in a folder is kept as it is", async (t) => {
  const folder = folderOf(t, { "d/a": "1" });
  symlinkSync("../../outside", join(folder, "d/link"));
  assert.deepEqual(await layers(folder, { files: { "/": "d" } }), [
    ["a file 644 0:0", "link symlink 777 0:0"],
  ]);
});

test("a missing source is named with its field and the nearest name", async (t) => {
  const folder = folderOf(t, { "dist/a": "" });
  await assert.rejects(layers(folder, { layers: [{ files: { "/app": "dits" } }] }), {
    code: "ERR_GANTRY_SOURCE_NOT_FOUND",
    message: /^layers\[0\]\.files\["\/app"\]: .*dits does not exist \(did you mean "dist"\?\)/,
  });
});

test("where the base is not asked a destination through a path that bases keep as a symlink is refused, unless it is new", async (t) => {
  const folder = folderOf(t, { app: "1" });
  const request: BuildRequest = { base: "debian", baseTree: "never", files: { "/bin/app": "app" } };
  await assert.rejects(layers(folder, request), {
    code: "ERR_GANTRY_DESTINATION_LINKED",
    message: /\/usr\/bin/,
  });
  assert.deepEqual(await layers(folder, { ...request, assumeNew: ["/bin"] }), [["bin/app file 644 0:0"]]);
  assert.deepEqual(await layers(folder, { ...request, base: "scratch" }), [
    ["bin directory 755 0:0", "bin/app file 644 0:0"],
  ]);
});
