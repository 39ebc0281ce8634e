import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { followRedirects, resolveLocation } from "../../src/http/redirects.js";
import { compose, type HttpRequest, type RequestBody, type Send } from "../../src/http/send.js";
import { createTransport } from "../../src/http/transport.js";
import { startFront } from "../support/fault-registry.js";

function following(t: TestContext): Send {
  const transport = createTransport();
  t.after(() => transport.close());
  return compose(transport.send, followRedirects());
}

function get(url: string, extra: Partial<HttpRequest> = {}): HttpRequest {
  return { method: "GET", url: new URL(url), lane: "control", ...extra };
}

for (const status of [301, 302, 303, 307, 308]) {
  test(`D74 a ${status} to another port is followed without credentials and headers, within the origin with them`, async (t) => {
    const other = await startFront(t, undefined, () => ({ status: 200 }));
    const origin = await startFront(t, undefined, ({ path }) => {
      if (path === "/away") return { status, headers: { location: `http://${other.host}/x?signed=1` } };
      return path === "/here" ? { status, headers: { location: "/there" } } : { status: 200 };
    });
    const send = following(t);
    const headers = {
      authorization: "Basic canary",
      cookie: "canary",
      "x-own": "canary",
      "proxy-authorization": "canary",
      range: "bytes=1-",
    };
    (await send(get(`http://${origin.host}/away`, { headers }))).discard();
    (await send(get(`http://${origin.host}/here`, { headers }))).discard();
    assert.doesNotMatch(JSON.stringify(other.seen), /canary/);
    assert.equal(other.seen[0]!.headers["range"], "bytes=1-");
    assert.equal(origin.seen.at(-1)!.headers["authorization"], "Basic canary");
  });
}

test("D74 loops, too many hops, other schemes and metadata addresses are refused", async (t) => {
  const targets = ["/again", "file:///etc/passwd", "http://169.254.169.254/latest", "http://["];
  const proxy = await startFront(t, undefined, ({ path }) => ({
    status: 302,
    headers: { location: targets[Number(path.slice(1)) || 0]! },
  }));
  const send = following(t);
  await assert.rejects(send(get(`http://${proxy.host}/0`)), /redirected more than 10 times/);
  assert.equal(proxy.seen.length, 11);
  await assert.rejects(send(get(`http://${proxy.host}/1`)), /only http and https/);
  await assert.rejects(send(get(`http://${proxy.host}/2`)), /refused to connect/);
  await assert.rejects(send(get(`http://${proxy.host}/3`)), /not a URL/);
});

const hundred: RequestBody = {
  size: 100,
  replayable: true,
  open: async function* () {
    yield new Uint8Array(100);
  },
};

test("a redirected body is sent in full to the new place by 307", async (t) => {
  const proxy = await startFront(t, undefined, ({ path }) =>
    path === "/a" ? { status: 307, headers: { location: "/b" } } : { status: 201 },
  );
  const send = following(t);
  const response = await send(get(`http://${proxy.host}/a`, { method: "PUT", body: hundred }));
  assert.equal(response.status, 201);
  assert.deepEqual(
    proxy.seen.map(({ method, bytes }) => [method, bytes]),
    [
      ["PUT", 100],
      ["PUT", 100],
    ],
  );
});

test("D63 a Location from https to http is mended on the same host and refused elsewhere", () => {
  const base = new URL("https://r.test:8443/v2/app/blobs/uploads/");
  assert.equal(
    resolveLocation("http://r.test/v2/x?_state=a%2F+b", base).href,
    "https://r.test:8443/v2/x?_state=a%2F+b",
  );
  assert.throws(() => resolveLocation("http://other.test/", base), /from https to plain http/);
  assert.equal(resolveLocation("https://other.test:443/x#part", base).href, "https://other.test/x");
});
