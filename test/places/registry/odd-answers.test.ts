import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import test, { type TestContext } from "node:test";
import {
  first,
  startFaultRegistry,
  startFront,
  type Fault,
  type Seen,
} from "../../support/fault-registry.js";
import { image, layer } from "./images.js";
import { assertReadable, openSession, push, pushThrough } from "./setup.js";

type Headers = Record<string, string | undefined>;

const isMount = ({ path }: Seen) => path.includes("mount=");
const isBlobPut = ({ method, path }: Seen) => method === "PUT" && path.includes("/blobs/uploads/");
const isQuestion = ({ method, path }: Seen) => method === "HEAD" && path.includes("/blobs/");
const isManifest = ({ path }: Seen) => path.includes("/manifests/");
const isTag = ({ path }: Pick<Seen, "path">) => path.endsWith("/manifests/1");

const refusals: readonly (readonly [string, Fault])[] = [
  ...[401, 403, 404, 405, 500].map((status) => [String(status), { status }] as const),
  ["a reset connection", { resetAfter: 0 }],
];
for (const [name, fault] of refusals) {
  test(`D68 a mount answered with ${name} becomes an upload`, async (t) => {
    const proxy = await startFaultRegistry(t, (request) => (isMount(request) ? fault : undefined));
    const root = image([layer("a")]);
    const names = [`${proxy.host}/one:1`, `${proxy.host}/two:1`];
    await push(openSession(t), root, names);
    const mounts = new Set(proxy.seen.filter(isMount).map(({ path }) => path));
    assert.equal(mounts.size, 2, "the layer and the configuration");
    assert.equal(proxy.seen.filter(isBlobPut).length, 4, "both of them into both repositories");
    for (const each of names) await assertReadable(openSession(t), root, each);
  });
}

test("D68 a mount answered with 202 is uploaded into the session it opened", async (t) => {
  let opened: string | undefined;
  const rewrite = (headers: Headers) => {
    opened = headers["location"];
    return headers;
  };
  const front = await startFaultRegistry(t, (request) => (isMount(request) ? { rewrite } : undefined));
  const root = image([layer("a")]);
  const absent = { ...layer("a"), origins: [{ registry: front.host, repository: "nobody" }] };
  await push(openSession(t), image([absent]), [`${front.host}/app:1`]);
  assert.equal(
    front.seen.filter(({ method }) => method === "POST").length,
    2,
    "one session for the layer, one for the configuration",
  );
  const { pathname } = new URL(opened!, `http://${front.host}`);
  const puts = front.seen.filter((request) => isBlobPut(request) && request.path.includes(pathname));
  assert.deepEqual(
    puts.map(({ bytes }) => bytes),
    [1000],
  );
  await assertReadable(openSession(t), root, `${front.host}/app:1`);
});

for (const status of [400, 401, 403, 404, 503]) {
  test(`D69 a question for a blob that is redirected to a ${status} means upload`, async (t) => {
    const store = await startFront(t, undefined, () => ({ status }));
    const front = await pushThrough(t, (request) =>
      isQuestion(request) ? { status: 307, headers: { location: `http://${store.host}/blob` } } : undefined,
    );
    assert.ok(store.seen.length > 0);
    assert.equal(front.seen.filter(isBlobPut).length, 2);
  });
}

test("D69 where HEAD is not allowed a blob is uploaded, and a manifest is asked for by GET", async (t) => {
  const rewrite = (headers: Headers) => ({ ...headers, "docker-content-digest": undefined });
  const noHead = (request: Seen): Fault | undefined => {
    if (request.method === "HEAD") return { status: 405 };
    return isManifest(request) ? { rewrite } : undefined;
  };
  const front = await pushThrough(t, noHead);
  assert.equal(front.seen.filter(isBlobPut).length, 2);
  assert.ok(front.seen.some((request) => request.method === "GET" && isManifest(request)));
  const changed = (request: Seen): Fault | undefined =>
    request.method === "GET" && isManifest(request)
      ? { swap: (body) => Buffer.alloc(body.length) }
      : noHead(request);
  await assert.rejects(pushThrough(t, changed), /took the manifest .* and does not have it/);
});

