import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { breakDisk } from "../support/broken-disk.js";
import { createCachedBuild, warnings } from "../support/cached-build.js";
import { createSandbox } from "../support/cli.js";
import { randomBytes } from "../support/random-image.js";

const main = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));

test("F98 a cache whose records cannot be written is told of once, and the build goes on", async (t) => {
  const { cacheDir, run } = await createCachedBuild(t);
  mkdirSync(cacheDir);
  writeFileSync(join(cacheDir, "records"), "a file where the folder belongs");
  const { events } = await run();
  assert.deepEqual(warnings(events), ["cache-not-written"]);
});

test("F98 a cache that takes no layer is a clean error that names it, and no output is touched", async (t) => {
  const { cacheDir, run, system } = await createCachedBuild(t);
  mkdirSync(join(cacheDir, "store"), { recursive: true });
  writeFileSync(join(cacheDir, "store", "tmp"), "a file where the folder belongs");
  const outputs = [{ type: "oci", dest: join(system.cwd, "out") }] as const;
  await assert.rejects(run({ outputs }), (error: Error & { code: string }) => {
    assert.equal(error.code, "ERR_GANTRY_STORE");
    assert.match(error.message, /packing files \/file: writing .*store\/tmp/);
    return true;
  });
  assert.equal(existsSync(join(system.cwd, "out")), false);
  // What needs no cache needs no room in it.
  await run({ outputs, compression: "none" });
});

for (const code of ["ENOSPC", "EDQUOT", "EROFS", "EACCES"]) {
  test(`F98 a cache where every write fails with ${code} is a clean error, and the earlier output stays`, async (t) => {
    const { cacheDir, run, system } = await createCachedBuild(t);
    const outputs = [{ type: "oci", dest: join(system.cwd, "out") }] as const;
    await run({ outputs, compression: "none" });
    const index = join(system.cwd, "out", "index.json");
    const before = readFileSync(index);
    const heal = breakDisk(t, ({ writes, path }) => (writes && path.startsWith(cacheDir) ? code : undefined));
    await assert.rejects(run({ outputs }), (error: Error & { code: string }) => {
      assert.equal(error.code, "ERR_GANTRY_STORE");
      assert.match(error.message, new RegExp(`packing files /file: writing ${cacheDir}/store/tmp.*${code}`));
      return true;
    });
    assert.deepEqual(readFileSync(index), before);
    heal();
    await run({ outputs });
    assert.notDeepEqual(readFileSync(index), before);
  });

  test(`F98 what a cache that has since become unwritable (${code}) holds is used all the same`, async (t) => {
    const { cacheDir, run, system } = await createCachedBuild(t);
    const first = await run();
    breakDisk(t, ({ writes, path }) => (writes && path.startsWith(cacheDir) ? code : undefined));
    const second = await run({ outputs: [{ type: "oci", dest: join(system.cwd, "out") }] });
    assert.equal(second.digest, first.digest);
  });
}

for (const code of ["ENOSPC", "EDQUOT"]) {
  test(`F98 a cache that is full in the middle of a layer (${code}) keeps nothing of it, and no output is touched`, async (t) => {
    const { cacheDir, run, system } = await createCachedBuild(t);
    const outputs = [{ type: "oci", dest: join(system.cwd, "out") }] as const;
    writeFileSync(join(system.cwd, "file"), randomBytes(3_000_000, 5));
    let writes = 0;
    breakDisk(t, ({ name, path }) =>
      name === "write" && path.startsWith(cacheDir) && ++writes > 2 ? code : undefined,
    );
    await assert.rejects(run({ outputs }), { code: "ERR_GANTRY_STORE", message: new RegExp(code) });
    assert.ok(writes > 2);
    assert.deepEqual(readdirSync(join(cacheDir, "store", "tmp")), []);
    assert.equal(existsSync(join(cacheDir, "store", "blobs")), false);
    assert.equal(existsSync(join(system.cwd, "out")), false);
  });
}

test(
  "F98 a disk that takes no more of the cache's layer ends with 1 and names the cache",
  { skip: process.platform === "win32" },
  async (t) => {
    const { folder } = createSandbox(t);
    writeFileSync(join(folder, "file"), randomBytes(3_000_000, 5));
    const args = "build --base scratch --add file:/file --compression gzip -o type=oci,dest=out".split(" ");
    const cache = join(folder, ".gantry");
    // Files of 1 MB at most (dash counts in 512 bytes): the kernel itself refuses the write.
    const child = spawn("sh", ["-c", 'ulimit -f 2000 && exec "$0" "$@"', process.execPath, main, ...args], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, GANTRY_CACHE_DIR: cache },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let stderr = "";
    child.stderr.on("data", (bytes: Buffer) => (stderr += bytes.toString()));
    assert.deepEqual(await once(child, "close"), [1, null]);
    assert.match(
      stderr,
      /^gantry: packing files \/file: writing \S*\.gantry\/store\/tmp\S*: .*(EFBIG|file too large)/im,
    );
    assert.deepEqual(readdirSync(join(cache, "store", "tmp")), []);
    assert.equal(existsSync(join(folder, "out")), false);
  },
);
