import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import test, { type TestContext } from "node:test";
import { authenticate } from "../../src/http/auth.js";
import { followRedirects } from "../../src/http/redirects.js";
import {
  compose,
  type HttpRequest,
  type HttpResponse,
  type RequestBody,
  type Send,
} from "../../src/http/send.js";
import { createTransport } from "../../src/http/transport.js";
import { parseReference } from "../../src/model/reference.js";
import { openSession } from "../places/registry/setup.js";
import { startFront, type Front } from "../support/fault-registry.js";
import { stubNames } from "../support/stub-names.js";

const secret = "Y2FuYXJ5OmNhbmFyeQ==";
const own = {
  cookie: "canary",
  "proxy-authorization": "canary",
  "x-own": "canary",
  "private-token": "canary",
  accept: "application/json",
  range: "bytes=1-",
};

/** A client as a session makes it, with a password for one registry; behind it the network, or what stands for it. */
function client(t: TestContext, origin: string, network?: Send): Send {
  const transport = createTransport();
  t.after(() => transport.close());
  const auth = authenticate(
    { name: "registry", url: new URL(origin) },
    {
      find: () =>
        Promise.resolve({
          credential: { type: "password", username: "canary", password: "canary", source: "test" },
          notes: [],
        }),
      send: network ?? transport.send,
      monotonic: () => 0,
    },
  );
  return compose(network ?? transport.send, followRedirects(), auth.middleware);
}

function request(url: string, extra: Partial<HttpRequest> = {}): HttpRequest {
  return { method: "GET", url: new URL(url), lane: "control", headers: own, ...extra };
}

const hundred: RequestBody = {
  size: 100,
  replayable: true,
  open: async function* () {
    yield new Uint8Array(100);
  },
};

const unauthorized = { status: 401, headers: { "www-authenticate": 'Basic realm="r"' } };

/** A registry on "localhost" that wants a password and then redirects to the place in the query. */
async function redirecting(t: TestContext, status: number): Promise<Front & { readonly origin: string }> {
  const front = await startFront(t, undefined, ({ path, headers }) => {
    if (headers["authorization"] !== `Basic ${secret}`) return unauthorized;
    const to = new URL(path, "http://x").searchParams.get("to");
    return to === null ? { status: 200 } : { status, headers: { location: to } };
  });
  return { ...front, origin: `http://localhost:${front.host.split(":")[1]}` };
}

const statuses = [301, 302, 303, 307, 308];
const targets: readonly (readonly [string, (port: string) => string])[] = [
  ["another port", (port) => `http://localhost:${port}`],
  ["another host", (port) => `http://other.test:${port}`],
  ["a subdomain", (port) => `http://cdn.localhost:${port}`],
  ["the address of the same host", (port) => `http://127.0.0.1:${port}`],
];

