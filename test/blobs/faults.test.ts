import assert from "node:assert/strict";
import { mkdirSync, readdirSync } from "node:fs";
import * as fs from "node:fs/promises";
import { createRequire, syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { writeFileAtomic } from "../../src/blobs/atomic.js";
import { openBlobStore, type BlobStore } from "../../src/blobs/store.js";
import { openRecords } from "../../src/cache/records.js";
import type { Content } from "../../src/model/content.js";
import { content, seeded } from "../places/registry/images.js";
import { scratchFolder, token } from "../support/scratch-folder.js";

type Calls = Record<string, (...args: unknown[]) => unknown>;

const promises = createRequire(import.meta.url)("node:fs/promises") as Calls;
const names = ["open", "rename", "mkdir", "rm", "utimes"];

/** What happens at one call to the file system and, where the process dies, at every call after it. */
interface Fault {
  readonly at: number;
  readonly dies: boolean;
  readonly code: string;
}

/** Runs work with the fault; says how many calls there were. */
async function withFault({ at, dies, code }: Fault, work: () => Promise<unknown>): Promise<number> {
  let count = 0;
  const strike = () => {
    count++;
    if (count === at || (dies && count > at)) throw Object.assign(new Error(`${code}: injected`), { code });
  };
  const originals = Object.fromEntries(names.map((name) => [name, promises[name]!]));
  const guarded =
    (call: (...args: unknown[]) => unknown) =>
    async (...args: unknown[]) => {
      strike();
      return watch(await call(...args));
    };
  /** Calls on an open file count as well; closing it always works, or tests would run out of files. */
  const watch = (result: unknown): unknown => {
    if (typeof result !== "object" || result === null || !("writeFile" in result)) return result;
    const handle = result as unknown as Calls;
    for (const name of ["write", "writeFile", "sync"]) {
      const call = handle[name]!.bind(handle);
      handle[name] = async (...args: unknown[]) => {
        strike();
        return call(...args);
      };
    }
    return result;
  };
  for (const name of names) promises[name] = guarded(originals[name]!);
  syncBuiltinESMExports();
  try {
    await work();
  } finally {
    Object.assign(promises, originals);
    syncBuiltinESMExports();
  }
  return count;
}

const blob = (size: number): Content => content(seeded(`blob ${size}`, size), "application/octet-stream");

interface Work {
  readonly name: string;
  run(folder: string): Promise<unknown>;
}

const works: readonly Work[] = [
  { name: "a blob of several writes", run: (folder) => store(folder).put(blob(600_000)) },
  { name: "an empty blob", run: (folder) => store(folder).put(blob(0)) },
  {
    name: "a blob that is there already",
    run: async (folder) => (await store(folder).put(blob(10)), store(folder).put(blob(10))),
  },
  { name: "a record", run: (folder) => openRecords(join(folder, "records")).put("abcdef", { a: 1 }) },
  {
    name: "an index",
    run: async (folder) => (
      mkdirSync(folder, { recursive: true }),
      writeFileAtomic(join(folder, "index.json"), "{}")
    ),
  },
];

function store(folder: string): BlobStore {
  return openBlobStore(folder, { token: () => token(), now: () => 0 });
}

/** Whatever is visible is whole; the next run works, and what a dead process left is collected. */
async function assertSound(folder: string, { run }: Work, { dies }: Fault): Promise<void> {
  const blobs = store(folder);
  for await (const { digest } of blobs.list()) assert.equal(await blobs.verify(digest), true);
  const record = await openRecords(join(folder, "records")).get("abcdef");
  assert.ok(record === undefined || JSON.stringify(record) === '{"a":1}');
  if (!dies) assert.deepEqual(namesIn(join(folder, "tmp")), [], "a failure cleans up");
  await run(folder);
  await blobs.sweep(Number.POSITIVE_INFINITY);
  assert.deepEqual(namesIn(join(folder, "tmp")), []);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

let points = 0;
for (const work of works) {
  for (const dies of [false, true]) {
    for (const code of ["EIO", "ENOSPC", "EDQUOT"]) {
      const how = dies ? "the process dying" : code;
      if (dies && code !== "EIO") continue;
      test(`F96 F98 ${work.name}: ${how} at any call to the file system leaves nothing partial, and the next run works`, async (t: TestContext) => {
        const root = await scratchFolder(t);
        for (let at = 1; ; at++) {
          const folder = join(root, `${at}`);
          const fault = { at, dies, code };
          const calls = await withFault(fault, () => work.run(folder).catch(() => undefined));
          points++;
          await assertSound(folder, work, fault);
          if (calls < at) break;
        }
      });
    }
  }
}

test("F96 that were many points", () => {
  assert.ok(points >= 200, `${points}`);
});

test("F101 a file system that cannot sync files or folders is written to all the same", async (t) => {
  const folder = await scratchFolder(t);
  const sample = await fs.open(join(folder, "sample"), "w");
  const prototype = Object.getPrototypeOf(sample) as Calls;
  await sample.close();
  const { sync } = prototype;
  t.after(() => void (prototype["sync"] = sync!));
  for (const code of ["EINVAL", "ENOTSUP"]) {
    prototype["sync"] = async () => {
      throw Object.assign(new Error(code), { code });
    };
    const blobs = store(join(folder, code));
    const one = blob(10);
    await blobs.put(one);
    assert.equal(await blobs.verify(one.descriptor.digest), true);
    await writeFileAtomic(join(folder, "file"), code);
    assert.equal(await fs.readFile(join(folder, "file"), "utf8"), code);
  }
  prototype["sync"] = async () => {
    throw Object.assign(new Error("EIO"), { code: "EIO" });
  };
  await assert.rejects(writeFileAtomic(join(folder, "file"), "new"), { code: "ERR_GANTRY_STORE" });
  assert.equal(
    await fs.readFile(join(folder, "file"), "utf8"),
    "ENOTSUP",
    "a disk that fails is no such file system",
  );
});

test("F101 names in the cache differ in more than case", async (t) => {
  const folder = await scratchFolder(t);
  const blobs = store(folder);
  await blobs.put(blob(10));
  await openRecords(join(folder, "records")).put("abcdef", {});
  const names = (readdirSync(folder, { recursive: true }) as string[]).map((name) => name.split("/").at(-1)!);
  assert.ok(
    names.every((name) => name === name.toLowerCase()),
    names.join(),
  );
});
