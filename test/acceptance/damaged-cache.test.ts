import assert from "node:assert/strict";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { listCache, pruneCache, push, verifyCache } from "../../src/index.js";
import { breakDisk } from "../support/broken-disk.js";
import { createCachedBuild, layerIn, warnings } from "../support/cached-build.js";
import type { Front } from "../support/fault-registry.js";
import { createGate } from "../support/gate.js";

/** The registry has nothing any more, so that the layer has to be sent again. */
function forgetRegistry(front: Front): void {
  front.strike([{ method: "HEAD", times: 4, fault: { status: 404 } }]);
}

const damages: readonly (readonly [what: string, damage: (file: string) => void, told: boolean])[] = [
  ["has a flipped byte", (file) => flip(file), true],
  ["was cut short", (file) => truncateSync(file, statSync(file).size >> 1), false],
  ["is empty", (file) => truncateSync(file, 0), false],
  ["is a folder", (file) => (rmSync(file), mkdirSync(file)), false],
  ["may not be read", (file) => chmodSync(file, 0), false],
];

function flip(file: string): void {
  const bytes = readFileSync(file);
  bytes[bytes.length >> 1]! ^= 1;
  rmSync(file);
  writeFileSync(file, bytes);
}

for (const [what, damage, told] of damages) {
  test(`F95 a cached layer that ${what} is made anew in the same run, and the image is the same`, async (t) => {
    const { front, store, run, ...options } = await createCachedBuild(t);
    const first = await run();
    const file = layerIn(store);
    const good = readFileSync(file);
    chmodSync(file, 0o644);
    damage(file);
    forgetRegistry(front);
    const second = await run();
    assert.equal(second.digest, first.digest);
    assert.deepEqual(warnings(second.events), told ? ["cache-damaged"] : []);
    if (what !== "may not be read") assert.deepEqual(readFileSync(file), good);
    chmodSync(file, 0o644);
    assert.deepEqual((await verifyCache(options)).corrupt, []);
  });
}

for (const [name, code] of [
  ["open", "EACCES"],
  ["open", "ESTALE"],
  ["read", "EIO"],
  ["read", "ESTALE"],
] as const) {
  test(`F95 F101 a cached layer whose ${name} fails with ${code} is made anew in the same run`, async (t) => {
    const { front, store, run } = await createCachedBuild(t);
    const first = await run();
    const file = layerIn(store);
    forgetRegistry(front);
    // Until it is taken away: what is put in its place can be read.
    let there = true;
    breakDisk(t, (call) => {
      if (call.path !== file) return undefined;
      if (call.name === "rm") there = false;
      return there && call.name === name ? code : undefined;
    });
    const second = await run();
    assert.equal(second.digest, first.digest);
    assert.deepEqual(warnings(second.events), ["cache-damaged"]);
    assert.equal(there, false);
  });
}

test("F95 a damaged layer on its way into an OCI layout is made anew as well", async (t) => {
  const { store, run, system } = await createCachedBuild(t);
  const first = await run();
  flip(layerIn(store));
  const second = await run({ outputs: [{ type: "oci", dest: join(system.cwd, "out") }] });
  assert.equal(second.digest, first.digest);
});

for (const [what, damage] of damages.slice(0, 4)) {
  test(`F95 a blob of a stored image that ${what} stops its push by name, and the next build and push are whole`, async (t) => {
    const { front, store, run, ...options } = await createCachedBuild(t);
    const name = `${front.host}/app:1`;
    const outputs = [{ type: "store" }] as const;
    const first = await run({ outputs });
    for (const [at, file] of readdirSync(store)
      .map((each) => join(store, each))
      .entries()) {
      const good = readFileSync(file);
      chmodSync(file, 0o644);
      damage(file);
      await assert.rejects(
        push(name, [`${front.host}/never-${at}:1`], options),
        (error: Error & { code: string }) => {
          assert.match(error.code, /^ERR_GANTRY_(STORE|NOT_FOUND|CONTENT_MISMATCH)$/);
          assert.match(error.message, new RegExp(file.slice(-64)));
          return true;
        },
      );
      assert.equal((await run({ outputs })).digest, first.digest);
      assert.deepEqual(readFileSync(file), good);
      assert.equal((await push(name, [`${front.host}/whole-${at}:1`], options)).digest, first.digest);
    }
  });
}

