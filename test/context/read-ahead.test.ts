import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { nodeFiles } from "../../src/context/files.js";
import { createMatcher } from "../../src/context/ignore.js";
import { listFolders, separate } from "../../src/context/listed-folder.js";
import { listSource } from "../../src/context/walk.js";
import { createWorkerPool } from "../../src/layer/pool.js";
import type { FolderLister } from "../../src/plan/world.js";
import { request, temporaryFolder } from "./fake-files.js";

/** 20 folders with 20 folders with two files each, and one branch that is deep. */
function manyFolders(folder: string): void {
  for (let one = 0; one < 20; one++) {
    for (let two = 0; two < 20; two++) {
      const inside = join(folder, `a${one}`, `b${two}`);
      mkdirSync(inside, { recursive: true });
      for (const name of ["x", "y-é"]) writeFileSync(join(inside, name), `${one} ${two} ${name}`);
    }
  }
  mkdirSync(join(folder, `deep${"/d".repeat(80)}`), { recursive: true });
  mkdirSync(join(folder, "empty"));
}

/** Answers from this thread, and notes what it was asked for. */
function notingLister(asked: string[], list: FolderLister["list"]): FolderLister {
  return { atOnce: 3, list: (paths) => (asked.push(...paths), list(paths)) };
}

const here: FolderLister["list"] = async (paths) => separate(listFolders(paths, nodeFiles));

test("a large tree listed on other threads is the tree that is listed here", async (t) => {
  const folder = temporaryFolder(t);
  manyFolders(folder);
  const pool = createWorkerPool(2);
  t.after(() => pool.close());
  const asked: string[] = [];
  const lister = notingLister(asked, (paths) => pool.list(paths));
  const alone = await listSource(request(folder));
  const threaded = await listSource(request(folder, { lister }));
  assert.deepEqual(threaded, alone);
  assert.ok(asked.length > 100, `${asked.length} folders were listed elsewhere`);
  assert.equal(new Set(asked).size, asked.length, "none twice");
});

test("a small tree is listed here", async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, "a/b/c"), { recursive: true });
  const asked: string[] = [];
  await listSource(request(folder, { lister: notingLister(asked, here) }));
  assert.deepEqual(asked, []);
});

test("no thread enters a folder that is ignored, unless something in it is kept", async (t) => {
  const folder = temporaryFolder(t);
  manyFolders(folder);
  const exclude = createMatcher(["**/b1?", "!a7/b11/x"]);
  const asked: string[] = [];
  const lister = notingLister(asked, here);
  const threaded = await listSource(request(folder, { lister, exclude }));
  assert.deepEqual(threaded, await listSource(request(folder, { exclude })));
  const entered = asked.filter((path) => /\/b1\d$/.test(path));
  assert.ok(asked.length > 50);
  assert.ok(
    entered.every((path) => path.endsWith("a7/b11")),
    entered.join(),
  );
});

test("a folder that other threads cannot read is asked for here, and the error names it", async (t) => {
  const folder = temporaryFolder(t);
  manyFolders(folder);
  const files = {
    ...nodeFiles,
    readdir: (path: string) => {
      if (path.endsWith("a3/b3")) throw Object.assign(new Error("EACCES: no"), { code: "EACCES" });
      return nodeFiles.readdir(path);
    },
    lstat: (path: string) => {
      if (path.endsWith("a5/b5/x")) throw Object.assign(new Error("EIO: no"), { code: "EIO" });
      return nodeFiles.lstat(path);
    },
  };
  const lister = notingLister([], async (paths) => separate(listFolders(paths, files)));
  await assert.rejects(listSource(request(folder, { lister, files })), {
    code: "ERR_GANTRY_SOURCE_UNREADABLE",
    message: /a3\/b3 cannot be read: permission denied/,
  });
  const exclude = createMatcher(["a3"]);
  await assert.rejects(listSource(request(folder, { lister, files, exclude })), {
    message: /a5\/b5\/x cannot be read: the disk reports/,
  });
});

test("a thread that dies ends the walk", async (t) => {
  const folder = temporaryFolder(t);
  manyFolders(folder);
  const lister = { atOnce: 2, list: () => Promise.reject(new Error("a worker thread died")) };
  await assert.rejects(listSource(request(folder, { lister })), /a worker thread died/);
});
