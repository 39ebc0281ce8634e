import assert from "node:assert/strict";
import { type Stats, constants, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { type Files, nodeFiles } from "../../src/context/files.js";
import { createMatcher } from "../../src/context/ignore.js";
import { onlyMatching } from "../../src/context/only-matching.js";
import { takeShares } from "../../src/context/share.js";
import { type SourceRequest, listSource, lookAtSource } from "../../src/context/walk.js";
import { createWorkerPool } from "../../src/layer/pool.js";
import type { Sweeper, SweepJob, Taken } from "../../src/plan/sweep.js";
import { patternOf, request, temporaryFolder, treeOf } from "./fake-files.js";

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

function drained(job: SweepJob, files: Files): Taken {
  const taking = takeShares(job, { files });
  let step = taking.next();
  while (!step.done) step = taking.next();
  return step.value;
}

/** Several threads that are none: the job crosses as it would to one, and each takes what is left. */
function pretended(files: Files, threads = 1): Sweeper & { readonly jobs: SweepJob[] } {
  const jobs: SweepJob[] = [];
  const sweep = async (job: SweepJob) => {
    jobs.push(job);
    // The counter alone is shared.
    return drained({ ...structuredClone({ ...job, next: undefined }), next: job.next }, files);
  };
  return { threads, sweep, jobs };
}

test("a large tree that several threads look through is the tree that one sees", async (t) => {
  const folder = temporaryFolder(t);
  manyFolders(folder);
  const alone = await listSource(request(folder));
  const digests = new Set<string | undefined>();
  for (const size of [2, 3, 5]) {
    const pool = createWorkerPool(size);
    t.after(() => pool.close());
    const seen = await lookAtSource(request(folder, { sweeper: pool.sweeper }));
    assert.deepEqual(await seen.list(), alone);
    assert.deepEqual([...seen.stream()], alone);
    digests.add((await seen.seen())?.stamps);
  }
  const pretending = await lookAtSource(request(folder, { sweeper: pretended(nodeFiles) }));
  digests.add((await pretending.seen())?.stamps);
  assert.equal(digests.size, 1, "who looked is not a part of what was seen");
  assert.match([...digests][0]!, /^[0-9a-f]{64}$/);
});

test("every folder of a large tree is read once, and every name looked at once", async () => {
  const names = Array.from({ length: 16 }, (_, index) => `n${index}`);
  const paths = names.flatMap((one) => names.map((two) => `${one}/${two}/file`));
  const tree = treeOf(paths);
  const calls: string[] = [];
  const files = {
    ...tree,
    readdir: (path: string) => (calls.push(`readdir ${path}`), tree.readdir(path)),
    lstat: (path: string) => (calls.push(`lstat ${path}`), tree.lstat(path)),
  };
  const sweeper = pretended(files, 3);
  assert.equal((await listSource(request("/fake", { files, sweeper }))).length, 1 + 16 + 256 + 256);
  assert.equal(sweeper.jobs.length, 3);
  assert.equal(new Set(calls).size, calls.length);
  assert.equal(calls.length, 1 + (1 + 16 + 256) + (16 + 256 + 256));
});

test("a small tree needs no thread", async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, "a/b/c"), { recursive: true });
  const sweeper = pretended(nodeFiles);
  await listSource(request(folder, { sweeper }));
  assert.deepEqual(sweeper.jobs, []);
});

const names = "a b a-b a.b ab é \u{1f600} A \uff5e - 0 a- b+".split(" ");
const name = fc.constantFrom(...names);
/** So many folders that threads take part. */
const many = names.flatMap((one) => names.map((two) => `${one}/${two}/_`));
const path = fc.array(name, { minLength: 3, maxLength: 4 }).map((parts) => parts.join("/"));
const pattern = patternOf(name);

