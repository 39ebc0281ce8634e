import assert from "node:assert/strict";
import { chmodSync, readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createInProcess } from "../support/in-process.js";
import { startLogged } from "../support/logged-registry.js";

test("images of the local store are listed, pushed and removed by name, and a wrong name gets the nearest", async (t) => {
  const { folder, gantry, run } = createInProcess(t);
  const { host } = await startLogged(t);
  for (const command of [
    ["images", "rm", "nope"],
    ["push", "nope", `${host}/nope:1`],
    ["copy", "store:nope", "oci:x"],
  ]) {
    const { status, stderr } = await run(command);
    assert.equal(status, 1, command.join(" "));
    assert.match(stderr, /^gantry: the local store has nothing named "nope": it holds no image$/m);
  }
  writeFileSync(join(folder, "hello"), "hello\n");
  const build = [
    "build",
    "--base",
    "scratch",
    "--add",
    "hello:/hello",
    "--platform",
    "linux/amd64,linux/arm64",
  ];
  const [, digest] = (await gantry(...build, "-t", `${host}/app:1`, "-t", "app:2")).trim().split("@") as [
    string,
    string,
  ];
  const images = JSON.parse(await gantry("images", "ls", "--json")) as readonly Record<string, unknown>[];
  assert.deepEqual(
    images.map(({ name, platforms }) => [name, platforms]),
    [
      [`${host}/app:1`, ["linux/amd64", "linux/arm64"]],
      ["app:2", ["linux/amd64", "linux/arm64"]],
    ],
  );
  assert.match(
    await gantry("images", "ls"),
    new RegExp(`^app:2 +${digest} +\\d\\S* kB +linux/amd64,linux/arm64$`, "m"),
  );

  assert.equal(await gantry("push", `${host}/app:1`), `${host}/app@${digest}\n`);
  assert.equal(
    await gantry("push", "app:2", `${host}/b:1`, `${host}/c:1`),
    `${host}/b@${digest}\n${host}/c@${digest}\n`,
  );
  const near = await run(["push", "apq:2", `${host}/d:1`]);
  assert.equal(near.status, 1);
  assert.match(
    near.stderr,
    /^gantry: the local store has nothing named "apq:2" \(did you mean "app:2"\?\); it has /m,
  );
  const nowhere = await run(["push", "app"]);
  assert.equal(nowhere.status, 2);
  assert.match(nowhere.stderr, /"app" does not say where to push/);

  const wrong = await run(["images", "rm", "app:2", "gone:1"]);
  assert.equal(wrong.status, 1);
  assert.equal(
    await gantry("images", "rm", "app:2"),
    `app:2@${digest}\n`,
    "the failure before removed nothing",
  );
  assert.doesNotMatch(await gantry("images", "ls"), /^app:2/m);
});

test("gantry cache prune keeps what has a name and what was used within a day, --all only what has a name", async (t) => {
  const { folder, gantry, run } = createInProcess(t);
  writeFileSync(join(folder, "kept"), "kept\n");
  writeFileSync(join(folder, "gone"), "gone\n");
  const build = ["build", "--base", "scratch", "--compression", "gzip"];
  await gantry(...build, "--add", "kept:/kept", "-t", "kept:1");
  const kept = await blobsIn(gantry);
  await gantry(...build, "--add", "gone:/gone", "-t", "gone:1");
  const gone = (await blobsIn(gantry)).filter((digest) => !kept.includes(digest));
  await gantry("images", "rm", "gone:1");

  const young = await run(["cache", "prune"]);
  assert.equal(young.status, 0);
  assert.match(
    young.stderr,
    /^Nothing to remove\nKept 3 blobs \(.*\) used within the last day; --all removes them too\n$/,
  );

  const blobs = join(folder, ".gantry/store/blobs/sha256");
  const age = () => readdirSync(blobs).forEach((name) => utimesSync(join(blobs, name), 1, 1));
  age();
  // Packed before, so nothing is written: the build's use of the blob is all that keeps it.
  await gantry(...build, "--add", "gone:/gone", "-o", "type=oci,dest=out");
  const used = await run(["cache", "prune"]);
  assert.match(used.stderr, /^Removed 2 blobs /);
  assert.match(used.stderr, /^Kept 1 blob /m);
  age();
  const pruned = await run(["cache", "prune"]);
  assert.match(pruned.stderr, /^Removed 1 blob /);
  assert.deepEqual(await blobsIn(gantry), kept);

  await gantry(...build, "--add", "gone:/gone", "-o", "type=oci,dest=again");
  assert.match(
    (await run(["cache", "prune", "--all"])).stderr,
    /^Removed 1 blob \(.*\) and \d+ layer records?\n$/,
  );
  assert.deepEqual(await blobsIn(gantry), kept);
  assert.ok(gone.length > 0);
  const files = () => readdirSync(blobs).map((name) => statSync(join(blobs, name)).ino);
  const before = files();
  await gantry(...build, "--add", "kept:/kept", "-t", "kept:1");
  assert.deepEqual(files(), before, "what is kept is not packed again");
  await gantry("copy", "store:kept:1", "oci:whole");
  assert.match((await run(["cache", "verify"])).stderr, /^3 blobs checked \(.*\), all are whole\n$/);
});

test("gantry cache verify names a damaged blob and ends with 1", async (t) => {
  const { folder, gantry, run } = createInProcess(t);
  writeFileSync(join(folder, "hello"), "hello\n");
  await gantry("build", "--base", "scratch", "--add", "hello:/hello", "-t", "app:1");
  const [first] = await blobsIn(gantry);
  const path = join(folder, ".gantry/store/blobs/sha256", first!.slice(7));
  chmodSync(path, 0o644);
  writeFileSync(path, "damaged");
  const { status, stdout } = await run(["cache", "verify"]);
  assert.deepEqual([status, stdout.split("\n")[0]], [1, `${first}  damaged`]);
});

async function blobsIn(gantry: (...args: string[]) => Promise<string>): Promise<readonly string[]> {
  const { blobs } = JSON.parse(await gantry("cache", "ls", "--json")) as { blobs: { digest: string }[] };
  return blobs.map(({ digest }) => digest);
}
