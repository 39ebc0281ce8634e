import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { authenticate } from "../../../src/http/auth.js";
import { createBackoff } from "../../../src/http/retry.js";
import { compose, type Send } from "../../../src/http/send.js";
import { createHost } from "../../../src/places/registry/host.js";
import { uploadBlob } from "../../../src/places/registry/upload.js";
import { certificateFile } from "../../support/certificates.js";
import { startFaultRegistry, startFront, type Faults } from "../../support/fault-registry.js";
import { startHttps } from "../../support/https-front.js";
import { createRegistry } from "../../../src/registry.js";
import { image, layer } from "./images.js";
import { assertReadable, openSession, push } from "./setup.js";

const blob = layer("a");
const { digest } = blob.descriptor;

/** Another Location for every upload that begins, made of its path. */
function locating(locate: (path: string) => string): Faults {
  return ({ method, headers }) => {
    if (method !== "POST") return undefined;
    const at = (location: string) => new URL(location, `http://${String(headers["host"])}`).pathname;
    return { rewrite: (answer) => ({ ...answer, location: locate(at(answer["location"]!)) }) };
  };
}

const other = `sha256:${"0".repeat(64)}`;
const session = "/v2/app/blobs/uploads/";
const forms: readonly (readonly [
  what: string,
  locate: (path: string, host: string) => string,
  query?: string,
])[] = [
  ["a path", (path) => path],
  ["a path relative to the request", (path) => path.slice(session.length)],
  ["an absolute URL", (path, host) => `http://${host}${path}`],
  ["a URL without a scheme", (path, host) => `//${host}${path}`],
  ["a host and a path without a scheme", (path, host) => `${host}${path}`],
  ["a name and a path without a scheme", (path, host) => `localhost:${host.split(":")[1]}${path}`],
  ["with a query", (path) => `${path}?_state=a%2Fb+c==&x=%2F+`, "_state=a%2Fb+c==&x=%2F+&"],
  ["with a query of odd spelling", (path) => `${path}?sig=%2f~%7e;a&&b`, "sig=%2f~%7e;a&&b&"],
  ["with a digest already", (path) => `${path}?digest=${other}&_state=x`, "_state=x&"],
  [
    "with this digest already",
    (path) => `${path}?_state=x&digest=${encodeURIComponent(digest)}`,
    "_state=x&",
  ],
  ["with a fragment", (path) => `${path}?_state=x#part`, "_state=x&"],
];

for (const [what, locate, query = ""] of forms) {
  test(`D62 an upload's Location may be ${what}; the blob goes there, to the byte`, async (t) => {
    const front = await startFaultRegistry(t);
    const ids: string[] = [];
    front.strike(locating((path) => (ids.push(path), locate(path, front.host))));
    const root = image([blob]);
    await push(openSession(t), root, [`${front.host}/app:1`]);
    const puts = front.seen.filter(({ method, path }) => method === "PUT" && path.includes(digest));
    const expected = ids.map((path) => `${path}?${query}digest=${digest}`);
    assert.equal(puts.length, 1);
    assert.ok(expected.includes(puts[0]!.path), puts[0]!.path);
    front.strike([]);
    await assertReadable(openSession(t), root, `${front.host}/app:1`);
  });
}

test("D62 an upload's Location may be on another host; the blob goes there, to the byte", async (t) => {
  const registry = await createRegistry();
  t.after(() => registry.close());
  const [front, storage] = [await startFront(t, registry.host), await startFront(t, registry.host)];
  front.strike(locating((path) => `http://${storage.host}${path}?_state=a%2Fb+c==&x=%2F+`));
  const root = image([blob]);
  await push(openSession(t), root, [`${front.host}/app:1`]);
  assert.equal(front.seen.filter(({ path }) => path.startsWith(session) && path !== session).length, 0);
  const put = storage.seen.find(({ path }) => path.includes(digest));
  assert.match(
    String(put?.path),
    new RegExp(`^${session}\\w+\\?_state=a%2Fb\\+c==&x=%2F\\+&digest=${digest}$`),
  );
  await assertReadable(openSession(t), root, `${front.host}/app:1`);
});

for (const [what, location] of [
  ["no Location", undefined],
  ["an empty Location", ""],
] as const) {
  test(`D62 an upload with ${what} is a clear error, and nothing is sent`, async (t) => {
    const front = await startFaultRegistry(t, [
      { method: "POST", fault: { rewrite: (answer) => ({ ...answer, location }) } },
    ]);
    await assert.rejects(
      push(openSession(t), image([blob]), [`${front.host}/app:1`]),
      /does not answer as a registry does: the beginning of an upload has no Location/,
    );
    assert.deepEqual(
      front.seen.filter(({ method }) => method === "PUT" || method === "PATCH"),
      [],
    );
  });
}