test("F99 what is unchanged is neither packed nor sent again", async (t) => {
  const { front, run, system: now } = await createCachedBuild(t);
  // A file this young may change within its time stamp: the builds are a minute later.
  const system = { ...now, now: () => now.now() + 60_000 };
  const first = await run({ system });
  const before = front.seen.length;
  const second = await run({ system });
  assert.equal(second.digest, first.digest);
  const ends = second.events.flatMap((event) => (event.type === "step-end" ? [event.status] : []));
  assert.ok(ends.includes("cached"), ends.join());
  const bodies = front.seen
    .slice(before)
    .filter(({ method, path }) => ["PUT", "PATCH", "POST"].includes(method) && path.includes("/blobs/"));
  assert.deepEqual(bodies, []);
});

test("F100 a prune beside a running build leaves it what it packed or found; one of everything makes it pack again", async (t) => {
  for (const [all, found] of [
    [false, false],
    [false, true],
    [true, true],
  ]) {
    const { front, store, run, ...options } = await createCachedBuild(t);
    const first = found ? await run() : undefined;
    // What nobody has used for two days would go, were it not found by the build.
    if (found) utimesSync(layerIn(store), Date.now() / 1000 - 172_800, Date.now() / 1000 - 172_800);
    const [gate, reached] = [createGate(), createGate()];
    // Uploads go on when the cache has been pruned.
    front.strike([
      { method: "HEAD", times: 4, fault: { status: 404 } },
      {
        when: ({ method, path }) => {
          const strikes = method === "POST" && path.includes("/blobs/uploads/");
          if (strikes) reached.open();
          return strikes;
        },
        fault: { hold: gate.opened },
      },
    ]);
    const running = run();
    await reached.opened;
    const { blobs } = await pruneCache({ ...options, all });
    assert.equal(blobs, all ? 1 : 0);
    gate.open();
    const { digest, events } = await running;
    const again = events.some((event) => event.type === "step-start" && event.name === "pack a layer again");
    assert.equal(again, all);
    assert.equal(first?.digest ?? digest, digest);
    assert.equal((await run()).digest, digest);
    assert.deepEqual((await verifyCache(options)).corrupt, []);
  }
});

test("F102 what other versions of the cache left is neither read nor touched; records that say nothing are nothing", async (t) => {
  const { cacheDir, run, ...options } = await createCachedBuild(t);
  const first = await run();
  const records = join(cacheDir, "records");
  for (const version of ["v0", "v99"]) {
    mkdirSync(join(records, version, "ab"), { recursive: true });
    writeFileSync(join(records, version, "ab", "cd.json"), "{not json");
  }
  const own = filesBelow(join(records, "v1"));
  assert.ok(own.length > 0);
  const junk = [
    "",
    "{",
    "null",
    "[]",
    '{"digest":"sha256:../../etc/passwd","size":1}',
    '{"diffId":7,"size":-1}',
    '"x"',
  ];
  for (const text of junk) {
    for (const file of own) writeFileSync(file, text);
    assert.equal((await run()).digest, first.digest, text);
  }
  for (const [name, text] of [
    ["oci-layout", '{"imageLayoutVersion":"2.0.0"}'],
    ["oci-layout", "{not json"],
    ["index.json", '{"schemaVersion":3,"manifests":{}}'],
    ["index.json", "{not json"],
  ] as const) {
    const file = join(cacheDir, "store", name);
    writeFileSync(file, text);
    assert.equal(
      (await run()).digest,
      first.digest,
      "a build that names nothing in the store has no use for it",
    );
    await assert.rejects(run({ outputs: [{ type: "store" }] }), (error: Error & { code: string }) => {
      assert.equal(error.code, "ERR_GANTRY_MANIFEST_INVALID");
      assert.match(error.message, new RegExp(name));
      return true;
    });
    assert.equal(readFileSync(file, "utf8"), text);
    rmSync(file);
  }
  assert.equal((await run({ outputs: [{ type: "store" }] })).digest, first.digest);
  await pruneCache({ cacheDir, ...options, all: true });
  assert.equal(readFileSync(join(records, "v99", "ab", "cd.json"), "utf8"), "{not json");
  assert.ok((await listCache({ cacheDir, ...options })).records >= 0);
});

function filesBelow(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}
