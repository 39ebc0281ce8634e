import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import test from "node:test";
import type { GantryError } from "../../../src/errors.js";
import { image, layer } from "./images.js";
import { first, startFaultRegistry, type Seen } from "../../support/fault-registry.js";
import { assertReadable, faultySize, openSession, push, pushThrough } from "./setup.js";

const size = faultySize;
const isBlobPut = ({ method, path }: Seen) => method === "PUT" && path.includes("/blobs/uploads/");
const sessionOf = ({ path }: Seen) => path.split("?")[0]!;

const isLayerPut = (request: Seen) =>
  isBlobPut(request) && Number(request.headers["content-length"]) === size;
const isLayerPatch = ({ method, headers }: Seen) =>
  method === "PATCH" && Number(headers["content-length"]) === size;

for (const [where, fault] of [
  ["before its first byte", { resetAfter: 0 }],
  ["behind its first byte", { passThenReset: 1 }],
  ["in its middle", { passThenReset: size / 2 }],
  ["before its last byte", { passThenReset: size - 1 }],
  ["behind its last byte, and lost by the registry", { resetAfter: size }],
] as const) {
  test(`D53 an upload reset ${where} begins anew in another session, each time`, async (t) => {
    const proxy = await pushThrough(t, first(isLayerPut, fault, 2));
    const sessions = proxy.seen.filter(isLayerPut).map(sessionOf);
    assert.equal(sessions.length, 3);
    assert.equal(new Set(sessions).size, 3);
  });
}

test("D53 an upload whose answer is lost is found and not sent again", async (t) => {
  const proxy = await pushThrough(t, first(isLayerPut, { loseAnswer: true }));
  assert.equal(proxy.seen.filter(isLayerPut).length, 1);
  const { path } = proxy.seen.find(isLayerPut)!;
  const digest = path.split("digest=")[1]!;
  const after = proxy.seen.slice(proxy.seen.findIndex(isLayerPut));
  assert.ok(after.some((request) => request.method === "HEAD" && request.path.endsWith(digest)));
});

test("D55 a body is never sent twice into one session", async (t) => {
  const proxy = await pushThrough(t, first(isLayerPut, { status: 503 }, 3));
  const sessions = proxy.seen.filter(isLayerPut).map(sessionOf);
  assert.equal(sessions.length, 4);
  assert.equal(new Set(sessions).size, 4);
});

test("D55 a whole PATCH that arrived, its answer lost, is not sent again into its session", async (t) => {
  let lost = 0;
  const proxy = await pushThrough(t, (request) => {
    if (isLayerPut(request)) return { status: 405 };
    return isLayerPatch(request) && lost++ < 2 ? { loseAnswer: true } : undefined;
  });
  const sessions = proxy.seen.filter(isLayerPatch).map(sessionOf);
  assert.equal(sessions.length, 3);
  assert.equal(new Set(sessions).size, 3);
});

test("D64 a session that ended in the registry is followed by another", async (t) => {
  const body = JSON.stringify({ errors: [{ code: "BLOB_UPLOAD_UNKNOWN", message: "gone" }] });
  const proxy = await pushThrough(t, first(isLayerPut, { status: 404, body }));
  assert.equal(proxy.seen.filter(({ method }) => method === "PATCH").length, 0);
  assert.equal(new Set(proxy.seen.filter(isLayerPut).map(sessionOf)).size, 2);
});

for (const isThere of [true, false]) {
  const outcome = isThere ? "is there is a success" : "is not there fails with the registry's words";
  test(`D66 an upload refused as one that cannot be updated whose blob ${outcome}`, async (t) => {
    let refused = false;
    const body = JSON.stringify({ errors: [{ code: "BLOB_UPLOAD_INVALID", message: "cannot be updated" }] });
    const root = image([layer("a", size)]);
    const proxy = await startFaultRegistry(t, (request) => {
      if (isLayerPut(request)) refused = true;
      if (isLayerPut(request)) return { status: 400, body };
      const asked = request.method === "HEAD" && request.path.includes(root.layers[0]!.descriptor.digest);
      if (!asked || !refused) return undefined;
      return isThere ? { status: 200, headers: { "content-length": String(size) } } : { status: 404 };
    });
    const pushed = push(openSession(t), root, [`${proxy.host}/app:1`]);
    await (isThere ? pushed : assert.rejects(pushed, /answered 400 BLOB_UPLOAD_INVALID: cannot be updated/));
    assert.equal(proxy.seen.filter(isLayerPut).length, 1);
  });
}

test("D67 a registry that takes no blob whole gets it by PATCH, and is not asked again", async (t) => {
  for (const status of [404, 405, 411, 413, 416]) {
    const proxy = await startFaultRegistry(t, (request) =>
      isBlobPut(request) && Number(request.headers["content-length"]) > 0 ? { status } : undefined,
    );
    const session = openSession(t);
    const isWhole = (request: Seen) => isBlobPut(request) && Number(request.headers["content-length"]) > 0;
    await push(session, image([layer("a", size)]), [`${proxy.host}/app:1`]);
    const learnt = proxy.seen.filter(isWhole).length;
    const root = image([layer("b", size)]);
    await push(session, root, [`${proxy.host}/app:1`]);
    assert.equal(proxy.seen.filter(isWhole).length, learnt);
    assert.equal(proxy.seen.filter(({ method }) => method === "PATCH").length, 4);
    await assertReadable(openSession(t), root, `${proxy.host}/app:1`);
  }
});

for (const large of [1000, 3 * 1024 * 1024]) {
  test(`D67 413 to all of a layer of ${large} bytes names its size, and what takes no request so large`, async (t) => {
    const proxy = await startFaultRegistry(t, ({ method, headers }) =>
      ["PUT", "PATCH"].includes(method) && Number(headers["content-length"]) > 500
        ? { status: 413 }
        : undefined,
    );
    await assert.rejects(
      push(openSession(t), image([layer("a", large)]), [`${proxy.host}/app:1`]),
      new RegExp(
        `uploading blob sha256:.* of ${large} bytes, .* answered 413; the registry, or a proxy before it, accepts no request as large`,
      ),
    );
    const tried = proxy.seen.filter(({ headers }) => Number(headers["content-length"]) > 500);
    const ways = tried.map(({ method, headers }) =>
      headers["content-range"] === undefined ? method : "chunk",
    );
    assert.deepEqual([...new Set(ways)], ["PUT", "PATCH", "chunk"]);
  });
}

test("a registry where nothing listens is named with advice, at once", async (t) => {
  const waits: number[] = [];
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const gone = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  server.close();
  await once(server, "close");
  await assert.rejects(
    push(openSession(t, { waits }), image([layer("a")]), [`${gone}/app:1`]),
    (error: GantryError) => {
      assert.equal(error.code, "ERR_GANTRY_NETWORK");
      assert.match(error.message, /nothing listens there; is the registry 127\.0\.0\.1:\d+ running/);
      return true;
    },
  );
  assert.deepEqual(waits, []);
});
