import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { mediaTypes } from "../../../src/model/oci.js";
import {
  startFaultRegistry,
  type Fault,
  type FaultRow,
  type Faults,
  type Front,
  type Seen,
} from "../../support/fault-registry.js";
import { content, image, layer, seeded } from "./images.js";
import { assertReadable, openChunked, openSession, push } from "./setup.js";

const size = 400_000;
const chunk = 65_536;
const chunks = Math.ceil(size / chunk);

const isPatch = ({ method }: Seen) => method === "PATCH";
const isPut = ({ method, path }: Seen) => method === "PUT" && path.includes("/blobs/uploads/");
const isWholePut = (request: Seen) => isPut(request) && Number(request.headers["content-length"]) > 0;
const isCommit = (request: Seen) => isPut(request) && !isWholePut(request);
const isQuestion = ({ method, path }: Seen) => method === "GET" && path.includes("/blobs/uploads/");
const sessionOf = ({ path }: Seen) => path.split("?")[0]!;
const rangeOf = ({ headers }: Seen) => String(headers["content-range"]);
const total = (requests: readonly Seen[]) => requests.reduce((sum, { bytes }) => sum + bytes, 0);
/** Of the layer: the configuration is smaller than a chunk and goes as a whole. */
const patches = ({ seen }: Front) => seen.filter(isPatch);

/** A large layer, of bytes that cost little to make and nowhere repeat at a chunk's distance. */
function filled(seed: string, bytes: number) {
  return content(Buffer.alloc(bytes, seeded(seed, 10_007)), mediaTypes.layerTar);
}

/** Pushes a layer in chunks through faults and reads it back without them. */
async function pushInChunks(t: TestContext, faults: Faults): Promise<Front> {
  const front = await startFaultRegistry(t, faults);
  const root = image([layer("chunked", size)]);
  await push(openChunked(t, front.host, chunk), root, [`${front.host}/app:1`]);
  await assertReadable(openSession(t), root, `${front.host}/app:1`);
  return front;
}

test("a blob larger than the host's chunk goes in chunks of one session, and its content is read once", async (t) => {
  const front = await startFaultRegistry(t);
  const chunked = layer("chunked", size);
  const root = image([chunked]);
  await push(openChunked(t, front.host, chunk), root, [`${front.host}/app:1`]);
  assert.equal(chunked.opened, 1);
  assert.deepEqual(
    patches(front).map(rangeOf),
    Array.from({ length: chunks }, (_, at) => `${at * chunk}-${Math.min(size, (at + 1) * chunk) - 1}`),
  );
  assert.equal(new Set(patches(front).map(sessionOf)).size, 1);
  await assertReadable(openSession(t), root, `${front.host}/app:1`);
});

for (const [where, passThenReset] of [
  ["before its first byte", 1],
  ["in its middle", 30_000],
  ["behind its last byte", chunk],
] as const) {
  test(`D54 a chunk reset ${where} is resumed where the session stands, and no byte goes twice into it`, async (t) => {
    const stood: string[] = [];
    const rewrite = (headers: Record<string, string | undefined>) => {
      stood.push(headers["range"]!);
      return headers;
    };
    const front = await pushInChunks(t, [
      { when: isPatch, after: 2, times: 1, fault: { passThenReset } },
      { when: isQuestion, fault: { rewrite } },
    ]);
    assert.equal(stood.length, 1);
    const next = Number(stood[0]!.replace("0-", "")) + 1;
    assert.ok(next >= 2 * chunk && next <= 2 * chunk + passThenReset, `the session stands at ${next}`);
    assert.match(rangeOf(patches(front)[3]!), new RegExp(`^${next}-`));
    assert.equal(new Set(patches(front).map(sessionOf)).size, 1);
    assert.ok(total(patches(front)) <= size + chunk, `${total(patches(front))} bytes`);
  });
}

for (const passThenReset of [1, 2, 30_000, chunk]) {
  test(`D54 the first chunk reset when the registry has ${passThenReset} bytes of it is made good`, async (t) => {
    const front = await pushInChunks(t, [{ when: isPatch, times: 1, fault: { passThenReset } }]);
    assert.ok(total(patches(front)) <= size + chunk, `${total(patches(front))} bytes`);
    assert.equal(front.seen.filter(isWholePut).filter(({ bytes }) => bytes === size).length, 0);
  });
}

test("D54 a chunk reset every other time still comes to its end: progress starts the count anew", async (t) => {
  let turn = 0;
  const front = await pushInChunks(t, (request) =>
    isPatch(request) && turn++ % 2 === 0 ? { passThenReset: 40_000 } : undefined,
  );
  assert.ok(total(patches(front)) <= 2 * size);
});

for (const [which, after] of [
  ["first", 0],
  ["second", 1],
  ["last", chunks - 1],
] as const) {
  test(`D55 the ${which} chunk, arrived and its answer lost, is not sent a second time`, async (t) => {
    const front = await pushInChunks(t, [{ when: isPatch, after, times: 1, fault: { loseAnswer: true } }]);
    assert.equal(total(patches(front)), size);
    assert.equal(new Set(patches(front).map(rangeOf)).size, patches(front).length);
  });
}

test("D55 the commit's answer lost, the blob is found and nothing sent again", async (t) => {
  const front = await pushInChunks(t, [{ when: isCommit, times: 1, fault: { loseAnswer: true } }]);
  assert.equal(total(patches(front)), size);
});