test("filters keep the same on other threads, whatever the tree", async () => {
  let shared = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(path, { maxLength: 200 }),
      fc.array(pattern, { maxLength: 3 }),
      fc.option(pattern, { freq: 2 }),
      fc.integer({ min: 1, max: 3 }),
      async (all, patterns, only, threads) => {
        const files = treeOf([
          ...many,
          ...all.filter((file) => !all.some((other) => other.startsWith(`${file}/`))),
        ]);
        const how = {
          files,
          destination: "",
          exclude: createMatcher(patterns.filter((text) => text !== "!")),
          only: only === null ? undefined : onlyMatching(only),
          ignore: { root: "/", matcher: createMatcher(["fake/b/*", "!fake/b/a"]) },
        };
        const sweeper = pretended(files, threads);
        const seen = await lookAtSource(request("/fake", { ...how, sweeper }));
        const alone = await listSource(request("/fake", how));
        assert.deepEqual(await seen.list(), alone);
        const told = await seen.seen();
        if (told === undefined) return;
        assert.deepEqual([...seen.stream()], alone, "in order");
        assert.equal(told.files, alone.filter(({ type }) => type === "file").length);
        shared += sweeper.jobs.length;
      },
    ),
    { numRuns: 40 },
  );
  assert.ok(shared > 3, `${shared} jobs were shared`);
});

test("no thread enters a folder that is ignored, unless something in it is kept", async (t) => {
  const folder = temporaryFolder(t);
  manyFolders(folder);
  const read: string[] = [];
  const files = { ...nodeFiles, readdir: (at: string) => (read.push(at), nodeFiles.readdir(at)) };
  const exclude = createMatcher(["**/b1?", "!a7/b11/x"]);
  const sweeper = pretended(files, 2);
  const entries = await listSource(request(folder, { files, sweeper, exclude }));
  assert.deepEqual(entries, await listSource(request(folder, { exclude })));
  assert.equal(sweeper.jobs.length, 2);
  assert.deepEqual(
    read.filter((at) => /\/b1\d$/.test(at)),
    [join(folder, "a7/b11")],
  );
});

test("what cannot be looked at is told of where patterns might keep something in it", async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, "a/b"), { recursive: true });
  writeFileSync(join(folder, "a/b/x.js"), "");
  const files: Files = {
    ...nodeFiles,
    lstat: (at) => {
      if (at.endsWith("/b")) throw Object.assign(new Error("EACCES: no"), { code: "EACCES" });
      return nodeFiles.lstat(at);
    },
  };
  const exclude = createMatcher(["**", "!**/*.js"]);
  await assert.rejects(
    listSource(request(folder, { files, exclude })),
    /a\/b cannot be read: permission denied/,
  );
});

test("a folder that could not be looked at, and then can, is an error and not another folder's list", async (t) => {
  const folder = temporaryFolder(t);
  for (const name of ["a", "b", "c"]) mkdirSync(join(folder, name, `only-${name}`), { recursive: true });
  let failed = false;
  const files: Files = {
    ...nodeFiles,
    lstat: (at) => {
      if (failed || !at.endsWith("/a")) return nodeFiles.lstat(at);
      failed = true;
      throw Object.assign(new Error("ENOENT"), { code: "ENOENT" });
    },
  };
  await assert.rejects(listSource(request(folder, { files })), {
    code: "ERR_GANTRY_SOURCE_CHANGED",
    message: /\/a could not be read at first, and then it could; build again once nothing changes there/,
  });
});

test("a tree with one large folder is shared out too, and threads that have nothing to do are not waited for", async () => {
  const few = Array.from({ length: 130 }, (_, at) => `few${at}/x`);
  const large = Array.from({ length: 2500 }, (_, at) => `few7/large/l${at}/x`);
  const files = treeOf([...few, ...large]);
  const rounds = new Set<string>();
  const late = {
    threads: 2,
    sweep: (job: SweepJob) => {
      if (rounds.has(job.folders)) return new Promise<Taken>(() => undefined);
      rounds.add(job.folders);
      return Promise.resolve(drained(job, files));
    },
  };
  const entries = await listSource(request("/fake", { files, sweeper: late }));
  assert.deepEqual(entries, await listSource(request("/fake", { files })));
  const [first, ...more] = [...rounds];
  assert.ok(!first!.includes("few7/large/l"));
  assert.ok(more.some((folders) => folders.includes("few7/large/l")));
});

