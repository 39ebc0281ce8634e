import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import type { GantryEvent } from "../../../src/model/events.js";
import { readArtifact } from "../../../src/places/artifact.js";
import { copyIn } from "../../../src/blobs/store.js";
import { openMemoryStore } from "../../../src/blobs/memory.js";
import { parseReference } from "../../../src/model/reference.js";
import type { RegistrySettings } from "../../../src/places/registry/settings.js";
import {
  startFaultRegistry,
  startFront,
  type Fault,
  type Faults,
  type Front,
  type Seen,
} from "../../support/fault-registry.js";
import { image, layer } from "./images.js";
import { openSession, push } from "./setup.js";

const size = 300_000;
const isBlob = ({ method, path }: Seen) => method === "GET" && path.includes("/blobs/");
const reads = ({ seen }: Front) =>
  seen.map(({ method, path }) => `${method} ${path.replace(/sha256:\w+/, "DIGEST")}`);

/** An image in a registry and under team/ in its mirror, whose faults begin when it is there. */
async function startMirrored(t: TestContext, faults: Faults = []) {
  const [origin, mirror] = [await startFaultRegistry(t), await startFaultRegistry(t)];
  const root = image([layer("a", size)]);
  await push(openSession(t), root, [`${origin.host}/app:1`]);
  await push(openSession(t), root, [`${mirror.host}/team/app:1`]);
  mirror.strike(faults);
  const marks = [origin.seen.length, mirror.seen.length];
  /** Reads the whole image by a name and returns who was asked for what. */
  const pull = async (name: string, more: RegistrySettings = {}, credentials = {}) => {
    const settings = { mirror: [`${mirror.host}/team`], ...more };
    const session = openSession(t, { registries: { [origin.host]: settings }, ...credentials });
    const reference = parseReference(`${origin.host}/${name}`);
    const source = session.source(reference);
    const events: GantryEvent[] = [];
    const io = { onEvent: (event: GantryEvent) => void events.push(event) };
    const artifact = await readArtifact(source, reference.digest ?? reference.tag, io);
    assert.equal(artifact.descriptor.digest, root.descriptor.digest);
    const store = openMemoryStore();
    const [content] = root.layers;
    const read = {
      descriptor: content!.descriptor,
      open: (options = {}) => source.read(content!.descriptor, { ...options, ...io }),
    };
    await copyIn(store, read);
    assert.equal(await store.size(content!.descriptor.digest), size);
    const asked = { origin: reads(origin).slice(marks[0]), mirror: reads(mirror).slice(marks[1]) };
    const warnings = events.flatMap((event) => (event.type === "warning" ? [event.code] : []));
    return { ...asked, warnings };
  };
  return { origin, mirror, root, pull };
}

const all = (name: string, repository: string) => [
  `GET /v2/${repository}/manifests/${name}`,
  `GET /v2/${repository}/blobs/DIGEST`,
  `GET /v2/${repository}/blobs/DIGEST`,
];

test("D78 what is named by digest comes from the mirror alone", async (t) => {
  const { root, pull } = await startMirrored(t);
  const { origin, mirror, warnings } = await pull(`app@${root.descriptor.digest}`);
  assert.deepEqual(
    { origin, mirror, warnings },
    { origin: [], mirror: all("DIGEST", "team/app"), warnings: [] },
  );
});

test("D78 a tag is asked of the registry itself, its blobs of the mirror; with mirrorTags the mirror is asked for both", async (t) => {
  const { pull } = await startMirrored(t);
  const first = await pull("app:1");
  assert.deepEqual(first.origin, ["GET /v2/app/manifests/1"]);
  assert.deepEqual(first.mirror, all("1", "team/app").slice(1));
  const trusting = await pull("app:1", { mirrorTags: true });
  assert.deepEqual(trusting.origin, first.origin);
  assert.deepEqual(trusting.mirror.slice(first.mirror.length), all("1", "team/app"));
});

