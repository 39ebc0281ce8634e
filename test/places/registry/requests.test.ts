import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import type { Content } from "../../../src/model/content.js";
import type { GantryEvent } from "../../../src/model/events.js";
import {
  startFaultRegistry,
  startFront,
  type Fault,
  type Front,
  type Seen,
} from "../../support/fault-registry.js";
import { noDebianRegistry, startDebianRegistry } from "./debian-registry.js";
import { image, index, layer } from "./images.js";
import { assertReadable, openSession, push, steps } from "./setup.js";

const base = layer("base", 50_000);
const isMount = ({ path }: Seen) => path.includes("mount=");

type Headers = Record<string, string | undefined>;

/** The base's layer as a build has it: known to be in a repository of the registry. */
function fromBase({ host }: Front): Content {
  return { ...base, origins: [{ registry: host, repository: "base" }] };
}

/** A registry that has the base. */
async function withBase(t: TestContext, registry?: string): Promise<Front> {
  // docker-registry names itself in a Location: what it opens is to be seen as well.
  const here = ({ location }: Headers) => location?.replace(/^http:\/\/[^/]+/, "");
  const rewrite = (headers: Headers) => ({ ...headers, location: here(headers) });
  const front =
    registry === undefined
      ? await startFaultRegistry(t)
      : await startFront(t, registry, [{ method: "POST", fault: { rewrite } }]);
  await push(openSession(t), image([base]), [`${front.host}/base:1`]);
  return front;
}

/** The requests since, as "METHOD what": blobs and manifests by the names that are given for their digests. */
function since(front: Front, before: number, names: Readonly<Record<string, Content>> = {}): string[] {
  const known = Object.entries(names).map(([name, { descriptor }]) => [descriptor.digest, name] as const);
  return front.seen.slice(before).map(({ method, path }) => {
    const [where = "", query = ""] = path.split("?");
    const from = query.includes("mount=") ? `?${query}` : query.includes("digest=") ? `?${query}` : "";
    const short = `${where.replace("/v2/", "").replace(/uploads\/.+/, "uploads/ID")}${from}`
      .replaceAll("%3A", ":")
      .replace(/\?.*(digest=)/, "?$1");
    return `${method} ${known.reduce((text, [digest, name]) => text.replaceAll(digest, name), short)}`;
  });
}

const cold = (names: readonly string[]) =>
  [
    ...names.map((tag) => `HEAD app/manifests/${tag}`),
    "HEAD app/blobs/OWN",
    "POST app/blobs/uploads/",
    "PUT app/blobs/uploads/ID?digest=CONFIG",
    "POST app/blobs/uploads/?mount=BASE&from=base",
    "POST app/blobs/uploads/",
    "PUT app/blobs/uploads/ID?digest=OWN",
  ].toSorted();

for (const [kind, start, skip] of [
  ["the embedded registry", async () => undefined, false],
  ["docker-registry", (t: TestContext) => startDebianRegistry(t), noDebianRegistry],
] as const) {
  const options = { skip };

  test(`a new layer on a base of ${kind} takes eight requests under one tag alone`, options, async (t) => {
    const front = await withBase(t, await start(t));
    const own = layer("own", 100_000);
    const root = image([fromBase(front), own]);
    const before = front.seen.length;
    await push(openSession(t), root, [`${front.host}/app:1`], { sole: true });
    const lines = since(front, before, { OWN: own, BASE: base, CONFIG: root.configContent });
    assert.equal(lines[0], "HEAD app/manifests/1");
    assert.equal(lines.at(-1), "PUT app/manifests/1");
    assert.deepEqual(lines.slice(0, -1).toSorted(), cold(["1"]));
    await assertReadable(openSession(t), image([base, own]), `${front.host}/app:1`);
  });

  test(
    `an unchanged image of ${kind} takes one request for each tag, a new tag one more`,
    options,
    async (t) => {
      const front = await withBase(t, await start(t));
      const root = image([layer("own", 100_000)]);
      const events: GantryEvent[] = [];
      await push(openSession(t), root, [`${front.host}/app:1`], { sole: true });
      let before = front.seen.length;
      await push(openSession(t), root, [`${front.host}/app:1`], { sole: true, events });
      assert.deepEqual(since(front, before), ["HEAD app/manifests/1"]);
      assert.deepEqual(steps(events), [`push ${front.host}/app:1: already there`]);
      before = front.seen.length;
      await push(openSession(t), root, [`${front.host}/app:1`, `${front.host}/app:2`]);
      assert.deepEqual(since(front, before).toSorted(), [
        "HEAD app/manifests/1",
        "HEAD app/manifests/2",
        "PUT app/manifests/2",
      ]);
      before = front.seen.length;
      await push(openSession(t), root, [`${front.host}/app:1`, `${front.host}/app:2`]);
      assert.deepEqual(since(front, before).toSorted(), ["HEAD app/manifests/1", "HEAD app/manifests/2"]);
    },
  );
}