for (const status of statuses) {
  for (const [what, urlOf] of targets) {
    test(`D74 a ${status} to ${what} carries no credentials and no headers of ours`, async (t) => {
      stubNames(t, { localhost: "127.0.0.1", "other.test": "127.0.0.1", "cdn.localhost": "127.0.0.1" });
      const other = await startFront(t, undefined, () => ({ status: 200 }));
      const { origin } = await redirecting(t, status);
      const to = `${urlOf(other.host.split(":")[1]!)}/x?signed=1`;
      const send = client(t, origin);
      const response = await send(request(`${origin}/?to=${encodeURIComponent(to)}`));
      assert.equal(response.status, 200);
      response.discard();
      assert.deepEqual(
        other.seen.map(({ method, path }) => [method, path]),
        [["GET", "/x?signed=1"]],
      );
      assertHarmless(other.seen[0]!.headers as IncomingHttpHeaders);
    });
  }

  test(`D74 a ${status} to an IPv6 address carries no credentials and no headers of ours`, async (t) => {
    const seen: IncomingHttpHeaders[] = [];
    const server = createServer((incoming, response) => {
      seen.push(incoming.headers);
      response.end();
    });
    server.listen(0, "::1");
    const listens = await once(server, "listening").then(
      () => true,
      () => false,
    );
    if (!listens) return t.skip("this machine has no IPv6");
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    stubNames(t, { localhost: "127.0.0.1" });
    const { origin } = await redirecting(t, status);
    const to = `http://[::1]:${(server.address() as AddressInfo).port}/`;
    (await client(t, origin)(request(`${origin}/?to=${encodeURIComponent(to)}`))).discard();
    assert.equal(seen.length, 1);
    assertHarmless(seen[0]!);
  });

  test(`D74 a ${status} within the origin keeps credentials and headers`, async (t) => {
    stubNames(t, { localhost: "127.0.0.1" });
    const { origin, seen } = await redirecting(t, status);
    (await client(t, origin)(request(`${origin}/?to=/there`))).discard();
    const last = seen.at(-1)!;
    assert.equal(last.path, "/there");
    assert.deepEqual([last.headers["authorization"], last.headers["x-own"]], [`Basic ${secret}`, "canary"]);
  });

  test(`D63 a ${status} from https to http is followed by https on the same host, and refused elsewhere`, async (t) => {
    const asked: HttpRequest[] = [];
    const network: Send = async (hop) => {
      asked.push(hop);
      const to = hop.url.searchParams.get("to");
      if (hop.headers?.["authorization"] === undefined) return answer(hop, 401, unauthorized.headers);
      return to === null ? answer(hop, 200) : answer(hop, status, { location: to });
    };
    const send = client(t, "https://registry.test:8443", network);
    const ask = (to: string) => send(request(`https://registry.test:8443/?to=${encodeURIComponent(to)}`));
    assert.equal((await ask("http://registry.test:5000/x?a=%2F+b")).status, 200);
    assert.equal(asked.at(-1)!.url.href, "https://registry.test:8443/x?a=%2F+b");
    for (const to of [
      "http://other.test/",
      "http://cdn.registry.test/",
      "http://127.0.0.1/",
      "http://[::1]/",
    ]) {
      await assert.rejects(ask(to), /from https to plain http at .*, which is refused/);
    }
    assert.deepEqual([...new Set(asked.map(({ url }) => url.host))], ["registry.test:8443"]);
  });
}

test("D74 a body that is redirected elsewhere goes without credentials", async (t) => {
  stubNames(t, { localhost: "127.0.0.1" });
  for (const status of [307, 308]) {
    const other = await startFront(t, undefined, () => ({ status: 201 }));
    const { origin } = await redirecting(t, status);
    const url = `${origin}/?to=${encodeURIComponent(`http://${other.host}/`)}`;
    const response = await client(t, origin)(request(url, { method: "PUT", body: hundred }));
    assert.equal(response.status, 201);
    assert.deepEqual(
      other.seen.map(({ method, bytes }) => [method, bytes]),
      [["PUT", 100]],
    );
    assertHarmless(other.seen[0]!.headers as IncomingHttpHeaders);
  }
});

