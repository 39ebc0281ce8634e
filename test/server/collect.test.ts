import assert from "node:assert/strict";
import { readdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createRandom } from "../../bench/soak/random.js";
import { collectGarbage, type RegistryServer } from "../../src/registry.js";
import { createInProcess } from "../support/in-process.js";
import { makeFolder, makeManifest, putManifest, pushBlob, sha256, startRegistry } from "./support.js";

/** Ten thousand in the soak that a release gets: `GANTRY_TEST_STEPS=10000`. */
const steps = Number(process.env.GANTRY_TEST_STEPS ?? 600);
const minute = 60_000;
const lease = 60 * minute;
const octets = "application/octet-stream";

function filesIn(dir: string): [string, string[]][] {
  const entries = readdirSync(dir, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  const below = entries
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => filesIn(join(dir, name)));
  return [[dir, files], ...below];
}

/** Sets every file's time back by so many minutes. */
function makeOld(dir: string, minutes: number): void {
  const time = (Date.now() - minutes * minute) / 1000;
  for (const [folder, names] of filesIn(dir))
    for (const name of names) utimesSync(join(folder, name), time, time);
}

const layerOf = (text: string) => ({ mediaType: octets, digest: sha256(text), size: text.length });

async function pushImage(
  server: RegistryServer,
  repository: string,
  layers: readonly string[],
): Promise<Response> {
  for (const text of ["{}", ...layers]) await pushBlob(server, repository, Buffer.from(text));
  return putManifest(server, `${repository}/manifests/1`, makeManifest({ layers: layers.map(layerOf) }));
}

const has = async (server: RegistryServer, repository: string, text: string) =>
  (await fetch(`${server.url}/v2/${repository}/blobs/${sha256(text)}`, { method: "HEAD" })).status === 200;

test("H111 what nothing references goes once it is older than the lease; what any repository references stays", async (t) => {
  const dir = await makeFolder(t);
  const server = await startRegistry(t, { dir, requireBlobs: true });
  await pushImage(server, "kept", ["needed"]);
  await pushBlob(server, "other", Buffer.from("needed"));
  await pushBlob(server, "other", Buffer.from("not needed"));
  assert.deepEqual(await collectGarbage(dir), { blobs: 0, bytes: 0, youngBlobs: 1, youngBytes: 10 });
  makeOld(dir, 25 * 60);
  assert.equal((await collectGarbage(dir, { dryRun: true })).blobs, 1);
  assert.deepEqual(await collectGarbage(dir), { blobs: 1, bytes: 10, youngBlobs: 0, youngBytes: 0 });
  assert.equal(await has(server, "other", "not needed"), false);
  assert.equal(await has(server, "other", "needed"), true);
  assert.equal(await has(server, "kept", "needed"), true);
  assert.deepEqual(await collectGarbage(dir, { lease: 0 }), {
    blobs: 0,
    bytes: 0,
    youngBlobs: 0,
    youngBytes: 0,
  });
});

test("H111 a blob that a client was told of, by HEAD, by a mount or by a manifest taken, is not collected", async (t) => {
  const dir = await makeFolder(t);
  const server = await startRegistry(t, { dir });
  for (const text of ["asked", "mounted", "named", "forgotten"])
    await pushBlob(server, "app", Buffer.from(text));
  makeOld(dir, 25 * 60);
  assert.equal(await has(server, "app", "asked"), true);
  const mount = `${server.url}/v2/other/blobs/uploads/?mount=${sha256("mounted")}&from=app`;
  assert.equal((await fetch(mount, { method: "POST" })).status, 201);
  await putManifest(server, "app/manifests/1", makeManifest({ layers: [layerOf("named")] }));
  assert.equal((await collectGarbage(dir)).blobs, 1);
  for (const text of ["asked", "mounted", "named"]) assert.equal(await has(server, "app", text), true);
  assert.equal(await has(server, "app", "forgotten"), false);
});