test("D64 a session that ends between two chunks is followed by another, from the beginning", async (t) => {
  const body = JSON.stringify({ errors: [{ code: "BLOB_UPLOAD_UNKNOWN", message: "gone" }] });
  const front = await pushInChunks(t, [{ when: isPatch, after: 2, times: 1, fault: { status: 404, body } }]);
  const sessions = patches(front).map(sessionOf);
  assert.equal(new Set(sessions).size, 2);
  assert.equal(sessions.filter((session) => session === sessions.at(-1)).length, chunks);
});

test("D64 a session that is gone when the connection breaks within a chunk is followed by another", async (t) => {
  const body = JSON.stringify({ errors: [{ code: "BLOB_UPLOAD_UNKNOWN", message: "gone" }] });
  const front = await pushInChunks(t, [
    { when: isPatch, after: 2, times: 1, fault: { passThenReset: 30_000 } },
    { when: isQuestion, fault: { status: 404, body } },
  ]);
  assert.equal(front.seen.filter(isQuestion).length, 1);
  const sessions = patches(front).map(sessionOf);
  assert.equal(new Set(sessions).size, 2);
  assert.equal(sessions.filter((session) => session === sessions.at(-1)).length, chunks);
});

test("D56 a chunk answered 503 thrice is sent again where the session stands", async (t) => {
  const front = await pushInChunks(t, [{ when: isPatch, after: 1, times: 3, fault: { status: 503 } }]);
  assert.equal(front.seen.filter(isQuestion).length, 3);
});

test("D65 a registry that answers 201 to chunks is served", async (t) => {
  const served = await pushInChunks(t, [
    { when: isPatch, fault: { rewrite: (headers) => headers, insteadStatus: 201 } },
  ]);
  assert.equal(patches(served).length, chunks);
  assert.equal(served.seen.filter(isWholePut).filter(({ bytes }) => bytes === size).length, 0);
});

const refusals: readonly (readonly [what: string, row: FaultRow, sent: number])[] = [
  ["drops the second chunk with 201", { when: isPatch, after: 1, fault: stuck(201, chunk) }, 2],
  ["drops the second chunk with 202", { when: isPatch, after: 1, fault: stuck(202, chunk) }, 2],
  ["drops the first chunk", { when: isPatch, fault: stuck(202, 1) }, 1],
  ["goes back behind the first chunk", { when: isPatch, after: 2, fault: stuck(202, chunk) }, 3],
  ["takes one PATCH and no more", { when: isPatch, after: 1, fault: { status: 400 } }, 2],
  ["refuses what it took in chunks", { when: isCommit, fault: { status: 400 } }, chunks],
];

for (const [what, row, sent] of refusals) {
  test(`D65 a registry that ${what} gets the blob whole in another session, and every blob after it`, async (t) => {
    const front = await startFaultRegistry(t, [row]);
    const session = openChunked(t, front.host, chunk);
    for (const seed of ["one", "two"]) {
      const root = image([layer(seed, size)]);
      await push(session, root, [`${front.host}/app:1`]);
      await assertReadable(openSession(t), root, `${front.host}/app:1`);
    }
    assert.equal(patches(front).length, sent);
    const whole = front.seen.filter(isWholePut).filter(({ bytes }) => bytes === size);
    assert.equal(whole.length, 2);
    assert.ok(!whole.map(sessionOf).includes(sessionOf(patches(front)[0]!)));
  });
}

/** An answer to a chunk that says that the session stands at so many bytes. */
function stuck(status: number, bytes: number): Fault {
  return { status, headers: { range: `0-${bytes - 1}` } };
}

test("D67 413 to the whole blob, by PUT and by PATCH, leads to chunks, and 413 to chunks to smaller ones", async (t) => {
  const large = 3 * 1024 * 1024;
  const limit = 1024 * 1024;
  const front = await startFaultRegistry(t, ({ method, headers }) =>
    ["PUT", "PATCH"].includes(method) && Number(headers["content-length"]) > limit
      ? { status: 413 }
      : undefined,
  );
  const session = openSession(t);
  const root = image([filled("large", large)]);
  await push(session, root, [`${front.host}/app:1`]);
  await assertReadable(openSession(t), root, `${front.host}/app:1`);
  const ways = front.seen
    .filter((request) => isPatch(request) || isWholePut(request))
    .filter(({ headers }) => Number(headers["content-length"]) >= limit)
    .map(({ method, headers }) => [method, headers["content-range"]?.toString()]);
  assert.deepEqual(ways, [
    ["PUT", undefined],
    ["PATCH", undefined],
    ["PATCH", `0-${large - 1}`],
    ["PATCH", `0-${large - 1}`],
    ...[0, 1, 2].map((at) => ["PATCH", `${at * limit}-${(at + 1) * limit - 1}`]),
  ]);
  const before = front.seen.length;
  await push(session, image([filled("next", large)]), [`${front.host}/app:1`]);
  const bodies = front.seen.slice(before).filter((request) => isPatch(request) || isWholePut(request));
  assert.ok(
    bodies.every(({ headers }) => Number(headers["content-length"]) <= limit),
    "what was learnt is kept",
  );
});

test("D53 a body that breaks twice goes on in chunks, each gaining ground", async (t) => {
  const large = 20 * 1024 * 1024;
  const front = await startFaultRegistry(t, [
    {
      when: (request) => isWholePut(request) && Number(request.headers["content-length"]) === large,
      fault: { resetAfter: 1_000_000 },
    },
  ]);
  const root = image([filled("large", large)]);
  await push(openSession(t), root, [`${front.host}/app:1`]);
  assert.equal(front.seen.filter(isWholePut).filter(({ bytes }) => bytes >= 1_000_000).length, 2);
  assert.equal(patches(front).length, 2);
  await assertReadable(openSession(t), root, `${front.host}/app:1`);
});