/** Uploads to a registry that wants a password and names this Location: the URL it is sent to, and the password. */
async function uploadTo(registry: string, location: string) {
  const url = new URL(`https://${registry}`);
  const sent: (readonly [url: string, authorization: string | undefined])[] = [];
  const network: Send = (request) => {
    const authorization = request.headers?.["authorization"];
    const challenge = { "www-authenticate": 'Basic realm="r"' };
    if (request.method === "PUT") sent.push([request.url.href, authorization]);
    const [status, headers] =
      request.method === "PUT"
        ? [201, {}]
        : authorization === undefined
          ? [401, challenge]
          : [202, { location }];
    const body = (async function* (): AsyncGenerator<Uint8Array> {})();
    return Promise.resolve({ status, headers, url: request.url, body, discard: () => undefined });
  };
  const given = { type: "password", username: "a", password: "b", source: "test" } as const;
  const find = () => Promise.resolve({ credential: given, notes: [] });
  const auth = authenticate({ name: registry, url }, { find, send: network, monotonic: () => 0 });
  const still = { now: () => 0, monotonic: () => 0, random: () => 0, wait: () => Promise.resolve() };
  const send = compose(network, auth.middleware);
  const host = createHost(registry, { url, send, auth, backoff: createBackoff(still) });
  await uploadBlob({ host, repository: "app" }, blob, {});
  return sent;
}

test("D62 port 443 is https's own: with it and without it a Location is on the same host, elsewhere it is not", async () => {
  const own = `Basic ${Buffer.from("a:b").toString("base64")}`;
  for (const [registry, location, expected, authorization] of [
    ["r.test", "https://r.test:443/v2/x?_state=a%2F", "https://r.test/v2/x?_state=a%2F", own],
    ["r.test:443", "https://r.test/v2/x?_state=a%2F", "https://r.test/v2/x?_state=a%2F", own],
    ["r.test", "r.test:443/v2/x?_state=a%2F", "https://r.test/v2/x?_state=a%2F", own],
    ["r.test:8443", "https://r.test:443/v2/x?_state=a%2F", "https://r.test/v2/x?_state=a%2F", undefined],
    ["r.test:8443", "https://r.test:8443/v2/x?_state=a%2F", "https://r.test:8443/v2/x?_state=a%2F", own],
  ] as const) {
    assert.deepEqual(await uploadTo(registry, location), [[`${expected}&digest=${digest}`, authorization]]);
  }
});

/** A registry behind TLS that does not know of it. */
async function startSecure(t: TestContext) {
  const registry = await startFaultRegistry(t);
  const front = await startHttps(t, registry.host);
  const host = `localhost:${front.port}`;
  const session = openSession(t, {
    registries: { [host]: { plainHttp: false } },
    caFiles: [certificateFile("ca.crt")],
  });
  return { registry, front, host, session };
}

test("D63 an upload's Location from https to http on the same host is mended, with its query to the byte", async (t) => {
  for (const named of ["localhost:PORT", "localhost", "localhost:5000"]) {
    const { registry, front, host, session: secure } = await startSecure(t);
    const to = named.replace("PORT", String(front.port));
    registry.strike(locating((path) => `http://${to}${path}?_state=a%2Fb+c==`));
    const root = image([blob]);
    await push(secure, root, [`${host}/app:1`]);
    const put = front.seen.find((each) => each.startsWith("PUT") && each.includes(digest));
    assert.match(String(put), new RegExp(`${session}\\w+\\?_state=a%2Fb\\+c==&digest=${digest}$`));
    await assertReadable(secure, root, `${host}/app:1`);
  }
});

test("D63 an upload's Location from https to http on another host is refused, and nothing is sent there", async (t) => {
  const elsewhere = await startFront(t, undefined, () => ({ status: 201 }));
  const { registry, host, session: secure } = await startSecure(t);
  registry.strike(locating((path) => `http://${elsewhere.host}${path}`));
  await assert.rejects(
    push(secure, image([blob]), [`${host}/app:1`]),
    /pointed from https to plain http at 127\.0\.0\.1:\d+, which is refused/,
  );
  assert.deepEqual(elsewhere.seen, []);
});
