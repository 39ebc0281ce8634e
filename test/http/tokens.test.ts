import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import type { HttpRequest } from "../../src/http/send.js";
import { parseReference } from "../../src/model/reference.js";
import { createRegistry } from "../../src/server/registry.js";
import { bareSystem, image, layer } from "../places/registry/images.js";
import { assertReadable, openSession, push } from "../places/registry/setup.js";
import { startFront, type Fault, type Front, type Seen } from "../support/fault-registry.js";
import { ali, guarded } from "./guarded.js";

interface Scene {
  readonly tokens: Front;
  readonly registry: Front;
}

/** A registry that takes the token "good" alone, and a token server that answers as the test says. */
async function answering(t: TestContext, fault: (request: Seen) => Fault): Promise<Scene> {
  const tokens = await startFront(t, undefined, fault);
  const registry = await startFront(t, undefined, ({ headers }) =>
    headers["authorization"] === "Bearer good"
      ? { status: 404, body: '{"errors":[{"code":"MANIFEST_UNKNOWN"}]}' }
      : {
          status: 401,
          headers: { "www-authenticate": `Bearer realm="http://${tokens.host}/t",service="s"` },
        },
  );
  return { tokens, registry };
}

/** Reads an image that is not there: the registry says so where it takes the token. */
async function read(
  t: TestContext,
  { registry }: Scene,
  options: Parameters<typeof openSession>[1] = {},
): Promise<Error & { code?: string }> {
  const source = openSession(t, { credentials: ali, ...options }).source(
    parseReference(`${registry.host}/a:1`),
  );
  return source.resolve().then(
    () => new Error("it was found"),
    (error: unknown) => error as Error,
  );
}

const good = (fields: object): Fault => ({ status: 200, body: JSON.stringify(fields) });
const accepted: Readonly<Record<string, object>> = {
  "its token as token": { token: "good" },
  "its token as access_token": { access_token: "good" },
  "both names for its token": { token: "good", access_token: "other" },
  "an empty token beside access_token": { token: "", access_token: "good" },
  "expires_in 1": { token: "good", expires_in: 1 },
  "expires_in 0": { token: "good", expires_in: 0 },
  "a negative expires_in": { token: "good", expires_in: -5 },
  "expires_in as a text": { token: "good", expires_in: "300" },
  "an endless expires_in": { token: "good", expires_in: 1e300 },
  "issued_at in another year": { token: "good", issued_at: "1999-01-01T00:00:00Z", expires_in: 60 },
  "issued_at as nonsense": { token: "good", issued_at: "yesterday", expires_in: 60 },
  "a refresh token that nobody asked for": { token: "good", refresh_token: "more" },
  "64 KiB to the byte": { token: "good", pad: "x".repeat(65_536 - 25) },
};
for (const [what, fields] of Object.entries(accepted)) {
  test(`E87 a token server that answers with ${what} is understood`, async (t) => {
    const scene = await answering(t, () => good(fields));
    assert.equal((await read(t, scene)).code, "ERR_GANTRY_NOT_FOUND");
    assert.equal(scene.tokens.seen.length, 1);
  });
}

const refused: Readonly<Record<string, readonly [body: string, message: RegExp]>> = {
  "a page": ["<html>", /not JSON/],
  nothing: ["", /not JSON/],
  null: ["null", /no usable token/],
  "a list": ["[]", /no usable token/],
  "no token": ["{}", /no usable token/],
  "a number": ['{"token":5}', /no usable token/],
  "a line break in the token": ['{"token":"a\\r\\nb"}', /no usable token/],
  "64 KiB and a byte": [JSON.stringify({ token: "good", pad: "x".repeat(65_537 - 25) }), /more than 65536/],
  "a megabyte": [JSON.stringify({ token: "x".repeat(1_048_576) }), /more than 65536/],
};
for (const [what, [body, message]] of Object.entries(refused)) {
  test(`E87 a token server that answers with ${what} is an error, and is asked once`, async (t) => {
    const scene = await answering(t, () => ({ status: 200, body }));
    const error = await read(t, scene);
    assert.match(error.message, /the token server http:\/\/127.* answered with/);
    assert.match(error.message, message);
    assert.ok(error.message.length < 500);
    assert.equal(scene.tokens.seen.length, 1);
  });
}