test("an image that is there under another tag costs three questions, whatever it is made of, and the tag", async (t) => {
  const front = await withBase(t);
  const own = layer("own");
  const root = image([fromBase(front), own, layer("other")]);
  await push(openSession(t), root, [`${front.host}/app:1`]);
  const before = front.seen.length;
  await push(openSession(t), root, [`${front.host}/app:2`], { sole: true });
  assert.deepEqual(since(front, before, { OTHER: layer("other"), IMAGE: root }), [
    "HEAD app/manifests/2",
    "HEAD app/blobs/OTHER",
    "HEAD app/manifests/IMAGE",
    "PUT app/manifests/2",
  ]);
});

test("with several tags, or more to publish, the manifest is proved by digest before a tag moves", async (t) => {
  const front = await withBase(t);
  for (const [repository, tags, sole] of [
    ["a", ["1", "2"], true],
    ["b", ["1", "2"], false],
    ["c", ["1"], false],
  ] as const) {
    const root = image([layer(repository)]);
    const before = front.seen.length;
    const names = tags.map((tag) => `${front.host}/${repository}:${tag}`);
    await push(openSession(t), root, names, { sole });
    const digest = `manifests/${root.descriptor.digest}`;
    const proof = sole ? [] : [`PUT ${repository}/${digest}`, `HEAD ${repository}/${digest}`];
    const puts = tags.map((tag) => `PUT ${repository}/manifests/${tag}`);
    assert.deepEqual(since(front, before).slice(-proof.length - puts.length), [...proof, ...puts]);
  }
});

test("several repositories of a registry: each is asked for the tag and a layer, one gets the blobs, the others mount", async (t) => {
  const front = await startFaultRegistry(t);
  const own = layer("own");
  const root = image([own]);
  const names = ["a", "b", "c"].map((repository) => `${front.host}/${repository}:1`);
  await push(openSession(t), root, names, { sole: true });
  const known = { OWN: own, CONFIG: root.configContent, IMAGE: root };
  const each = ["a", "b", "c"].flatMap((repository) => [
    `HEAD ${repository}/manifests/1`,
    `HEAD ${repository}/blobs/OWN`,
    `PUT ${repository}/manifests/IMAGE`,
    `HEAD ${repository}/manifests/IMAGE`,
    `PUT ${repository}/manifests/1`,
  ]);
  const first = ["OWN", "CONFIG"].flatMap((blob) => [
    "POST a/blobs/uploads/",
    `PUT a/blobs/uploads/ID?digest=${blob}`,
  ]);
  const mounts = ["b", "c"].flatMap((repository) =>
    ["OWN", "CONFIG"].map((blob) => `POST ${repository}/blobs/uploads/?mount=${blob}&from=a`),
  );
  assert.deepEqual(since(front, 0, known).toSorted(), [...each, ...first, ...mounts].toSorted());
  for (const name of names) await assertReadable(openSession(t), root, name);
});

