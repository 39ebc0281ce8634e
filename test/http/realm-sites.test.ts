import assert from "node:assert/strict";
import test from "node:test";
import type { Credential } from "../../src/http/credentials.js";
import { createRedactor } from "../../src/http/redact.js";
import type { HttpResponse, Send } from "../../src/http/send.js";
import { fetchToken } from "../../src/http/token.js";
import type { GantryEvent } from "../../src/model/events.js";
import { parseReference } from "../../src/model/reference.js";
import { bareSystem } from "../places/registry/images.js";
import { openSession } from "../places/registry/setup.js";
import { startFront } from "../support/fault-registry.js";
import { home } from "./credential-home.js";

const credential: Credential = { type: "password", username: "u", password: "canary", source: "the test" };

/** The warnings about a registry at `url` that names `realm`. */
async function warningsOf(
  url: string,
  realm: string,
  { anonymous = false }: { readonly anonymous?: boolean } = {},
): Promise<string[]> {
  const events: GantryEvent[] = [];
  const send: Send = (request) =>
    Promise.resolve<HttpResponse>({
      status: 200,
      headers: {},
      url: request.url,
      body: (async function* () {
        yield Buffer.from('{"token":"t"}');
      })(),
      discard: () => undefined,
    });
  await fetchToken({
    registry: { name: new URL(url).host, url: new URL(url) },
    challenge: { scheme: "bearer", parameters: { realm } },
    scopes: [],
    credential: anonymous ? undefined : credential,
    redactor: createRedactor(),
    send,
    onEvent: (event) => void events.push(event),
  });
  return events.flatMap((event) => (event.type === "warning" ? [event.message] : []));
}

for (const [registry, realm] of [
  ["https://registry-1.docker.io", "https://auth.docker.io/token"],
  ["https://ghcr.io", "https://ghcr.io/token"],
  ["https://registry.gitlab.com", "https://gitlab.com/jwt/auth"],
  ["https://quay.io", "https://quay.io/v2/auth"],
  ["https://europe-docker.pkg.dev", "https://europe-docker.pkg.dev/v2/token"],
  ["https://me.azurecr.io", "https://me.azurecr.io/oauth2/token"],
  ["https://registry.example.co.uk", "https://auth.example.co.uk/token"],
  ["https://10.0.0.1:5000", "https://10.0.0.1:5001/token"],
  ["http://localhost:5000", "http://127.0.0.1:5001/token"],
] as const) {
  test(`S2 ${registry} has its tokens made at ${realm}, which is no news`, async () => {
    assert.deepEqual(await warningsOf(registry, realm), []);
  });
}

for (const [registry, realm] of [
  ["https://registry.example.com", "https://auth.example.net/token"],
  ["https://registry.example.co.uk", "https://other.co.uk/token"],
  ["https://10.0.0.1:5000", "https://10.1.0.1:5000/token"],
  ["https://registry.docker.io.example.com", "https://auth.docker.io/token"],
  ["http://localhost:5000", "https://auth.example.com/token"],
] as const) {
  test(`S2 credentials of ${registry} that go to ${realm} are told of`, async () => {
    const [warning, ...rest] = await warningsOf(registry, realm);
    assert.ok(warning!.includes(new URL(realm).host) && warning!.includes("the test"), warning);
    assert.doesNotMatch(warning!, /canary/);
    assert.deepEqual(rest, []);
    assert.deepEqual(
      await warningsOf(registry, realm, { anonymous: true }),
      [],
      "without credentials nothing is sent",
    );
  });
}

test("a helper that fails is told of once, though other credentials or none will do", async (t) => {
  const front = await startFront(t, undefined, ({ headers }) =>
    headers["authorization"] === undefined
      ? { status: 401, headers: { "www-authenticate": 'Basic realm="r"' } }
      : { status: 404 },
  );
  const entry = { auth: Buffer.from("u:pw").toString("base64") };
  const config = { credsStore: "is-missing", auths: { [front.host]: entry } };
  const folder = await home(t, { ".docker/config.json": config });
  const session = openSession(t, { system: bareSystem({ PATH: "/nonexistent" }, folder) });
  const events: GantryEvent[] = [];
  for (const tag of ["1", "2", "3"]) {
    const source = session.source(parseReference(`${front.host}/app:${tag}`));
    await assert.rejects(source.resolve(undefined, { onEvent: (event) => void events.push(event) }), {
      code: "ERR_GANTRY_NOT_FOUND",
    });
  }
  const warnings = events.filter((event) => event.type === "warning");
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ["credentials-source"],
  );
  assert.match(warnings[0]!.message, /docker-credential-is-missing.*not in PATH/);
});