test("H111 a blob that was collected is not mounted, is refused in a manifest, and can be pushed again", async (t) => {
  const dir = await makeFolder(t);
  const server = await startRegistry(t, { dir, requireBlobs: true });
  for (const text of ["{}", "lost"]) await pushBlob(server, "app", Buffer.from(text));
  await collectGarbage(dir, { lease: -minute });
  const mount = `${server.url}/v2/other/blobs/uploads/?mount=${sha256("lost")}`;
  assert.equal((await fetch(mount, { method: "POST" })).status, 202);
  const manifest = makeManifest({ layers: [layerOf("lost")] });
  assert.equal((await putManifest(server, "app/manifests/1", manifest)).status, 400);
  assert.equal((await pushImage(server, "app", ["lost"])).status, 201);
  const again = await startRegistry(t, { dir });
  assert.equal(await has(again, "app", "lost"), true);
});

test("H111 collections at any moment of pushes by many clients never take what a push relies on", async (t) => {
  const dir = await makeFolder(t);
  const server = await startRegistry(t, { dir, requireBlobs: true });
  const random = createRandom(111);
  const pick = (count: number) => Math.floor(random() * count);
  const texts = Array.from({ length: 12 }, (_, at) => `layer ${at}`);
  let collected = 0;
  let running: Promise<void> = Promise.resolve();
  const pushes = new Set<string[]>();
  for (let step = 0; step < steps; step++) {
    const chance = random();
    // A client asks for each of its blobs, uploads what is missing, and ends with its manifest; each is a step.
    if (chance < 0.15) pushes.add(["{}", texts[pick(12)]!, texts[pick(12)]!, "manifest"]);
    else if (chance < 0.75) {
      const push = [...pushes][pick(pushes.size)];
      if (push === undefined) continue;
      await (push.length > 1 ? bring(server, push) : finish(server, push, step));
      if (push.length === 0) pushes.delete(push);
    } else if (chance < 0.85) {
      // Everybody begins anew, long after.
      await running;
      pushes.clear();
      makeOld(dir, 61);
    } else if (chance < 0.9) {
      await fetch(`${server.url}/v2/app/manifests/${pick(step + 1)}`, { method: "DELETE" });
    } else
      running = running
        .then(() => collectGarbage(dir, { lease }))
        .then(({ blobs }) => void (collected += blobs));
  }
  await running;
  assert.ok(collected > 0, "nothing was ever collected");
});

const relied = new WeakMap<string[], string[]>();

async function bring(server: RegistryServer, push: string[]): Promise<void> {
  const text = push.shift()!;
  relied.set(push, [...(relied.get(push) ?? []), text]);
  if (!(await has(server, "app", text))) await pushBlob(server, "app", Buffer.from(text));
}

async function finish(server: RegistryServer, push: string[], step: number): Promise<void> {
  push.shift();
  const layers = relied
    .get(push)!
    .filter((text) => text !== "{}")
    .map(layerOf);
  const answer = await putManifest(server, `app/manifests/${step}`, makeManifest({ layers }));
  assert.equal(answer.status, 201, await answer.text());
}

test("gantry registry gc says what it removed, and refuses a folder that is no registry's", async (t) => {
  const { folder, gantry, run } = createInProcess(t);
  const dir = join(folder, "registry");
  const server = await startRegistry(t, { dir });
  await pushImage(server, "app", ["needed"]);
  await pushBlob(server, "app", Buffer.from("not needed"));
  assert.match(
    await gantry("registry", "gc", "registry"),
    /^Removed 0 blobs, 0 B\.\n1 blob, 10 B, younger than a day stay; --all takes them too\.\n$/,
  );
  assert.equal(
    await gantry("registry", "gc", "registry", "--all", "--dry-run"),
    "Would remove 1 blob, 10 B.\n",
  );
  assert.equal(await gantry("registry", "gc", "registry", "--all"), "Removed 1 blob, 10 B.\n");
  const { status, stderr } = await run(["registry", "gc", "nothing"]);
  assert.equal(status, 2);
  assert.match(stderr, /nothing is not a registry's folder/);
});