test("an index is asked for by its tag, then it and its images by digest", async (t) => {
  const front = await startFaultRegistry(t);
  const layers = [layer("a"), layer("b")];
  const images = [image([layers[0]!]), image([layers[1]!], "arm64")];
  const root = index(images);
  await push(openSession(t), root, [`${front.host}/app:1`], { sole: true });
  const known = { A: layers[0]!, B: layers[1]!, ONE: images[0]!, TWO: images[1]!, INDEX: root };
  assert.deepEqual(
    since(front, 0, known)
      .filter((line) => line.startsWith("HEAD") || line.includes("manifests"))
      .toSorted(),
    [
      "HEAD app/manifests/1",
      "HEAD app/manifests/INDEX",
      ...["ONE", "TWO"].flatMap((each) => [
        `HEAD app/manifests/${each}`,
        `PUT app/manifests/${each}`,
        `HEAD app/manifests/${each}`,
      ]),
      "HEAD app/blobs/A",
      "HEAD app/blobs/B",
      "PUT app/manifests/1",
    ].toSorted(),
  );
  await assertReadable(openSession(t), root, `${front.host}/app:1`);
});

test("a tag whose HEAD has no digest is not believed: the image is asked for by digest and the tag put", async (t) => {
  const front = await startFaultRegistry(t);
  const root = image([layer("own")]);
  await push(openSession(t), root, [`${front.host}/app:1`]);
  const rewrite = (headers: Headers) => ({
    ...headers,
    "docker-content-digest": undefined,
  });
  front.strike([{ method: "HEAD", path: /manifests/, fault: { rewrite } }]);
  const before = front.seen.length;
  await push(openSession(t), root, [`${front.host}/app:1`], { sole: true });
  assert.deepEqual(since(front, before, { OWN: layer("own"), IMAGE: root }), [
    "HEAD app/manifests/1",
    "HEAD app/blobs/OWN",
    "HEAD app/manifests/IMAGE",
    "PUT app/manifests/1",
  ]);
});

test("a tag that names another image is moved, and one that is moved again in between by the same session as well", async (t) => {
  const front = await startFaultRegistry(t);
  const [one, two] = [image([layer("one")]), image([layer("two")])];
  const name = `${front.host}/app:1`;
  const session = openSession(t);
  for (const root of [one, two, one]) {
    await push(session, root, [name], { sole: true });
    await assertReadable(openSession(t), root, name);
  }
  const destination = session.destination(front.host);
  const staged = [await destination.stage(one, [name]), await destination.stage(two, [name])];
  for (const each of staged.toReversed()) await each.publish();
  await assertReadable(openSession(t), one, name);
});

/** What a base of three layers costs where mounts are answered so. */
async function mounting(t: TestContext, fault: Fault | undefined, there: boolean) {
  const layers = ["a", "b", "c"].map((seed) => layer(seed, 10_000));
  const front = await startFaultRegistry(t);
  await push(openSession(t), image(layers), [`${front.host}/base:1`]);
  if (there) await push(openSession(t), image(layers), [`${front.host}/app:0`]);
  const lent = layers.map((each) => ({
    ...each,
    origins: [{ registry: front.host, repository: "base" }],
  }));
  front.strike(fault === undefined ? [] : [{ when: isMount, fault }]);
  const before = front.seen.length;
  const root = image(lent, "arm64");
  await push(openSession(t), root, [`${front.host}/app:1`], { sole: true });
  front.strike([]);
  await assertReadable(openSession(t), root, `${front.host}/app:1`);
  const lines = since(front, before);
  const count = (part: RegExp) => lines.filter((line) => part.test(line)).length;
  const puts = count(/^PUT app\/blobs/);
  return { mounts: count(/mount=/), asked: count(/^HEAD app\/blobs/), opened: count(/uploads\/$/), puts };
}

test("blobs of a base are mounted unasked, all but the first at the same time", async (t) => {
  assert.deepEqual(await mounting(t, undefined, false), { mounts: 3, asked: 0, opened: 1, puts: 1 });
  assert.deepEqual(await mounting(t, undefined, true), { mounts: 3, asked: 0, opened: 1, puts: 1 });
});

/** A registry that knows no mounts opens a session for whatever the query says. */
const opensInstead = (headers: Headers) => headers;

