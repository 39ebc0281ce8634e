import assert from "node:assert/strict";
import test from "node:test";
import { parseChallenges, selectChallenge } from "../../src/http/challenge.js";
import type { GantryEvent } from "../../src/model/events.js";
import { parseReference } from "../../src/model/reference.js";
import { verifyCredentials } from "../../src/places/registry/login.js";
import { createRegistry } from "../../src/server/registry.js";
import { bareSystem, image, layer } from "../places/registry/images.js";
import { startFront } from "../support/fault-registry.js";
import { assertReadable, openSession, push } from "../places/registry/setup.js";
import { ali, guarded } from "./guarded.js";

test("challenges are read with several schemes, quotes and escapes", () => {
  assert.deepEqual(
    parseChallenges(
      'Negotiate, Basic realm="a \\"b\\", c", Bearer realm="https://x/t",service=y,scope="repository:a:pull,push"',
    ),
    [
      { scheme: "basic", parameters: { realm: 'a "b", c' } },
      {
        scheme: "bearer",
        parameters: { realm: "https://x/t", service: "y", scope: "repository:a:pull,push" },
      },
    ],
  );
  assert.equal(selectChallenge("Negotiate YII="), undefined);
  assert.equal(selectChallenge('Negotiate, BASIC realm="x"')?.scheme, "basic");
  assert.equal(selectChallenge(undefined), undefined);
});

test("a push asks for each repository's token once, however many requests wait for it", async (t) => {
  const { proxy, tokens } = await guarded(t);
  const root = image(Array.from({ length: 8 }, (_, at) => layer(`${at}`)));
  const session = openSession(t, { credentials: ali });
  await push(session, root, [`${proxy.host}/one:1`]);
  assert.deepEqual(
    tokens.requests.map(({ parameters }) => parameters.getAll("scope")),
    [["repository:one:pull,push"]],
  );
  await assertReadable(session, root, `${proxy.host}/one:1`);
  assert.equal(tokens.requests.length, 2, "one more, for pulling");
});

test("a mount asks for both repositories, the pushed one first", async (t) => {
  const { proxy, tokens } = await guarded(t);
  const root = image([layer("a")]);
  await push(openSession(t, { credentials: ali }), root, [`${proxy.host}/one:1`, `${proxy.host}/two:1`]);
  const double = tokens.requests
    .map(({ parameters }) => parameters.getAll("scope"))
    .find((scopes) => scopes.length === 2);
  assert.match(double!.join(" "), /^repository:(one|two):pull,push repository:(one|two):pull$/);
});

test("E91 a mount whose source may not be read is an upload", async (t) => {
  const grants = { mine: ["pull", "push"], other: [] };
  const { proxy } = await guarded(t, { users: { ali: { password: "canary-secret", grants } } });
  const own = { ...layer("a"), origins: [{ registry: proxy.host, repository: "other" }] };
  const session = openSession(t, { credentials: ali });
  await push(session, image([own]), [`${proxy.host}/mine:1`]);
  await assertReadable(session, image([layer("a")]), `${proxy.host}/mine:1`);
});

test("what everybody may read is read with a token and no password", async (t) => {
  const { proxy, tokens } = await guarded(t);
  const root = image([layer("a")]);
  await push(openSession(t, { credentials: ali }), root, [`${proxy.host}/public:1`]);
  const before = tokens.requests.length;
  await assertReadable(openSession(t), root, `${proxy.host}/public:1`);
  assert.ok(tokens.requests.slice(before).every(({ authorization }) => authorization === undefined));
});

test("E87 the token may be called access_token and have no expires_in", async (t) => {
  for (const field of ["token", "access_token"] as const) {
    const { proxy, tokens } = await guarded(t, { field, lifetime: undefined });
    await push(openSession(t, { credentials: ali }), image([layer("a")]), [`${proxy.host}/app:1`]);
    assert.equal(tokens.requests.length, 1);
  }
});

test("E87 a token server that knows only POST is asked by POST", async (t) => {
  for (const status of [404, 405]) {
    const { proxy, tokens } = await guarded(t, {
      refuse: ({ method }) => (method === "GET" ? status : undefined),
    });
    await push(openSession(t, { credentials: ali }), image([layer("a")]), [`${proxy.host}/app:1`]);
    assert.equal(tokens.requests.at(-1)!.parameters.get("grant_type"), "password");
  }
});

