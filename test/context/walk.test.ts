import assert from "node:assert/strict";
import { chmodSync, linkSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { comparePaths } from "../../src/context/path-order.js";
import { listSource } from "../../src/context/walk.js";
import type { Entry } from "../../src/plan/plan.js";
import { request, temporaryFolder, treeOf } from "./fake-files.js";

function paths(entries: readonly Entry[]): string[] {
  return entries.map(({ path }) => path);
}

function write(folder: string, ...names: string[]): void {
  for (const name of names) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), name);
  }
}

test("a folder's contents land below the destination, and the folder itself at it", async (t) => {
  const folder = temporaryFolder(t);
  write(folder, "a/b", "c");
  const entries = await listSource(
    request(folder, { destination: "opt/app", owner: { uid: 3, gid: 4 }, mtime: 11 }),
  );
  const folderEntry = { type: "directory", mode: 0o755, uid: 3, gid: 4, mtime: 11, size: 0 };
  assert.deepEqual(entries[0], { path: "opt/app", ...folderEntry });
  assert.deepEqual(paths(entries), ["opt/app", "opt/app/a", "opt/app/a/b", "opt/app/c"]);
  const { bytes, ...file } = entries[2]!;
  assert.deepEqual(file, {
    path: "opt/app/a/b",
    type: "file",
    mode: 0o644,
    uid: 3,
    gid: 4,
    mtime: 11,
    size: 3,
  });
  assert.ok(bytes?.type === "file" && bytes.path === join(folder, "a/b") && bytes.stamp.size === 3);
});

test("a folder at the root has no entry for the root", async (t) => {
  const folder = temporaryFolder(t);
  write(folder, "a/b");
  assert.deepEqual(paths(await listSource(request(folder, { destination: "" }))), ["a", "a/b"]);
});

test("a file lands at the destination, and is refused at the root", async (t) => {
  const folder = temporaryFolder(t);
  write(folder, "a");
  assert.deepEqual(paths(await listSource(request(join(folder, "a"), { destination: "x/y" }))), ["x/y"]);
  await assert.rejects(listSource(request(join(folder, "a"), { destination: "" })), {
    code: "ERR_GANTRY_SPEC_INVALID",
  });
});

test("a source that is not there is an error with the nearest name", async (t) => {
  const folder = temporaryFolder(t);
  write(folder, "dist/x");
  await assert.rejects(listSource(request(join(folder, "dits"))), {
    code: "ERR_GANTRY_SOURCE_NOT_FOUND",
    message: `${folder}/dits does not exist (did you mean "dist"?)`,
  });
  await assert.rejects(listSource(request(join(folder, "no/where"))), {
    message: /nor does the folder .*\/no$/,
  });
});

test("modes are 0755 for folders and what the owner may execute, else 0644", async (t) => {
  const folder = temporaryFolder(t);
  write(folder, "run", "odd", "secret");
  chmodSync(join(folder, "run"), 0o4700);
  chmodSync(join(folder, "odd"), 0o677);
  chmodSync(join(folder, "secret"), 0o600);
  const modes = async (more: object) =>
    Object.fromEntries(
      (await listSource(request(folder, more))).map(({ path, mode }) => [path, mode.toString(8)]),
    );
  chmodSync(folder, 0o750);
  assert.deepEqual(await modes({}), { app: "755", "app/odd": "644", "app/run": "755", "app/secret": "644" });
  const preserved = { app: "750", "app/odd": "677", "app/run": "4700", "app/secret": "600" };
  assert.deepEqual(await modes({ preserveMode: true }), preserved);
  assert.deepEqual(
    (await modes({ mode: 0o640 }))["app"],
    "750",
    "folders stay searchable for those who may read",
  );
  assert.deepEqual((await modes({ mode: 0o4755 }))["app/odd"], "4755");
  assert.deepEqual((await modes({ mode: 0o4755 }))["app"], "755");
});

test("entries come in the order of a layer, which is not the order of folders", async () => {
  const tree = ["a/b", "a/z/q", "a-b/c", "a-b-c", "a.txt", "a0", "a b/x", "\u{1f600}/x", "\uff5e"];
  for (const reversed of [false, true]) {
    const entries = await listSource(
      request("/fake", { destination: "", files: treeOf(tree, { reversed }) }),
    );
    assert.deepEqual(paths(entries), paths(entries).toSorted(comparePaths));
    assert.equal(entries.length, 14);
  }
});

test("B26 of two names of one file the first in order is the file, the second a hardlink to it", async (t) => {
  const folder = temporaryFolder(t);
  write(folder, "b/z");
  linkSync(join(folder, "b/z"), join(folder, "b-first"));
  linkSync(join(folder, "b/z"), join(folder, "c"));
  const links = (await listSource(request(folder))).filter(({ type }) => type !== "directory");
  assert.deepEqual(
    links.map(({ path, type, size, linkTarget }) => [path, type, size, linkTarget]),
    [
      ["app/b-first", "file", 3, undefined],
      ["app/b/z", "hardlink", 0, "app/b-first"],
      ["app/c", "hardlink", 0, "app/b-first"],
    ],
  );
});

