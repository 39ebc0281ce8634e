import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import test from "node:test";
import { RegistryError } from "../../../src/http/errors.js";
import type { GantryError } from "../../../src/errors.js";
import { bareSystem, image, layer } from "./images.js";
import { first, startFaultRegistry, type Seen } from "../../support/fault-registry.js";
import { assertReadable, faultySize, openSession, push, pushThrough } from "./setup.js";

const size = faultySize;
const isBlobPut = ({ method, path }: Seen) => method === "PUT" && path.includes("/blobs/uploads/");
const sessionOf = ({ path }: Seen) => path.split("?")[0]!;

const isLayerPut = (request: Seen) =>
  isBlobPut(request) && Number(request.headers["content-length"]) === size;

for (const [where, resetAfter] of [
  ["before its first byte", 0],
  ["in its middle", size / 2],
  ["before its last byte", size - 1],
] as const) {
  test(`D53 an upload reset ${where} begins anew in another session`, async (t) => {
    const proxy = await pushThrough(t, first(isLayerPut, { resetAfter }));
    const sessions = proxy.seen.filter(isLayerPut).map(sessionOf);
    assert.equal(sessions.length, 2);
    assert.notEqual(sessions[0], sessions[1]);
  });
}

test("D53 an upload whose answer is lost is found and not sent again", async (t) => {
  const proxy = await pushThrough(t, first(isLayerPut, { loseAnswer: true }));
  assert.equal(proxy.seen.filter(isLayerPut).length, 1);
});

test("D55 a body is never sent twice into one session", async (t) => {
  const proxy = await pushThrough(t, first(isLayerPut, { status: 503 }, 3));
  const sessions = proxy.seen.filter(isLayerPut).map(sessionOf);
  assert.equal(sessions.length, 4);
  assert.equal(new Set(sessions).size, 4);
});

const kinds: readonly (readonly [string, (request: Seen) => boolean])[] = [
  ["the question for a manifest", ({ method, path }) => method === "HEAD" && path.includes("/manifests/")],
  ["the question for a blob", ({ method, path }) => method === "HEAD" && path.includes("/blobs/")],
  ["the beginning of an upload", ({ method }) => method === "POST"],
  ["an upload", isLayerPut],
  ["a manifest", ({ method, path }) => method === "PUT" && path.includes("/manifests/sha256")],
  ["a tag", ({ method, path }) => method === "PUT" && path.includes("/manifests/1")],
];
for (const [kind, matches] of kinds) {
  test(`D56 ${kind} is asked again after 500 once and 503 thrice`, async (t) => {
    await pushThrough(t, first(matches, { status: 500 }, 1));
    await pushThrough(t, first(matches, { status: 503 }, 3));
  });
  test(`D56 ${kind} that is never answered well fails after five attempts and says so`, async (t) => {
    const proxy = await startFaultRegistry(t, (request) => (matches(request) ? { status: 502 } : undefined));
    const waits: number[] = [];
    const system = { ...bareSystem(), random: () => 1 };
    await assert.rejects(
      push(openSession(t, { waits, system }), image([layer("a", size)]), [`${proxy.host}/app:1`]),
      (error) => {
        assert.ok(error instanceof RegistryError);
        assert.equal(error.status, 502);
        assert.match(error.message, /answered 502 \(after 5 attempts\)|attempt 5: PUT .* answered 502/);
        return true;
      },
    );
    const asked = proxy.seen.filter(matches).length;
    assert.ok(asked >= 5 && asked <= 10, `${asked} requests for the layer and the configuration`);
    const waited = waits.reduce((sum, each) => sum + each, 0);
    assert.ok(waited > 0 && waited <= 20_000, `waited ${waited} ms`);
  });
}

test("D62 an upload's Location may be relative, scheme-less, and have a query, which is kept byte for byte", async (t) => {
  for (const style of ["relative", "scheme-less", "absolute", "query"] as const) {
    const proxy = await pushThrough(t, ({ method, headers }) =>
      method !== "POST"
        ? undefined
        : {
            rewrite: (answer) => {
              const url = new URL(answer["location"]!, `http://${String(headers["host"])}`);
              const location = {
                relative: url.pathname,
                "scheme-less": `//${String(headers["host"])}${url.pathname}`,
                absolute: `http://${String(headers["host"])}${url.pathname}`,
                query: `${url.pathname}?_state=a%2Fb+c==&x=%2f#part`,
              };
              return { ...answer, location: location[style] };
            },
          },
    );
    const put = proxy.seen.find(isLayerPut)!;
    if (style === "query") assert.match(put.path, /\?_state=a%2Fb\+c==&x=%2f&digest=sha256:[0-9a-f]{64}$/);
  }
});

test("D62 an upload without a Location is a clear error", async (t) => {
  await assert.rejects(
    pushThrough(t, ({ method }) => (method === "POST" ? { status: 202 } : undefined)),
    /does not answer as a registry does: the beginning of an upload has no Location/,
  );
});

test("D64 a session that ended in the registry is followed by another", async (t) => {
  const body = JSON.stringify({ errors: [{ code: "BLOB_UPLOAD_UNKNOWN", message: "gone" }] });
  const proxy = await pushThrough(t, first(isLayerPut, { status: 404, body }));
  assert.equal(proxy.seen.filter(({ method }) => method === "PATCH").length, 0);
});

test("D66 a refused upload whose blob is there is a success", async (t) => {
  let refused = false;
  const body = JSON.stringify({ errors: [{ code: "BLOB_UPLOAD_INVALID", message: "cannot be updated" }] });
  const root = image([layer("a", size)]);
  const proxy = await startFaultRegistry(t, (request) => {
    if (isLayerPut(request)) refused = true;
    if (isLayerPut(request)) return { status: 400, body };
    const asked = request.method === "HEAD" && request.path.includes(root.layers[0]!.descriptor.digest);
    return asked && refused ? { status: 200, headers: { "content-length": String(size) } } : undefined;
  });
  await push(openSession(t), root, [`${proxy.host}/app:1`]);
  assert.equal(proxy.seen.filter(isLayerPut).length, 1);
});

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

test("67 413 to everything says that something takes no request so large", async (t) => {
  const proxy = await startFaultRegistry(t, ({ method, headers }) =>
    ["PUT", "PATCH"].includes(method) && Number(headers["content-length"]) > 0 ? { status: 413 } : undefined,
  );
  await assert.rejects(
    push(openSession(t), image([layer("a")]), [`${proxy.host}/app:1`]),
    /413.*no request as large/,
  );
});

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