for (const status of [404, 405]) {
  test(`E87 a GET that is answered ${status} becomes a POST with the password`, async (t) => {
    const scene = await answering(t, ({ method }) =>
      method === "GET" ? { status } : good({ token: "good" }),
    );
    assert.equal((await read(t, scene)).code, "ERR_GANTRY_NOT_FOUND");
    assert.deepEqual(
      scene.tokens.seen.map(({ method }) => method),
      ["GET", "POST"],
    );
  });
}

for (const status of [400, 401, 404, 405]) {
  test(`E87 a POST of an identity token that is answered ${status} becomes a GET with the password kept beside it`, async (t) => {
    const scene = await answering(t, ({ method }) =>
      method === "POST" ? { status } : good({ token: "good" }),
    );
    const entry = { identitytoken: "refresh", auth: Buffer.from("ali:pw").toString("base64") };
    const config = JSON.stringify({ auths: { [scene.registry.host]: entry } });
    const system = bareSystem({ DOCKER_AUTH_CONFIG: config });
    const error = await read(t, scene, { system, credentials: undefined });
    assert.equal(error.code, "ERR_GANTRY_NOT_FOUND");
    assert.deepEqual(
      scene.tokens.seen.map(({ method, headers }) => [method, headers["authorization"]]),
      [
        ["POST", undefined],
        ["GET", `Basic ${entry.auth}`],
      ],
    );
  });

  test(`E87 a POST of an identity token alone that is answered ${status} is an error, not an anonymous try`, async (t) => {
    const scene = await answering(t, () => ({ status }));
    const config = JSON.stringify({ auths: { [scene.registry.host]: { identitytoken: "refresh" } } });
    const system = bareSystem({ DOCKER_AUTH_CONFIG: config });
    const error = await read(t, scene, { system, credentials: undefined });
    assert.match(error.message, /did not accept the credentials of DOCKER_AUTH_CONFIG/);
    assert.equal(scene.tokens.seen.length, 1);
  });
}

for (const skew of [-3_600_000, 0, 3_600_000]) {
  test(`E89 a clock that is ${skew / 60_000} minutes off changes nothing: a token lasts from its receipt`, async (t) => {
    let monotonic = 0;
    const wall = Date.parse("2026-01-01T00:00:00Z");
    const scene = await answering(t, () =>
      good({ token: "good", expires_in: 300, issued_at: new Date(wall).toISOString() }),
    );
    const system = { ...bareSystem(), now: () => wall + skew, monotonic: () => monotonic };
    const session = openSession(t, { credentials: ali, system });
    const ask = () =>
      assert.rejects(session.source(parseReference(`${scene.registry.host}/a:1`)).resolve(), {
        code: "ERR_GANTRY_NOT_FOUND",
      });
    for (let at = 0; at < 20; at++) await ask();
    assert.equal(scene.tokens.seen.length, 1, "no storm");
    monotonic = 239_999;
    await ask();
    assert.equal(scene.tokens.seen.length, 1);
    monotonic = 240_001;
    await ask();
    assert.equal(scene.tokens.seen.length, 2, "renewed before its last fifth");
  });
}

test("E90 a wrong password is sent once, however many layers and scopes a push has", async (t) => {
  const { proxy, tokens } = await guarded(t);
  const layers = Array.from({ length: 12 }, (_, at) => layer(`${at}`));
  const session = openSession(t, { credentials: () => ({ username: "ali", password: "wrong-canary" }) });
  for (let round = 0; round < 2; round++) {
    await assert.rejects(push(session, image(layers), [`${proxy.host}/app:1`]), {
      code: "ERR_GANTRY_UNAUTHORIZED",
      message: /did not accept the credentials of the caller/,
    });
  }
  assert.equal(tokens.requests.length, 1, "nor in the same session again");
});

test("E90 a wrong password for Basic is sent once, by however many requests at the same time", async (t) => {
  const front = await startFront(t, undefined, () => ({
    status: 401,
    headers: { "www-authenticate": 'Basic realm="r"' },
  }));
  const session = openSession(t, { credentials: () => ({ username: "ali", password: "wrong-canary" }) });
  const host = await session.open(front.host);
  const ask = (path: string): HttpRequest => ({
    method: "GET",
    url: host.at(`app/manifests/${path}`),
    lane: "control",
    scopes: ["repository:app:pull"],
  });
  const replies = await Promise.all(Array.from({ length: 12 }, (_, at) => host.call(ask(`${at}`))));
  assert.ok(replies.every(({ status }) => status === 401));
  assert.equal((await host.call(ask("later"))).status, 401);
  assert.equal(front.seen.filter(({ headers }) => headers["authorization"] !== undefined).length, 1);
  await assert.rejects(push(session, image([layer("a")]), [`${front.host}/app:1`]), {
    code: "ERR_GANTRY_UNAUTHORIZED",
    message: /the credentials are those of the caller/,
  });
  assert.equal(front.seen.filter(({ headers }) => headers["authorization"] !== undefined).length, 1);
});