const downs: readonly (readonly [what: string, fault: Fault, asked: number])[] = [
  ["has nothing", { status: 404 }, 1],
  ["answers 503", { status: 503 }, 5],
  ["resets every connection", { resetAfter: 0 }, 5],
];
for (const [what, fault, asked] of downs) {
  test(`D78 a mirror that ${what} is told of once and passed over for the rest`, async (t) => {
    const { root, pull } = await startMirrored(t, [{ fault }]);
    const { origin, mirror, warnings } = await pull(`app@${root.descriptor.digest}`);
    assert.deepEqual(origin, all("DIGEST", "app"));
    assert.equal(mirror.length, asked);
    assert.deepEqual(warnings, ["mirror-failed"]);
  });
}

test("D78 a mirror where nothing listens is told of once and passed over for the rest", async (t) => {
  const { root, pull } = await startMirrored(t);
  const ends: (() => Promise<void> | void)[] = [];
  const gone = await startFront({ after: (end) => void ends.push(end) }, undefined);
  for (const end of ends) await end();
  const { origin, warnings } = await pull(`app@${root.descriptor.digest}`, { mirror: [gone.host] });
  assert.deepEqual(origin, all("DIGEST", "app"));
  assert.deepEqual(warnings, ["mirror-failed"]);
});

const wrong = (body: Buffer) => Buffer.alloc(body.length, 7);
for (const path of [/manifests/, /blobs/]) {
  test(`D78 wrong bytes from a mirror's ${path.source} are refused and read again from the registry`, async (t) => {
    const { root, pull } = await startMirrored(t, [{ method: "GET", path, fault: { swap: wrong } }]);
    const { origin, warnings } = await pull(`app@${root.descriptor.digest}`);
    assert.ok(origin.length >= 2, origin.join());
    assert.deepEqual(warnings, ["mirror-failed"]);
  });

  test(`D78 wrong bytes from a mirror's ${path.source} are read again from the next mirror, and the registry is not asked`, async (t) => {
    const { mirror, root, pull } = await startMirrored(t, [{ method: "GET", path, fault: { swap: wrong } }]);
    const next = await startFaultRegistry(t);
    await push(openSession(t), root, [`${next.host}/app:1`]);
    const before = next.seen.length;
    const two = { mirror: [`${mirror.host}/team`, next.host] };
    const { origin, warnings } = await pull(`app@${root.descriptor.digest}`, two);
    assert.deepEqual(origin, []);
    assert.ok(reads(next).length > before);
    assert.deepEqual(warnings, ["mirror-failed"]);
  });
}

test("D78 where a mirror breaks off the registry goes on, and the whole is verified", async (t) => {
  const { root, pull } = await startMirrored(t, [
    {
      when: (request) => isBlob(request) && request.headers["range"] === undefined,
      after: 1,
      fault: { cutAfter: 100_000 },
    },
    { when: (request) => isBlob(request) && request.headers["range"] !== undefined, fault: { status: 403 } },
  ]);
  const { origin } = await pull(`app@${root.descriptor.digest}`);
  assert.deepEqual(origin, ["GET /v2/app/blobs/DIGEST"]);
});

test("D78 a registry's credentials never go to its mirror, and nothing is pushed to one", async (t) => {
  const { origin, mirror, root, pull } = await startMirrored(t);
  const challenge = { status: 401, headers: { "www-authenticate": 'Basic realm="x"' } };
  const guarded: Faults = (request) =>
    request.headers["authorization"] === `Basic ${Buffer.from("ali:secret").toString("base64")}`
      ? undefined
      : challenge;
  origin.strike(guarded);
  mirror.strike([{ fault: challenge }]);
  const credentials = {
    credentials: (registry: string) =>
      registry === origin.host ? { username: "ali", password: "secret" } : undefined,
  };
  const before = mirror.seen.length;
  await pull(`app@${root.descriptor.digest}`, {}, credentials);
  assert.ok(mirror.seen.slice(before).every(({ headers }) => headers["authorization"] === undefined));
  const count = mirror.seen.length;
  const session = openSession(t, {
    ...credentials,
    registries: { [origin.host]: { mirror: [mirror.host] } },
  });
  await push(session, image([layer("b")]), [`${origin.host}/app:2`]);
  assert.equal(mirror.seen.length, count);
});