test("a share holds all the folders that it begins with, however many they are", () => {
  const folders = Array.from({ length: 5001 }, (_, at) => `f${at}`);
  const files = treeOf(folders.map((folder) => `${folder}/x`));
  const next = new SharedArrayBuffer(4);
  const taken = drained(
    { root: "/fake/", folders: folders.join("\0"), filters: [], atOnce: 2500, next },
    files,
  );
  assert.deepEqual(
    [...taken.values()].map((share) => [share.folders.length / 2, share.left]),
    [
      [2500, ""],
      [2500, ""],
      [1, ""],
    ],
  );
});

test("a tree that threads look through lets the event loop run", async () => {
  const files = treeOf(
    Array.from({ length: 2000 }, (_, at) => [0, 1, 2, 3, 4].map((two) => `n${at}/f${two}`)).flat(),
  );
  let turns = 0;
  let ended = false;
  const count = (): void => void (ended || (turns++, setImmediate(count)));
  count();
  const none = { threads: 1, sweep: async () => new Map() };
  await listSource(request("/fake", { files, sweeper: none }));
  ended = true;
  assert.ok(turns > 4, `${turns} turns`);
});

test("what other threads cannot read is an error that names it", async (t) => {
  const folder = temporaryFolder(t);
  manyFolders(folder);
  const fail = (code: string): never => {
    throw Object.assign(new Error(`${code}: no`), { code });
  };
  const files: Files = {
    ...nodeFiles,
    readdir: (at) => (at.endsWith("a3/b3") ? fail("EACCES") : nodeFiles.readdir(at)),
    lstat: (at) => (at.endsWith("a5/b5/x") ? fail("EIO") : nodeFiles.lstat(at)),
  };
  const sweeper = pretended(files);
  await assert.rejects(listSource(request(folder, { sweeper, files })), {
    code: "ERR_GANTRY_SOURCE_UNREADABLE",
    message: /a3\/b3 cannot be read: permission denied/,
  });
  const exclude = createMatcher(["a3"]);
  await assert.rejects(listSource(request(folder, { sweeper, files, exclude })), {
    message: /a5\/b5\/x cannot be read: the disk reports/,
  });
});

test("a thread that dies ends the walk, and so does a signal, and no thread goes on", async (t) => {
  const folder = temporaryFolder(t);
  manyFolders(folder);
  const jobs: SweepJob[] = [];
  const dying = {
    threads: 1,
    sweep: (job: SweepJob) => (jobs.push(job), Promise.reject(new Error("a worker thread died"))),
  };
  await assert.rejects(listSource(request(folder, { sweeper: dying })), /a worker thread died/);
  const controller = new AbortController();
  const aborting = {
    threads: 1,
    sweep: (job: SweepJob) => (
      jobs.push(job),
      controller.abort(new Error("enough")),
      Promise.resolve(new Map())
    ),
  };
  const { signal } = controller;
  await assert.rejects(listSource(request(folder, { sweeper: aborting }), { signal }), /enough/);
  assert.deepEqual(
    jobs.map((job) => drained(job, nodeFiles).size),
    [0, 0],
  );
});

/** A tree of which one path is changed. */
function changed(path: string, change: object = {}, paths = ["a/b", "a/c", "d"]): SourceRequest {
  const tree = treeOf(paths);
  const lstat = (name: string) => ({ ...tree.lstat(name), ...(name === path ? change : {}) }) as Stats;
  return request("/fake", { files: { ...tree, lstat, readlink: () => "b" } });
}

const seenOf = async (asked: SourceRequest) => (await lookAtSource(asked)).seen();
const file = constants.S_IFREG | 0o600;