test("D69 a HEAD that says neither digest nor type is followed by GET, whose bytes decide", async (t) => {
  const rewrite = (headers: Headers) => ({
    ...headers,
    "docker-content-digest": undefined,
    ...(headers["content-type"]?.includes("manifest") === true ? { "content-type": undefined } : {}),
  });
  const mute = (request: Seen): Fault | undefined =>
    isManifest(request) && request.method !== "GET" ? { rewrite } : undefined;
  const front = await pushThrough(t, mute);
  assert.ok(front.seen.some((request) => request.method === "GET" && isManifest(request)));
  const changed = (request: Seen): Fault | undefined =>
    request.method === "GET" && isManifest(request)
      ? { swap: (body) => Buffer.alloc(body.length) }
      : mute(request);
  await assert.rejects(pushThrough(t, changed), /took the manifest .* and does not have it/);
});

for (const [by, matches] of [
  ["by digest", (request: Seen) => isManifest(request) && !isTag(request)],
  ["under a tag", isTag],
] as const) {
  test(`D71 a registry that answers a manifest ${by} with another digest stored different content`, async (t) => {
    const rewrite = (headers: Headers) => ({
      ...headers,
      "docker-content-digest": `sha256:${"0".repeat(64)}`,
    });
    await assert.rejects(
      pushThrough(t, (request) => (request.method === "PUT" && matches(request) ? { rewrite } : undefined)),
      /stored different content/,
    );
  });
}

const other = { "docker-content-digest": `sha256:${"0".repeat(64)}` };
for (const [what, question] of [
  ["does not know it", { status: 404 }],
  ["has another", { status: 200, headers: other }],
] as const) {
  for (const names of [true, false]) {
    test(`D71 a registry that took a manifest, ${names ? "with" : "without"} its digest, and then ${what} did not store it`, async (t) => {
      const rewrite = (headers: Headers) => ({
        ...headers,
        ...(names ? {} : { "docker-content-digest": undefined }),
      });
      const front = await startFaultRegistry(t, (request) => {
        if (!isManifest(request)) return undefined;
        return request.method === "HEAD" ? question : { rewrite };
      });
      await assert.rejects(
        push(openSession(t), image([layer("a")]), [`${front.host}/app:1`]),
        /took the manifest .* and does not have it/,
      );
      const puts = front.seen.filter((request) => request.method === "PUT" && isManifest(request));
      assert.equal(puts.length, 1);
      assert.ok(
        !front.seen.some(({ method, path }) => method === "PUT" && isTag({ path })),
        "the tag was moved",
      );
    });
  }
}

test("D71 a registry that knows a manifest only after a moment is asked again; one that will not say is believed", async (t) => {
  const waits: number[] = [];
  const isAsked = (request: Seen) => request.method === "HEAD" && isManifest(request);
  await pushThrough(t, first(isAsked, { status: 404 }, 3), waits);
  assert.equal(waits.length, 2);
  const front = await pushThrough(t, (request) => (isAsked(request) ? { status: 403 } : undefined));
  assert.equal(front.seen.filter(isAsked).length, 2, "before and after");
});

const html = { "content-type": "text/html" };
const sites: readonly (readonly [string, RequestListener])[] = [
  [
    "200 and a page",
    (_, response) => response.writeHead(200, { ...html, "content-length": 6 }).end("<html>"),
  ],
  ["200 and a page of no stated length", (_, response) => response.writeHead(200, html).end("<html>")],
  ["201 and a page", (_, response) => response.writeHead(201, html).end("<html>")],
  ["202 and a page", (_, response) => response.writeHead(202, html).end("<html>")],
  [
    "a redirect to its front page",
    ({ url }, response) =>
      (url === "/" ? response : response.writeHead(302, { location: "/" })).end("<html>"),
  ],
];
for (const [what, listener] of sites) {
  test(`D72 a web server that answers everything with ${what} is not pushed to`, async (t) => {
    const { host, methods } = await startSite(t, listener);
    const expected = { code: "ERR_GANTRY_REGISTRY", message: /does not answer as a registry does/ };
    await assert.rejects(push(openSession(t), image([layer("a")]), [`${host}/app:1`]), expected);
    assert.ok(!methods.has("PUT") && !methods.has("PATCH"), [...methods].join());
  });
}

/** A server that is no registry, and the methods it was asked with. */
async function startSite(t: TestContext, listener: RequestListener) {
  const methods = new Set<string>();
  const server = createServer((request, response) => {
    methods.add(request.method!);
    listener(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, methods };
}