test("B27 symlinks are kept as they are: relative, absolute, dangling, looping, leading outside", async (t) => {
  const folder = temporaryFolder(t);
  write(folder, "dir/file");
  const links = {
    absolute: "/etc/passwd",
    dangling: "nowhere",
    folder: "dir",
    loop: "loop",
    outside: "../..",
  };
  for (const [name, target] of Object.entries(links)) symlinkSync(target, join(folder, name));
  const entries = await listSource(request(folder));
  const found = entries.filter(({ type }) => type === "symlink");
  assert.deepEqual(
    Object.fromEntries(found.map(({ path, linkTarget }) => [path.slice(4), linkTarget])),
    links,
  );
  assert.ok(found.every(({ mode, size, bytes }) => mode === 0o777 && size === 0 && bytes === undefined));
  assert.equal(entries.length, 8);
});

test("B28 a folder linked into itself is walked once", async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, "a"));
  symlinkSync("..", join(folder, "a/up"));
  symlinkSync(folder, join(folder, "a/root"));
  const entered: string[] = [];
  await listSource(request(folder, { onDirectory: (path) => entered.push(path) }));
  assert.deepEqual(entered, [folder, join(folder, "a")]);
});

test("B32 a file's time changes its stamp and nothing else", async (t) => {
  const folder = temporaryFolder(t);
  write(folder, "a");
  const list = async () => (await listSource(request(folder)))[1]!;
  const before = await list();
  utimesSync(join(folder, "a"), 1, 2);
  const after = await list();
  assert.deepEqual({ ...after, bytes: undefined }, { ...before, bytes: undefined });
  assert.ok(after.bytes?.type === "file" && before.bytes?.type === "file");
  assert.notEqual(after.bytes.stamp.mtime, before.bytes.stamp.mtime);
  assert.equal(after.bytes.stamp.mtime, 2000);
});

test("B37 a tree 1,900 levels deep is walked without deep recursion", async () => {
  const entries = await listSource(request("/fake", { files: treeOf([Array(1900).fill("d").join("/")]) }));
  assert.equal(entries.length, 1901);
});

test("B37 a folder of 200,000 entries costs one readdir and one lstat for each", async () => {
  const names = Array.from({ length: 200_000 }, (_, index) => `n${index}`);
  const tree = treeOf(names);
  const calls = { readdir: 0, lstat: 0 };
  const files = {
    ...tree,
    readdir: (path: string) => (calls.readdir++, tree.readdir(path)),
    lstat: (path: string) => (calls.lstat++, tree.lstat(path)),
  };
  const entries = await listSource(request("/fake", { files }));
  assert.equal(entries.length, 200_001);
  assert.deepEqual(calls, { readdir: 1, lstat: 200_001 });
});

test("B38 the order in which a folder's names come, and umask, change nothing", async (t) => {
  const folder = temporaryFolder(t);
  const names = ["b/1", "b/2", "a", "b.txt", "c/d/e"];
  const made = ["one", "two"].map((copy, index) => {
    const previous = process.umask(index === 0 ? 0o022 : 0o077);
    write(join(folder, copy), ...(index === 0 ? names : names.toReversed()));
    process.umask(previous);
    return join(folder, copy);
  });
  const [one, two] = await Promise.all(made.map((source) => listSource(request(source))));
  const strip = (entries: readonly Entry[]) => entries.map((entry) => ({ ...entry, bytes: undefined }));
  assert.deepEqual(strip(one!), strip(two!));
});

test("B39 a source that is a symlink stands for what it leads to", async (t) => {
  const folder = temporaryFolder(t);
  write(folder, "real/a");
  symlinkSync("real", join(folder, "link"));
  symlinkSync("real/a", join(folder, "file"));
  const entries = await listSource(request(join(folder, "link")));
  assert.deepEqual(paths(entries), ["app", "app/a"]);
  assert.equal((await listSource(request(join(folder, "file"))))[0]?.type, "file");
  symlinkSync("gone", join(folder, "broken"));
  await assert.rejects(listSource(request(join(folder, "broken"))), {
    code: "ERR_GANTRY_SOURCE_NOT_FOUND",
    message: /broken is a symlink to gone, which does not exist/,
  });
});

test("B39 a context that vanishes while it is walked is an error that names what vanished", async (t) => {
  const folder = temporaryFolder(t);
  write(folder, "a/b/c", "d");
  const onDirectory = (path: string) => {
    if (path.endsWith("/a")) rmSync(folder, { recursive: true });
  };
  await assert.rejects(listSource(request(folder, { onDirectory })), {
    code: "ERR_GANTRY_SOURCE_CHANGED",
    message: `${folder}/a vanished while it was being listed; build again once nothing writes there`,
  });
});

test("a walk ends with the signal's reason", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  const files = treeOf(["a/b", "c"]);
  const onDirectory = () => controller.abort(reason);
  await assert.rejects(
    listSource(request("/fake", { files, onDirectory }), { signal: controller.signal }),
    reason,
  );
});

test("a long walk lets the event loop run", async () => {
  const files = treeOf(Array.from({ length: 2000 }, (_, index) => `n${index}`));
  let turns = 0;
  let ended = false;
  const count = (): void => void (ended || (turns++, setImmediate(count)));
  count();
  await listSource(request("/fake", { files }));
  ended = true;
  assert.ok(turns > 2, `${turns} turns`);
});
