import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { nodeFiles } from "../../../../src/context/files.js";
import { parseIgnore } from "../../../../src/context/ignore.js";
import { folderSource } from "../../../../src/frontends/dockerfile/sources/folder-source.js";
import { folderOf } from "../../spec/world.js";

/** A context with ignored packages, and the folders that were read while sources were looked for, with how often. */
function counted(t: TestContext, ignored: string, more: Readonly<Record<string, string>> = {}) {
  const files = {
    "a.json": "1",
    "src/b.js": "2",
    "node_modules/p/q/r.js": "3",
    "node_modules/s/t.js": "4",
    ...more,
  };
  const root = folderOf(t, files);
  const reads = new Map<string, number>();
  const readdir = (path: string) => {
    const folder = path.slice(root.length + 1);
    reads.set(folder, (reads.get(folder) ?? 0) + 1);
    return nodeFiles.readdir(path);
  };
  const source = folderSource({
    root,
    ignore: { ...parseIgnore(ignored, ".dockerignore"), name: ".dockerignore" },
    files: { ...nodeFiles, readdir },
  });
  const find = async (pattern: string) => (await source.find(pattern)).map(({ path }) => path);
  return { root, source, find, reads };
}

const exception = "node_modules\n!**/keep\n";

test("a wildcard that does not match an ignored folder does not look into it for exceptions", async (t) => {
  const { find, reads } = counted(t, exception);
  assert.deepEqual(await find("*.json"), ["a.json"]);
  assert.deepEqual([...reads], [["", 1]]);
});

test("an ignored folder is looked through once for exceptions, however many sources ask", async (t) => {
  const { find, reads } = counted(t, exception);
  const found = await Promise.all(["*", "n*", "nod?_modules", "*"].map(find));
  assert.deepEqual(found, [["a.json", "src"], [], [], ["a.json", "src"]]);
  const ignored = [...reads].filter(([folder]) => folder.startsWith("node_modules"));
  assert.deepEqual(Object.fromEntries(ignored), {
    node_modules: 1,
    "node_modules/p": 1,
    "node_modules/p/q": 1,
    "node_modules/s": 1,
  });
});

test("wildcards over several levels read a folder once to match and once for exceptions", async (t) => {
  const { find, reads } = counted(t, exception, { "node_modules/s/u/keep": "5" });
  assert.deepEqual(await find("*/*"), ["node_modules/s", "src/b.js"]);
  assert.deepEqual(await find("*/*/*"), ["node_modules/s/u"]);
  assert.deepEqual(await find("*/*/*/*"), ["node_modules/s/u/keep"]);
  assert.ok(
    [...reads.values()].every((count) => count <= 4),
    JSON.stringify([...reads]),
  );
});

test("an ignored folder without exceptions is never entered", async (t) => {
  const { root, source, find, reads } = counted(t, "node_modules\n!src/b.js\n");
  for (const pattern of ["*", "*/*", "*/*/*", "[m-o]*/[p]*", "node_modules*"]) await find(pattern);
  await assert.rejects(source.find("node_modules/s/t.js"), { code: "ERR_GANTRY_DOCKERFILE_INVALID" });
  assert.deepEqual([...reads.keys()].toSorted(), ["", "src"]);
  const [all = assert.fail()] = await source.find("/");
  const owner = { uid: 0, gid: 0 };
  const entries = await source.entries(all, "", { owner, exclude: undefined });
  assert.deepEqual(
    entries.map(({ path, bytes }) => [path, bytes?.type === "file" ? bytes.path : ""]),
    [
      ["a.json", join(root, "a.json")],
      ["src", ""],
      ["src/b.js", join(root, "src/b.js")],
    ],
  );
});

for (const [ignored, pattern] of [
  [exception, "node_modules*"],
  ["", "many/*.js"],
] as const) {
  test(`the event loop runs while ${pattern} is looked for in a large folder`, async (t) => {
    const names = Array.from({ length: 600 }, (_, at) => [`${at}`, "x"] as const);
    const files = Object.fromEntries(
      names.flatMap(([name, text]) => [
        [`node_modules/${name}`, text],
        [`many/${name}`, text],
      ]),
    );
    const { find } = counted(t, ignored, files);
    let ran = false;
    setImmediate(() => (ran = true));
    assert.deepEqual(await find(pattern), []);
    assert.ok(ran);
  });
}

test("what is missing is told with what is there: a name nearby, a symlink that leads nowhere", async (t) => {
  const { find, root } = counted(t, "");
  symlinkSync("/etc/hostname", join(root, "out"));
  await assert.rejects(find("src/B.js"), {
    message: /"\/src\/B\.js": not found in the context \S+ \(did you mean "b\.js"\?\)$/,
  });
  await assert.rejects(find("out"), {
    message: /in the context \S+: it is a symlink to \/etc\/hostname, which leads to nothing in the context$/,
  });
  await assert.rejects(find("nowhere/x"), { message: /"\/nowhere\/x": not found in the context \S+$/ });
});