test("D74 a way that leads elsewhere and back to the registry carries no credentials any more", async (t) => {
  stubNames(t, { localhost: "127.0.0.1" });
  const { origin, seen } = await redirecting(t, 307);
  const other = await startFront(t, undefined, () => ({
    status: 307,
    headers: { location: `${origin}/v2/secret` },
  }));
  const response = await client(
    t,
    origin,
  )(request(`${origin}/?to=${encodeURIComponent(`http://${other.host}/`)}`));
  assert.equal(response.status, 401);
  response.discard();
  const back = seen.filter(({ path }) => path === "/v2/secret");
  assert.equal(back.length, 1);
  assert.equal(back[0]!.headers["authorization"], undefined);
});

test("D74 a place elsewhere that wants credentials gets none, and its token server is not asked", async (t) => {
  stubNames(t, { localhost: "127.0.0.1" });
  const tokens = await startFront(t, undefined, () => ({ status: 200, body: '{"token":"t"}' }));
  for (const challenge of ['Basic realm="x"', `Bearer realm="http://${tokens.host}/token"`]) {
    const other = await startFront(t, undefined, () => ({
      status: 401,
      headers: { "www-authenticate": challenge },
    }));
    const front = await startFront(t, undefined, ({ headers, path }) => {
      if (headers["authorization"] === undefined) return unauthorized;
      return { status: 307, headers: { location: `http://${other.host}${path}` } };
    });
    const session = openSession(t, { credentials: () => ({ username: "canary", password: "canary" }) });
    await assert.rejects(
      session.source(parseReference(`${front.host}/a:1`)).resolve(),
      new RegExp(`${other.host}.* answered 401`),
    );
    assert.equal(other.seen.length, 1);
    assert.equal(other.seen[0]!.headers["authorization"], undefined);
  }
  assert.deepEqual(tokens.seen, []);
});

test("D74 ten hops are followed, the eleventh is not, wherever they lead", async (t) => {
  const hops = (limit: number) => {
    const fronts: string[] = [];
    const next = (path: string) => {
      const at = Number(path.slice(1));
      return at === limit
        ? { status: 200 }
        : { status: 302, headers: { location: `http://${fronts[(at + 1) % 2]}/${at + 1}` } };
    };
    return { fronts, next };
  };
  for (const [limit, ok] of [
    [10, true],
    [11, false],
  ] as const) {
    const { fronts, next } = hops(limit);
    for (let at = 0; at < 2; at++)
      fronts.push((await startFront(t, undefined, ({ path }) => next(path))).host);
    const send = client(t, `http://${fronts[0]}`);
    if (ok) assert.equal((await send(request(`http://${fronts[0]}/0`))).status, 200);
    else await assert.rejects(send(request(`http://${fronts[0]}/0`)), /redirected more than 10 times/);
  }
});

test("D74 a redirect to a file, to data, or to no URL is refused, and what it says is not repeated", async (t) => {
  for (const location of ["file:///etc/passwd", "data:text/plain,x", "ftp://x/", "http://[canary"]) {
    const front = await startFront(t, undefined, () => ({ status: 302, headers: { location } }));
    const failure = await client(
      t,
      `http://${front.host}`,
    )(request(`http://${front.host}/`)).catch((error: unknown) => error);
    assert.match(String(failure), /only http and https|not a URL/);
    assert.doesNotMatch(JSON.stringify(failure, Object.getOwnPropertyNames(failure)), /canary/);
  }
});

test("S2 a redirect, and one behind it, does not reach metadata services", async (t) => {
  stubNames(t, { "metadata.test": "169.254.169.254" });
  for (const host of ["169.254.169.254", "metadata.test", "[::ffff:a9fe:a9fe]", "2852039166"]) {
    const last = { status: 302, headers: { location: `http://${host}/latest/meta-data/` } };
    const other = await startFront(t, undefined, () => last);
    const front = await startFront(t, undefined, ({ path }) =>
      path === "/direct" ? last : { status: 302, headers: { location: `http://${other.host}/` } },
    );
    for (const path of ["direct", "chain"]) {
      await assert.rejects(
        client(t, `http://${front.host}`)(request(`http://${front.host}/${path}`)),
        /refused to connect/,
      );
    }
  }
});

function assertHarmless(headers: IncomingHttpHeaders): void {
  assert.doesNotMatch(JSON.stringify(headers), /canary|authorization/i);
  assert.ok(!JSON.stringify(headers).includes(secret));
  assert.equal(headers["accept"], "application/json");
  assert.equal(headers["range"], "bytes=1-");
}

function answer({ url }: HttpRequest, status: number, headers: Record<string, string> = {}): HttpResponse {
  return { status, headers, url, body: (async function* () {})(), discard: () => undefined };
}