test("an identity token is traded by POST", async (t) => {
  const { proxy, tokens } = await guarded(t);
  const config = JSON.stringify({ auths: { [proxy.host]: { identitytoken: "refresh-ali" } } });
  await push(openSession(t, { system: bareSystem({ DOCKER_AUTH_CONFIG: config }) }), image([layer("a")]), [
    `${proxy.host}/app:1`,
  ]);
  assert.deepEqual(
    tokens.requests.map(({ method, parameters }) => [method, parameters.get("grant_type")]),
    [["POST", "refresh_token"]],
  );
});

for (const [what, body] of [
  ["a page", "<html>"],
  ["no token", "{}"],
  ["a token with a line break", '{"token":"a\\r\\nb"}'],
  ["too much", `{"token":"${"x".repeat(70_000)}"}`],
] as const) {
  test(`E87 a token server that answers with ${what} is an error`, async (t) => {
    const server = await startFront(t, undefined, () => ({ status: 200, body }));
    const proxy = await startFront(t, undefined, () => ({
      status: 401,
      headers: { "www-authenticate": `Bearer realm="http://${server.host}/token"` },
    }));
    await assert.rejects(
      openSession(t)
        .source(parseReference(`${proxy.host}/a:1`))
        .resolve(),
      /the token server .* answered with/,
    );
  });
}

test("E88 a token that ends while a body is on its way leads to a new token and a new session", async (t) => {
  let ended = false;
  const { proxy, tokens } = await guarded(t, {}, ({ method, path }, server) => {
    if (method !== "PUT" || !path.includes("/blobs/") || ended) return undefined;
    ended = true;
    server.revoke();
    return undefined;
  });
  const root = image([layer("a", 200_000)]);
  const session = openSession(t, { credentials: ali });
  await push(session, root, [`${proxy.host}/app:1`]);
  assert.ok(tokens.requests.length >= 2);
  await assertReadable(session, root, `${proxy.host}/app:1`);
});

test("E89 a token is renewed before its end by our own clock", async (t) => {
  const { proxy, tokens } = await guarded(t, { lifetime: 300 });
  let clock = 0;
  const session = openSession(t, { credentials: ali, system: { ...bareSystem(), monotonic: () => clock } });
  const source = session.source(parseReference(`${proxy.host}/app:1`));
  const ask = () => assert.rejects(source.resolve(), { code: "ERR_GANTRY_NOT_FOUND" });
  await ask();
  clock = 239_000;
  await ask();
  assert.equal(tokens.requests.length, 1);
  clock = 241_000;
  await ask();
  assert.equal(tokens.requests.length, 2);
});

test("E90 a wrong password is tried once and the message says whose it is, not what it is", async (t) => {
  const { proxy, tokens } = await guarded(t);
  const session = openSession(t, { credentials: () => ({ username: "ali", password: "canary-wrong" }) });
  await assert.rejects(
    push(session, image([layer("a")]), [`${proxy.host}/app:1`]),
    (error: Error & { code: string }) => {
      assert.equal(error.code, "ERR_GANTRY_UNAUTHORIZED");
      assert.match(error.message, /did not accept the credentials of the caller/);
      assert.doesNotMatch(JSON.stringify(error, Object.getOwnPropertyNames(error)), /canary|Y2FuYXJ5/);
      return true;
    },
  );
  assert.equal(tokens.requests.length, 1);
});

test("without credentials the message says how to log in", async (t) => {
  const { proxy } = await guarded(t);
  await assert.rejects(
    push(openSession(t), image([layer("a")]), [`${proxy.host}/app:1`]),
    /no credentials for 127\.0\.0\.1:\d+ were found; log in with "gantry login 127/,
  );
});

test("credentials that are looked up are those asked for: an open registry costs no look", async (t) => {
  const registry = await createRegistry();
  t.after(() => registry.close());
  let looks = 0;
  const session = openSession(t, { credentials: () => void looks++ as undefined });
  const events: GantryEvent[] = [];
  await push(session, image([layer("a")]), [`${registry.host}/app:1`], { events });
  assert.equal(looks, 0);
});

test("login checks a password against /v2/", async (t) => {
  const { proxy } = await guarded(t);
  const system = bareSystem();
  assert.equal(await verifyCredentials({ registry: proxy.host, ...ali(), system }), true);
  await assert.rejects(
    verifyCredentials({ registry: proxy.host, username: "ali", password: "wrong", system }),
    { code: "ERR_GANTRY_UNAUTHORIZED" },
  );
  const open = await createRegistry();
  t.after(() => open.close());
  assert.equal(await verifyCredentials({ registry: open.host, ...ali(), system }), false);
});