test("E90 a right password for Basic goes with every request, whatever each of them is answered", async (t) => {
  const registry = await createRegistry();
  t.after(() => registry.close());
  const front = await startFront(t, registry.host, ({ headers }) =>
    headers["authorization"] === undefined
      ? { status: 401, headers: { "www-authenticate": 'Basic realm="r"' } }
      : undefined,
  );
  const root = image(Array.from({ length: 12 }, (_, at) => layer(`${at}`)));
  const session = openSession(t, { credentials: ali });
  await push(session, root, [`${front.host}/app:1`]);
  await assertReadable(session, root, `${front.host}/app:1`);
  assert.ok(front.seen.filter(({ headers }) => headers["authorization"] !== undefined).length > 20);
});

test("E91 a mount for which the token is not enough asks for the wider one once, then uploads", async (t) => {
  const grants = { mine: ["pull", "push"], other: [] };
  const users = { ali: { password: "canary-secret", grants } };
  const { proxy, tokens } = await guarded(t, { users });
  const own = { ...layer("a"), origins: [{ registry: proxy.host, repository: "other" }] };
  const session = openSession(t, { credentials: ali });
  await push(session, image([own]), [`${proxy.host}/mine:1`]);
  await assertReadable(session, image([layer("a")]), `${proxy.host}/mine:1`);
  const wide = tokens.requests.filter(({ parameters }) => parameters.getAll("scope").length === 2);
  assert.equal(wide.length, 2, "one, and a fresh one where it was refused");
  const mounts = proxy.seen.filter(({ path }) => path.includes("mount="));
  assert.equal(mounts.length, 2, "once with each");
  const uploads = proxy.seen.filter(({ method, path }) => method === "POST" && !path.includes("mount="));
  assert.equal(uploads.length, 2, "the layer's and the configuration's");
});

test("E91 a scope that the registry itself asks for is added once, and a second refusal is final", async (t) => {
  const tokens = await startFront(t, undefined, () => good({ token: "weak" }));
  const registry = await startFront(t, undefined, () => ({
    status: 401,
    headers: {
      "www-authenticate": `Bearer realm="http://${tokens.host}/t",scope="repository:a:pull repository:b:pull",error="insufficient_scope"`,
    },
  }));
  const error = await read(t, { tokens, registry });
  assert.equal(error.code, "ERR_GANTRY_UNAUTHORIZED");
  assert.equal(registry.seen.length, 2);
  assert.deepEqual(
    tokens.seen.map(({ path }) => new URL(path, "http://t").searchParams.getAll("scope")),
    [["repository:a:pull", "repository:b:pull"]],
  );
});

for (const scheme of ["bearer", "basic"]) {
  test(`E93 refused credentials for an image that everybody may read are an error with a hint, never a silent try without (${scheme})`, async (t) => {
    const tokens = await startFront(t, undefined, ({ headers }) =>
      headers["authorization"] === undefined ? good({ token: "good" }) : { status: 401 },
    );
    const registry = await startFront(t, undefined, ({ headers, path }) => {
      if (scheme === "bearer" && headers["authorization"] === "Bearer good") return { status: 404 };
      const challenge = scheme === "basic" ? 'Basic realm="r"' : `Bearer realm="http://${tokens.host}/t"`;
      assert.notEqual(path, "");
      return { status: 401, headers: { "www-authenticate": challenge } };
    });
    const error = await read(t, { tokens, registry });
    assert.equal(error.code, "ERR_GANTRY_UNAUTHORIZED");
    assert.match(
      error.message,
      new RegExp(`credentials .*of the caller.*if the image is public, .*"gantry logout ${registry.host}"$`),
    );
    const asked = tokens.seen.map(({ headers }) => headers["authorization"] !== undefined);
    assert.deepEqual(asked, scheme === "bearer" ? [true] : []);
  });
}

test("E93 a push has no such hint: nobody pushes without credentials", async (t) => {
  const { proxy } = await guarded(t);
  const session = openSession(t, { credentials: () => ({ username: "ali", password: "wrong" }) });
  await assert.rejects(push(session, image([layer("a")]), [`${proxy.host}/app:1`]), (error: Error) => {
    assert.doesNotMatch(error.message, /public/);
    return true;
  });
});
