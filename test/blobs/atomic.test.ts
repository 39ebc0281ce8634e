import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { writeFileAtomic } from "../../src/blobs/atomic.js";

async function makeFolder(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "gantry-atomic-"));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

test("a file is replaced whole and nothing else is left in its folder", async (t) => {
  const dir = await makeFolder(t);
  const path = join(dir, "index.json");
  await writeFileAtomic(path, "first");
  await writeFileAtomic(path, Buffer.from("second"));
  assert.equal(await readFile(path, "utf8"), "second");
  assert.deepEqual(await readdir(dir), ["index.json"]);
});

test("many writers of one file leave one of the texts, whole", async (t) => {
  const dir = await makeFolder(t);
  const path = join(dir, "index.json");
  const texts = Array.from({ length: 20 }, (_, number) => String(number).repeat(10_000));
  await Promise.all(texts.map((text) => writeFileAtomic(path, text, { durable: false })));
  assert.ok(texts.includes(await readFile(path, "utf8")));
  assert.deepEqual(await readdir(dir), ["index.json"]);
});

test("the mode is the one asked for", async (t) => {
  const path = join(await makeFolder(t), "secret");
  await writeFileAtomic(path, "x", { mode: 0o600 });
  assert.equal((await stat(path)).mode & 0o777, 0o600);
});

test("a folder that is not there is named", async (t) => {
  const path = join(await makeFolder(t), "missing", "file");
  await assert.rejects(writeFileAtomic(path, "x"), (error: Error & { code: string }) => {
    assert.equal(error.code, "ERR_GANTRY_STORE");
    assert.match(error.message, /missing/);
    return true;
  });
});