test("a registry that refuses its first mount is asked for the other blobs before it is tried again", async (t) => {
  for (const status of [403, 405]) {
    assert.deepEqual(await mounting(t, { status }, false), { mounts: 3, asked: 3, opened: 4, puts: 4 });
    assert.deepEqual(await mounting(t, { status }, true), { mounts: 1, asked: 3, opened: 1, puts: 1 });
  }
});

test("a session that was opened instead of a mount is given back where the blob proves to be there", async (t) => {
  const front = await startFaultRegistry(t);
  await push(openSession(t), image([base]), [`${front.host}/app:0`]);
  front.strike([{ when: isMount, fault: { rewrite: opensInstead } }]);
  const absent = { ...base, origins: [{ registry: front.host, repository: "nobody" }] };
  const root = image([absent], "arm64");
  const before = front.seen.length;
  await push(openSession(t), root, [`${front.host}/app:1`], { sole: true });
  const lines = since(front, before, { BASE: base, CONFIG: root.configContent, IMAGE: root });
  assert.deepEqual(lines.toSorted(), [
    "DELETE app/blobs/uploads/ID",
    "HEAD app/blobs/BASE",
    "HEAD app/manifests/1",
    "HEAD app/manifests/IMAGE",
    "POST app/blobs/uploads/",
    "POST app/blobs/uploads/?mount=BASE&from=nobody",
    "PUT app/blobs/uploads/ID?digest=CONFIG",
    "PUT app/manifests/1",
  ]);
});

for (const names of [true, false]) {
  test(`D71 a manifest that only its tag brought, ${names ? "answered with another digest" : "without its digest"}, is no success where it is not kept`, async (t) => {
    const rewrite = (headers: Headers) => ({
      ...headers,
      "docker-content-digest": names ? `sha256:${"0".repeat(64)}` : undefined,
    });
    const front = await startFaultRegistry(t, [
      { method: "PUT", path: /manifests/, fault: { rewrite } },
      { method: "HEAD", path: /manifests/, fault: { status: 404 } },
    ]);
    await assert.rejects(
      push(openSession(t), image([layer("a")]), [`${front.host}/app:1`, `${front.host}/app:2`], {
        sole: true,
      }),
      names ? /stored different content/ : /took the manifest .* and does not have it/,
    );
    assert.ok(!front.seen.some(({ method, path }) => method === "PUT" && path.endsWith("manifests/2")));
  });
}

test("D70 a manifest that its tag alone brings, refused for want of a blob, gets the blob again", async (t) => {
  const front = await startFaultRegistry(t, undefined, { requireBlobs: true });
  const lost = layer("lost", 5000);
  let collected = false;
  front.strike(({ method, path }) => {
    if (collected || method !== "PUT" || !path.endsWith("manifests/1")) return undefined;
    collected = true;
    return {
      hold: fetch(`http://${front.host}/v2/app/blobs/${lost.descriptor.digest}`, { method: "DELETE" }),
    };
  });
  await push(openSession(t), image([lost]), [`${front.host}/app:1`], { sole: true });
  await assertReadable(openSession(t), image([lost]), `${front.host}/app:1`);
});

for (const status of [403, 405, 404]) {
  test(`a tag that is answered ${status} to HEAD is one that names nothing`, async (t) => {
    const front = await startFaultRegistry(t, [{ method: "HEAD", path: /manifests\/1$/, fault: { status } }]);
    const root = image([layer("a")]);
    for (let times = 0; times < 2; times++)
      await push(openSession(t), root, [`${front.host}/app:1`], { sole: true });
    await assertReadable(openSession(t), root, `${front.host}/app:1`);
  });
}

test("D69 a layer that a registry will not tell of is no sign that the image is missing", async (t) => {
  const store = await startFront(t, undefined, () => ({ status: 403 }));
  const front = await startFaultRegistry(t);
  const root = image([layer("a")]);
  await push(openSession(t), root, [`${front.host}/app:1`]);
  const headers = { location: `http://${store.host}/blob` };
  front.strike([{ method: "HEAD", path: /blobs/, fault: { status: 307, headers } }]);
  const before = front.seen.length;
  await push(openSession(t), root, [`${front.host}/app:2`]);
  assert.ok(!since(front, before).some((line) => line.startsWith("POST")));
});