test("stamps are of names, modes, sizes, times and devices, and of the source itself", async () => {
  const changes = [
    changed("none"),
    ...[{ mode: file | 0o100 }, { size: 2 }, { nlink: 2 }, { dev: 9 }, { ino: 9 }, { mtimeMs: 9 }].map(
      (change) => changed("/fake/a/b", change),
    ),
    changed("/fake/a/b", { ctimeMs: 9 }),
    changed("/fake/a", { mode: constants.S_IFDIR | 0o755 }),
    changed("/fake", { mode: constants.S_IFDIR | 0o755 }),
    changed("none", {}, ["a/b", "a/c", "e"]),
    changed("none", {}, ["a/b", "c/d"]),
    changed("none", {}, ["a/b", "a/c", "a/d"]),
    request("/fake/d", { files: treeOf(["d"]) }),
    { ...changed("none"), exclude: createMatcher(["d"]) },
  ];
  const seen = await Promise.all(changes.map(seenOf));
  assert.equal(new Set(seen.map((one) => one!.stamps)).size, changes.length);
  // A folder's own times follow from what is in it, and from what is left out.
  const touched = changed("/fake/a", { mtimeMs: 77, ctimeMs: 77, size: 77, nlink: 5 });
  assert.deepEqual(await seenOf(touched), seen[0]);
  const leftOut = { ...changed("/fake/d", { size: 5 }), exclude: createMatcher(["d"]) };
  assert.deepEqual(await seenOf(leftOut), seen.at(-1));
});

test("the shape is what a touch and another place do not change", async () => {
  const shape = async (asked: SourceRequest) => (await seenOf(asked))!.shape;
  const known = await shape(changed("none"));
  const touch = { dev: 9, ino: 9, mtimeMs: 9, ctimeMs: 9, mode: file | 0o066 };
  assert.equal(await shape(changed("/fake/a/b", touch)), known);
  const here = request("/fake/sub", { files: treeOf(["sub/a/b", "sub/a/c", "sub/d"]) });
  assert.equal(await shape(here), known);
  for (const change of [{ size: 2 }, { mode: file | 0o100 }])
    assert.notEqual(await shape(changed("/fake/a/b", change)), known);
  assert.notEqual(await shape({ ...changed("/fake/a/b", touch), preserveMode: true }), known);
  assert.notEqual(await shape(changed("none", {}, ["a/b", "a/c", "e"])), known);
});

test("the newest of all files and symlinks is told, and how long the tar will be but for long names", async () => {
  assert.deepEqual(
    [(await seenOf(changed("/fake/a/b", { ctimeMs: 12 })))!.newest, (await seenOf(changed("none")))!.newest],
    [12, 4],
  );
  assert.equal(
    (await seenOf(changed("/fake/a", { ctimeMs: 12 })))!.newest,
    4,
    "a folder's own time tells nothing",
  );
  const link = { mode: constants.S_IFLNK | 0o777, ctimeMs: 12 };
  assert.equal((await seenOf(changed("/fake/a/b", link)))!.newest, 12);
  assert.equal((await seenOf(changed("/fake/a/b", { size: 513 })))!.tarSize, 4 * 512 + 1024 + 2 * 512);
});

test("nothing is told where an error or a warning may be among the entries, or another order", async (t) => {
  assert.notEqual(await seenOf(changed("none")), undefined);
  for (const kind of [constants.S_IFSOCK, constants.S_IFIFO, constants.S_IFCHR, constants.S_IFBLK])
    assert.equal(await seenOf(changed("/fake/a/b", { mode: kind })), undefined, `${kind}`);
  for (const name of ["a/.wh.b", "a/\ufffd"])
    assert.equal(await seenOf(changed("", {}, [name])), undefined, name);
  const exclude = createMatcher(["a", "!a/b"]);
  assert.equal(await seenOf({ ...changed("none"), exclude }), undefined);
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, "a"));
  for (const call of ["lstat", "readdir"] as const) {
    const files: Files = {
      ...nodeFiles,
      [call]: (at: string) => {
        if (at === join(folder, "a")) throw new Error("sick");
        return nodeFiles[call](at);
      },
    };
    assert.equal(await seenOf(request(folder, { files })), undefined, call);
  }
});

test("a symlink that is another one when it is read is an error that names it", async (t) => {
  const folder = temporaryFolder(t);
  symlinkSync("one", join(folder, "link"));
  const seen = await lookAtSource(request(folder));
  assert.equal([...seen.stream()][1]!.linkTarget, "one");
  rmSync(join(folder, "link"));
  symlinkSync("two", join(folder, "link"));
  assert.throws(() => [...seen.stream()], {
    code: "ERR_GANTRY_SOURCE_CHANGED",
    message: `${folder}/link changed while it was being packed: something else has taken its place; let nothing write to the files during a build`,
  });
});
