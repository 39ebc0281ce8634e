import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { withLock } from "../../src/places/layout/lock.js";
import { breakDisk } from "../support/broken-disk.js";
import { createSandbox } from "../support/cli.js";
import { scratchFolder, token } from "../support/scratch-folder.js";

/** A process that took the lock, began its work and was killed by SIGKILL. */
async function dieHolding(t: TestContext, path: string): Promise<void> {
  const module = new URL("../../src/places/layout/lock.js", import.meta.url).href;
  const script = `import { withLock } from ${JSON.stringify(module)};
    const work = () => new Promise(() => { console.log("held"); setInterval(() => {}, 1000); });
    await withLock(${JSON.stringify(path)}, work, { token: () => "dead" });`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  await once(child.stdout, "data");
  child.kill("SIGKILL");
  await once(child, "exit");
}

/** Many that want the lock at once; each works alone, and nothing is left. */
async function assertAllWork(path: string, count: number): Promise<void> {
  let [inside, done] = [0, 0];
  const work = async () => {
    assert.equal(++inside, 1, "two hold the lock");
    await new Promise((resolve) => setImmediate(resolve));
    inside--;
    done++;
  };
  await Promise.all(Array.from({ length: count }, () => withLock(path, work, { token, pauseMs: 1 })));
  assert.equal(done, count);
  assert.deepEqual(await readdir(join(path, "..")), []);
}

test("F97 a lock that a killed process holds is taken over by those who wait, one after the other", async (t) => {
  const path = join(await scratchFolder(t), "lock");
  await dieHolding(t, path);
  assert.deepEqual(await readdir(join(path, "..")), ["lock"]);
  await assertAllWork(path, 16);
});

test("F97 builds go on beside the lock of one that was killed, and its name is not lost", async (t) => {
  const { folder, gantry, run } = createSandbox(t);
  const build = (name: string) => ["build", "--base", "scratch", "--label", `of=${name}`, "-t", `${name}:1`];
  await gantry(...build("before"));
  const store = join(folder, ".gantry", "store");
  await dieHolding(t, join(store, "index.json.lock"));
  const runs = await Promise.all(["a", "b", "c"].map((name) => run(build(name))));
  assert.deepEqual(
    runs.map(({ status, stderr }) => [status, /error|lock/.exec(stderr)]),
    [
      [0, null],
      [0, null],
      [0, null],
    ],
  );
  const named = (await gantry("images", "ls")).match(/^(a|b|c|before):1/gm);
  assert.deepEqual(named, ["a:1", "b:1", "before:1", "c:1"]);
  assert.deepEqual(
    (await readdir(store)).filter((name) => name.includes("lock")),
    [],
  );
});

for (const code of ["EPERM", "ENOTSUP", "ENOSYS"]) {
  test(`F101 a file system without hard links (${code}) has locks all the same`, async (t) => {
    const path = join(await scratchFolder(t), "lock");
    let links = 0;
    breakDisk(t, ({ name }) => (name === "link" && ++links > 0 ? code : undefined));
    await assertAllWork(path, 8);
    await dieHolding(t, path);
    await assertAllWork(path, 4);
    assert.ok(links >= 12);
  });
}

test("waiting for a lock stops when it is told to", async (t) => {
  const path = join(await scratchFolder(t), "lock");
  const controller = new AbortController();
  const waiting = withLock(
    path,
    async () => {
      const second = withLock(path, async () => {}, { token, signal: controller.signal });
      controller.abort();
      await second;
    },
    { token },
  );
  await assert.rejects(waiting, { name: "AbortError" });
});
