import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { listReferrers } from "../../../src/index.js";
import type { Manifest, OtherManifest } from "../../../src/model/content.js";
import { mediaTypes, type Descriptor } from "../../../src/model/oci.js";
import { createGate, createRounds } from "../../support/gate.js";
import { startFaultRegistry, startFront, type FaultRow, type Front } from "../../support/fault-registry.js";
import { ownOptions } from "../../support/own-options.js";
import { content, image, layer } from "./images.js";
import { openSession, push } from "./setup.js";

const artifactType = "application/vnd.example.sbom";

/** A manifest that refers to another, with annotations. */
function referrer(subject: Descriptor, name: string): OtherManifest {
  const empty = content(Buffer.from("{}"), "application/vnd.oci.empty.v1+json");
  const document = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    artifactType,
    config: empty.descriptor,
    layers: [empty.descriptor],
    subject,
    annotations: { name },
  };
  const bytes = Buffer.from(JSON.stringify(document));
  return {
    ...content(bytes, mediaTypes.manifest),
    kind: "artifact",
    bytes,
    children: () => Promise.resolve([empty]),
  };
}

/** What a registry without a list of referrers does. */
const listless: readonly FaultRow[] = [
  {
    method: "PUT",
    path: /manifests/,
    fault: { rewrite: (headers) => ({ ...headers, "oci-subject": undefined }) },
  },
  { path: /\/referrers\//, fault: { status: 404 } },
];

async function withSubject(t: TestContext, faults: readonly FaultRow[]) {
  const front = await startFaultRegistry(t, faults);
  const root = image([layer("subject")]);
  await push(openSession(t), root, [`${front.host}/app:1`]);
  const fallback = `/v2/app/manifests/${root.descriptor.digest.replace(":", "-")}`;
  return { front, root, fallback, ask: await asker(t, `${front.host}/app:1`) };
}

async function asker(t: TestContext, name: string) {
  const options = await ownOptions(t);
  return async (more = {}) => (await listReferrers(name, { ...options, ...more })).map(nameOf).sort();
}

const nameOf = ({ annotations }: Descriptor) => annotations?.["name"] ?? "";
const attach = (t: TestContext, front: Front, manifest: Manifest, session = openSession(t)) =>
  push(session, manifest as OtherManifest, [`${front.host}/app@${manifest.descriptor.digest}`]);

test("D79 a registry that lists referrers by itself is asked, by type too, and gets no fallback tag", async (t) => {
  const { front, root, fallback, ask } = await withSubject(t, []);
  await attach(t, front, referrer(root.descriptor, "one"));
  assert.deepEqual(await ask(), ["one"]);
  assert.deepEqual(await ask({ artifactType }), ["one"]);
  assert.deepEqual(await ask({ artifactType: "application/other" }), []);
  assert.equal((await fetch(`http://${front.host}${fallback}`)).status, 404);
});

test("D79 where there is no such list, the fallback tag holds each referrer once with its type and annotations", async (t) => {
  const { front, root, fallback, ask } = await withSubject(t, listless);
  const one = referrer(root.descriptor, "one");
  await attach(t, front, one);
  await attach(t, front, one);
  await attach(t, front, referrer(root.descriptor, "two"));
  const index = (await (await fetch(`http://${front.host}${fallback}`)).json()) as {
    manifests: Descriptor[];
  };
  assert.deepEqual(index.manifests[0], { ...one.descriptor, artifactType, annotations: { name: "one" } });
  assert.deepEqual(await ask(), ["one", "two"]);
});

test("D79 404, 400, a redirect to another host, 429 and a web page all mean that there is no list", async (t) => {
  const elsewhere = await startFront(t, undefined, () => ({ status: 429 }));
  const answers: FaultRow["fault"][] = [
    { status: 404 },
    { status: 400 },
    { status: 303, headers: { location: `http://${elsewhere.host}/api` } },
    { status: 429, headers: { "retry-after": "0" } },
    { status: 200, headers: { "content-type": "text/html" }, body: "<html>" },
  ];
  for (const fault of answers) {
    const { front, root, ask } = await withSubject(t, [listless[0]!, { path: /\/referrers\//, fault }]);
    await attach(t, front, referrer(root.descriptor, "one"));
    assert.deepEqual(await ask(), ["one"]);
  }
  assert.equal(elsewhere.seen.length, 0);
});

test("D79 a list of referrers is read over all its pages, and no further than its registry", async (t) => {
  const page = (at: number) => ({
    ...content(Buffer.from(`${at}`), mediaTypes.manifest).descriptor,
    artifactType,
  });
  const elsewhere = await startFront(t, undefined, () => ({ status: 200 }));
  const front = await startFaultRegistry(t);
  const root = image([layer("subject")]);
  await push(openSession(t), root, [`${front.host}/app:1`]);
  let last = "";
  front.strike(({ path }) => {
    const url = new URL(path, "http://registry.test");
    if (!url.pathname.includes("/referrers/")) return undefined;
    const at = Number(url.searchParams.get("page") ?? 0);
    const link = at < 2 ? `<${url.pathname}?page=${at + 1}>; rel="next"` : last;
    return {
      status: 200,
      headers: { "content-type": mediaTypes.index, ...(link === "" ? {} : { link }) },
      body: JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [page(at)] }),
    };
  });
  const options = await ownOptions(t);
  const list = () => listReferrers(`${front.host}/app:1`, options);
  assert.deepEqual(await list(), [page(0), page(1), page(2)]);
  last = `<http://${elsewhere.host}/v2/app/referrers/x>; rel="next"`;
  await assert.rejects(list(), /on another host, .*, which is refused/);
  assert.deepEqual(elsewhere.seen, []);
});

const names = ["a", "b", "c", "d", "e", "f", "g", "h"];

test("D79 eight at once are all listed", async (t) => {
  const { front, root, ask } = await withSubject(t, listless);
  const session = openSession(t);
  await Promise.all(names.map((name) => attach(t, front, referrer(root.descriptor, name), session)));
  assert.deepEqual(await ask(), names);
});

test("D79 eight writers who know nothing of each other are all listed when they are done", async (t) => {
  const { front, root, ask } = await withSubject(t, listless);
  const waits: number[] = [];
  // All that are left write before any looks again: the pause outlasts what another takes from reading to writing.
  const rounds = createRounds(names.length);
  const wait = (ms: number) => {
    waits.push(ms);
    return rounds.arrive();
  };
  const one = async (name: string) => {
    try {
      await attach(t, front, referrer(root.descriptor, name), openSession(t, { wait }));
    } finally {
      rounds.leave();
    }
  };
  await Promise.all(names.map(one));
  assert.deepEqual(await ask(), names);
  assert.ok(waits.length > names.length, "nobody was in another's way");
  assert.ok(
    waits.every((ms) => ms >= 500),
    waits.join(),
  );
});

test("D79 a list that another writer overwrote in between is written again", async (t) => {
  const { front, root, fallback, ask } = await withSubject(t, listless);
  const [read, written] = [createGate(), createGate()];
  // The slow one has read the empty list and writes when the quick one has written, which then looks once more.
  front.strike([
    { method: "PUT", path: new RegExp(`${fallback}$`), times: 1, fault: { hold: written.opened } },
    ...listless,
  ]);
  const slow = attach(t, front, referrer(root.descriptor, "slow"), openSession(t)).then(() => read.open());
  while (!front.seen.some(({ method, path }) => method === "PUT" && path === fallback))
    await new Promise(setImmediate);
  const patient = openSession(t, {
    wait: () => {
      written.open();
      return read.opened;
    },
  });
  await Promise.all([slow, attach(t, front, referrer(root.descriptor, "quick"), patient)]);
  assert.deepEqual(await ask(), ["quick", "slow"]);
});

test("D79 a list with an ETag is written under its condition, and read again when somebody was faster", async (t) => {
  const { front, root, fallback, ask } = await withSubject(t, listless);
  await attach(t, front, referrer(root.descriptor, "one"));
  const isWrite: FaultRow["when"] = ({ method, path }) => method === "PUT" && path === fallback;
  front.strike([
    { when: isWrite, times: 1, fault: { status: 412 } },
    {
      method: "GET",
      path: new RegExp(fallback),
      fault: { rewrite: (headers) => ({ ...headers, etag: '"7"' }) },
    },
    ...listless,
  ]);
  const before = front.seen.length;
  await attach(t, front, referrer(root.descriptor, "two"));
  const writes = front.seen.slice(before).filter((request) => isWrite(request));
  assert.deepEqual(
    writes.map(({ headers }) => headers["if-match"]),
    ['"7"', '"7"'],
  );
  assert.deepEqual(await ask(), ["one", "two"]);
});

test("D79 something else under the fallback tag is an error, and is not overwritten", async (t) => {
  const { front, root, fallback } = await withSubject(t, listless);
  await push(openSession(t), image([layer("other")]), [`${front.host}/app:${fallback.split("/").at(-1)}`]);
  await assert.rejects(
    attach(t, front, referrer(root.descriptor, "one")),
    /is not an index: it is where referrers are listed/,
  );
});
