import assert from "node:assert/strict";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { inspect } from "node:util";
import { parseReference } from "../../../src/model/reference.js";
import type { GantryEvent } from "../../../src/model/events.js";
import { certificate, certificateFile } from "../../support/certificates.js";
import { startFaultRegistry } from "../../support/fault-registry.js";
import { startForwardProxy } from "../../support/forward-proxy.js";
import { startHttps } from "../../support/https-front.js";
import { scratchFolder } from "../../support/scratch-folder.js";
import { stubNames } from "../../support/stub-names.js";
import type { ServerOptions } from "node:https";
import { bareSystem, bytesOf, image, layer } from "./images.js";
import { assertReadable, openSession, push } from "./setup.js";

/** A registry behind TLS on this machine, which settings make https. */
async function startSecure(t: TestContext, options: ServerOptions & { readonly named?: string } = {}) {
  const registry = await startFaultRegistry(t);
  const front = await startHttps(t, registry.host, options);
  const host = `localhost:${front.port}`;
  const resolve = (more: object) =>
    openSession(t, { registries: { [host]: { plainHttp: false } }, ...more })
      .source(parseReference(`${host}/app:1`))
      .resolve();
  return { host, front, resolve };
}

const ca = certificateFile("ca.crt");

test("D76 a registry is trusted by --ca-file, by its settings, by its certs.d folder, and by nothing less", async (t) => {
  const home = await scratchFolder(t);
  const { host, resolve } = await startSecure(t);
  const found = { code: "ERR_GANTRY_NOT_FOUND" };
  await assert.rejects(resolve({}), /unable to verify.*name its authority's certificate with --ca-file/);
  await assert.rejects(resolve({ caFiles: [ca] }), found);
  await assert.rejects(resolve({ registries: { [host]: { plainHttp: false, ca: [ca] } } }), found);
  const folder = join(home, ".config", "containers", "certs.d", host);
  mkdirSync(folder, { recursive: true });
  cpSync(ca, join(folder, "own.crt"));
  // A certificate says that the registry speaks https, though it is on this machine.
  await assert.rejects(resolve({ registries: {}, system: bareSystem({}, home) }), found);
  const extra = bareSystem({ NODE_EXTRA_CA_CERTS: ca });
  await assert.rejects(resolve({ system: extra, caFiles: [certificateFile("alone.crt")] }), found);
});

const refusals: readonly (readonly [
  what: string,
  options: ServerOptions & { readonly named?: string },
  message: RegExp,
])[] = [
  ["has expired", { named: "expired" }, /certificate has expired.*its owner must renew it/],
  ["is for another name", { named: "elsewhere" }, /does not match.*ask for it by a name its certificate has/],
  ["signs itself", { named: "alone" }, /self.signed certificate.*--ca-file/],
  [
    "wants a client certificate",
    { requestCert: true, rejectUnauthorized: true, ca: [certificate("server").cert] },
    /wants a client certificate.*cert and key/,
  ],
  ...(["TLSv1", "TLSv1.1"] as const).map(
    (version) =>
      [
        `knows only ${version}`,
        { minVersion: version, maxVersion: version, ciphers: "DEFAULT@SECLEVEL=0" },
        /older than TLS 1\.2/,
      ] as const,
  ),
];
for (const [what, options, message] of refusals) {
  test(`D76 a server that ${what} is an error that says so and what to do`, async (t) => {
    const { resolve } = await startSecure(t, options);
    await assert.rejects(resolve({ caFiles: [ca] }), (error: Error) => {
      assert.match(error.message, message);
      assert.ok(!error.message.includes("\n"));
      return true;
    });
  });
}

test("D76 a client certificate comes from the settings or certs.d, and goes to its registry alone", async (t) => {
  const authority = [certificate("server").cert];
  const mutual = {
    requestCert: true,
    rejectUnauthorized: true,
    ca: [...authority, (await import("node:fs")).readFileSync(ca)],
  };
  const { host, resolve } = await startSecure(t, mutual);
  const [cert, key] = [certificateFile("client.crt"), certificateFile("client.key")];
  await assert.rejects(resolve({ registries: { [host]: { ca: [ca], cert, key } } }), {
    code: "ERR_GANTRY_NOT_FOUND",
  });
  await assert.rejects(
    resolve({ caFiles: [ca], registries: { [host]: { plainHttp: false }, other: { cert, key } } }),
    /client certificate/,
  );
  const home = await scratchFolder(t);
  const folder = join(home, ".config", "containers", "certs.d", host);
  mkdirSync(folder, { recursive: true });
  cpSync(ca, join(folder, "ca.crt"));
  cpSync(cert, join(folder, "client.cert"));
  const system = bareSystem({}, home);
  await assert.rejects(
    resolve({ registries: {}, system }),
    /client\.cert has no key: expected client\.key beside it/,
  );
  cpSync(key, join(folder, "client.key"));
  await assert.rejects(resolve({ registries: {}, system }), { code: "ERR_GANTRY_NOT_FOUND" });
});

test("D76 --insecure is for the registry it names and for no other", async (t) => {
  const [one, other] = [await startSecure(t), await startSecure(t)];
  await assert.rejects(one.resolve({ insecure: [one.host] }), { code: "ERR_GANTRY_NOT_FOUND" });
  await assert.rejects(other.resolve({ insecure: [one.host] }), /unable to verify/);

  const registry = await startFaultRegistry(t);
  const root = image([layer("a")]);
  await push(openSession(t), root, [`${registry.host}/app:1`]);
  const location = `https://${other.host}/elsewhere`;
  registry.strike([{ method: "GET", path: /blobs/, fault: { status: 307, headers: { location } } }]);
  const front = await startHttps(t, registry.host);
  const host = `localhost:${front.port}`;
  const session = openSession(t, { registries: { [host]: { plainHttp: false } }, insecure: [host] });
  const source = session.source(parseReference(`${host}/app:1`));
  assert.equal((await source.resolve()).digest, root.descriptor.digest);
  await assert.rejects(bytesOf(source.read(root.layers[0]!.descriptor)), /unable to verify/);
  assert.deepEqual(other.front.seen, []);
});

test("D76 a file that is missing or no PEM is named", async (t) => {
  const folder = await scratchFolder(t);
  writeFileSync(join(folder, "no.pem"), "hello");
  const { resolve } = await startSecure(t);
  await assert.rejects(resolve({ caFiles: [join(folder, "missing.pem")] }), /missing\.pem/);
  await assert.rejects(
    resolve({ caFiles: [join(folder, "no.pem")] }),
    /no\.pem holds no certificate in PEM form/,
  );
});

test("D77 https goes through HTTPS_PROXY by CONNECT, with the certificate of the registry's own name", async (t) => {
  const { front } = await startSecure(t);
  const proxy = await startForwardProxy(
    t,
    (host) => (host === "registry.test:443" ? `127.0.0.1:${front.port}` : undefined),
    {
      credentials: "proxy-user:canary-secret",
    },
  );
  const system = bareSystem({
    HTTPS_PROXY: `http://proxy-user:canary-secret@${proxy.host}`,
    NO_PROXY: "other.test",
  });
  const root = image([layer("a", 300_000)]);
  const session = openSession(t, { system, caFiles: [ca] });
  await push(session, root, ["registry.test/app:1"]);
  await assertReadable(session, root, "registry.test/app:1");
  assert.deepEqual(new Set(proxy.seen), new Set(["CONNECT registry.test:443"]));
  assert.ok(front.seen.length > 5);
});

test("D77 http goes through HTTP_PROXY with whole URLs, and the proxy's password stays with the proxy", async (t) => {
  const registry = await startFaultRegistry(t, undefined, { allowedHosts: ["registry.test"] });
  const proxy = await startForwardProxy(t, () => registry.host, { credentials: "u:p@ss" });
  const system = bareSystem({ http_proxy: `http://u:p%40ss@${proxy.host}` });
  const settings = { "registry.test": { plainHttp: true } };
  const root = image([layer("a")]);
  await push(openSession(t, { system, registries: settings }), root, ["registry.test/app:1"]);
  assert.ok(proxy.seen.every((line) => /^[A-Z]+ http:\/\/registry\.test\/v2\//.test(line)));
  assert.ok(registry.seen.every(({ headers }) => headers["proxy-authorization"] === undefined));
});

for (const [exempt, direct] of [
  [".test", true],
  ["*.test", true],
  ["registry.test:PORT", true],
  ["other.test, .registry.test, registry.test:1", false],
] as const) {
  test(`D77 with NO_PROXY="${exempt}" a push goes ${direct ? "past" : "through"} the proxy`, async (t) => {
    stubNames(t, { "registry.test": "127.0.0.1" });
    const registry = await startFaultRegistry(t, undefined, { allowedHosts: ["registry.test"] });
    const proxy = await startForwardProxy(t, () => registry.host);
    const port = registry.host.split(":")[1]!;
    const name = `registry.test:${port}`;
    const system = bareSystem({
      HTTP_PROXY: `http://${proxy.host}`,
      NO_PROXY: exempt.replace("PORT", port),
    });
    const session = openSession(t, { system, registries: { [name]: { plainHttp: true } } });
    await push(session, image([layer("a")]), [`${name}/app:1`]);
    assert.equal(proxy.seen.length, direct ? 0 : registry.seen.length);
  });
}

for (const scheme of ["http", "https"] as const) {
  test(`D77 a proxy that wants a password for ${scheme} is named, its own credentials are not`, async (t) => {
    const proxy = await startForwardProxy(t, () => undefined, { credentials: "right:one" });
    const value = `http://wrong:canary-secret@${proxy.host}`;
    const system = bareSystem({ HTTPS_PROXY: value, HTTP_PROXY: value });
    const events: GantryEvent[] = [];
    const registries = { "registry.test": { plainHttp: scheme === "http" } };
    const session = openSession(t, { system, registries });
    await assert.rejects(
      push(session, image([layer("a")]), ["registry.test/app:1"], { events }),
      (error: Error) => {
        assert.match(
          error.message,
          new RegExp(`the proxy ${proxy.host} answered 407; it wants a user name and password`),
        );
        assert.ok(!inspect({ error, events }, { depth: 20 }).includes("canary-secret"));
        return true;
      },
    );
  });
}

test("D77 a proxy that fails in passing is asked again; behind one, a metadata service is refused by its name", async (t) => {
  const failing = await startForwardProxy(t, () => undefined, { status: 503 });
  const system = bareSystem({ HTTPS_PROXY: `http://${failing.host}` });
  await assert.rejects(
    openSession(t, { system }).source(parseReference("registry.test/app:1")).resolve(),
    /the proxy .* answered 503 \(after 5 attempts\)/,
  );
  assert.equal(failing.seen.length, 5);

  const registry = await startFaultRegistry(t, undefined, { allowedHosts: ["registry.test"] });
  const root = image([layer("a")]);
  await push(openSession(t), root, [`${registry.host}/app:1`]);
  for (const target of ["metadata.google.internal", "169.254.169.254"]) {
    registry.strike([
      { method: "GET", path: /blobs/, fault: { status: 307, headers: { location: `http://${target}/x` } } },
    ]);
    const proxy = await startForwardProxy(t, () => registry.host);
    const through = openSession(t, {
      system: bareSystem({ HTTP_PROXY: `http://${proxy.host}` }),
      registries: { "registry.test": { plainHttp: true } },
    });
    const source = through.source(parseReference("registry.test/app:1"));
    await assert.rejects(bytesOf(source.read(root.layers[0]!.descriptor)), /refused to connect to/);
    assert.ok(!proxy.seen.some((line) => line.includes(target)));
  }
});

for (const [variable, plainHttp] of [
  ["HTTPS_PROXY", false],
  ["HTTP_PROXY", true],
] as const) {
  test(`D77 a proxy of ${variable} that is not there is named at once, and the registry is not blamed`, async (t) => {
    const ends: (() => Promise<void> | void)[] = [];
    const proxy = await startForwardProxy({ after: (end) => void ends.push(end) }, () => undefined);
    for (const end of ends) await end();
    const system = bareSystem({ [variable]: `http://ali:canary-secret@${proxy.host}` });
    const waits: number[] = [];
    const session = openSession(t, { system, waits, registries: { "registry.test": { plainHttp } } });
    await assert.rejects(session.source(parseReference("registry.test/app:1")).resolve(), (error: Error) => {
      assert.match(error.message, new RegExp(`the proxy ${proxy.host} cannot be used: .*check HTTPS_PROXY`));
      assert.doesNotMatch(error.message, /running|canary/);
      return true;
    });
    assert.deepEqual(waits, []);
  });
}
