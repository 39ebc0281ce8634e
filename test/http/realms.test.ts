import assert from "node:assert/strict";
import { Socket } from "node:net";
import test, { type TestContext } from "node:test";
import { forbiddenAddress } from "../../src/http/addresses.js";
import type { GantryEvent } from "../../src/model/events.js";
import { parseReference } from "../../src/model/reference.js";
import { createRegistry } from "../../src/server/registry.js";
import { image, layer } from "../places/registry/images.js";
import { openSession, push } from "../places/registry/setup.js";
import { certificateFile } from "../support/certificates.js";
import { startFront, type Front } from "../support/fault-registry.js";
import { startHttps } from "../support/https-front.js";
import { stubNames } from "../support/stub-names.js";
import { ali, guarded } from "./guarded.js";

/** A registry whose every answer names a realm. */
function naming(t: TestContext, realm: string): Promise<Front> {
  return startFront(t, undefined, () => ({
    status: 401,
    headers: { "www-authenticate": `Bearer realm="${realm}",service="s"` },
  }));
}

const metadata = [
  "169.254.169.254",
  "0.0.0.0",
  "0",
  "[::]",
  "[::ffff:169.254.169.254]",
  "[64:ff9b::169.254.169.254]",
  "[2002:a9fe:a9fe::1]",
  "[fe80::1]",
  "[fd00:ec2::254]",
  "2852039166",
  "0xA9FEA9FE",
  "0251.0376.0251.0376",
  "metadata.test",
  "mapped.test",
];
const realms = [
  ...metadata.flatMap((host) => [`http://${host}/token`, `https://${host}/token`]),
  "http://token.test/token",
  "ftp://127.0.0.1/token",
  "file:///etc/passwd",
  "http://u:p@127.0.0.1/token",
  "https://u@127.0.0.1/token",
  "not a URL",
  "",
];

for (const credentials of [ali, undefined]) {
  for (const realm of realms) {
    if (credentials === undefined && realm.includes("token.test")) continue;
    test(`E92 the realm "${realm}" gets no connection ${credentials === undefined ? "without" : "with"} credentials`, async (t) => {
      stubNames(t, { "metadata.test": "169.254.169.254", "mapped.test": "::ffff:a9fe:a9fe" });
      const proxy = await naming(t, realm);
      const connected = watchConnections(t);
      await assert.rejects(
        openSession(t, { credentials })
          .source(parseReference(`${proxy.host}/a:1`))
          .resolve(),
        /cannot be used|refused to connect/,
      );
      assert.deepEqual([...new Set(connected())], [proxy.host]);
      assert.doesNotMatch(JSON.stringify(proxy.seen), /Basic|canary/);
    });
  }
}

test("E92 a registry elsewhere may not point to this machine, by address or by name", async (t) => {
  const tokens = await startFront(t, undefined, () => ({ status: 200, body: '{"token":"t"}' }));
  const port = tokens.host.split(":")[1];
  stubNames(t, { "registry.test": "127.0.0.1", "here.test": "127.0.0.1" });
  for (const host of ["127.0.0.1", "localhost", "here.test", "[::ffff:127.0.0.1]"]) {
    const front = await naming(t, `http://${host}:${port}/token`);
    const registry = `registry.test:${front.host.split(":")[1]}`;
    await assert.rejects(
      openSession(t, { credentials: ali, insecure: ["registry.test"] })
        .source(parseReference(`${registry}/a:1`))
        .resolve(),
      /refused to connect to .*this machine/,
    );
  }
  assert.deepEqual(tokens.seen, []);
});

test("E92 a registry of this machine may name a token server of this machine", async (t) => {
  const { proxy } = await guarded(t);
  const events: GantryEvent[] = [];
  await push(openSession(t, { credentials: ali }), image([layer("a")]), [`${proxy.host}/app:1`], { events });
  assert.deepEqual(
    events.filter(({ type }) => type === "warning"),
    [],
  );
});

test("E92 a registry that speaks https may not have its tokens made over http, not even on this machine", async (t) => {
  const tokens = await startFront(t, undefined, () => ({ status: 200, body: '{"token":"t"}' }));
  const proxy = await naming(t, `http://${tokens.host}/token`);
  const host = `localhost:${(await startHttps(t, proxy.host)).port}`;
  const secure = { caFiles: [certificateFile("ca.crt")], registries: { [host]: { plainHttp: false } } };
  for (const credentials of [ali, undefined]) {
    await assert.rejects(
      openSession(t, { credentials, ...secure })
        .source(parseReference(`${host}/a:1`))
        .resolve(),
      /token server that cannot be used: http:.* is not https/,
    );
  }
  assert.ok(proxy.seen.length > 0);
  assert.ok(proxy.seen.every(({ headers }) => headers["authorization"] === undefined));
  assert.deepEqual(tokens.seen, []);
});

test("E92 a token server that redirects is not followed", async (t) => {
  const elsewhere = await startFront(t, undefined, () => ({ status: 200, body: '{"token":"x"}' }));
  for (const status of [301, 302, 303, 307, 308]) {
    const server = await startFront(t, undefined, () => ({
      status,
      headers: { location: `http://${elsewhere.host}/token` },
    }));
    const proxy = await naming(t, `http://${server.host}/token`);
    await assert.rejects(
      openSession(t, { credentials: ali })
        .source(parseReference(`${proxy.host}/a:1`))
        .resolve(),
      /must not redirect/,
    );
    assert.equal(server.seen.length, 1);
  }
  assert.equal(elsewhere.seen.length, 0);
});

test("E92 a password for a registry that is not on this machine is not sent over http without --insecure", async (t) => {
  stubNames(t, { "registry.test": "127.0.0.1" });
  const registry = await createRegistry({ allowedHosts: ["registry.test"] });
  t.after(() => registry.close());
  const front = await startFront(t, registry.host, ({ headers }) =>
    headers["authorization"] === undefined
      ? { status: 401, headers: { "www-authenticate": 'Basic realm="r"' } }
      : undefined,
  );
  const name = `registry.test:${front.host.split(":")[1]}/app:1`;
  await assert.rejects(
    push(openSession(t, { credentials: ali }), image([layer("a")]), [name]),
    /--insecure registry\.test/,
  );
  assert.deepEqual(front.seen, [], "nothing was asked in plain text");
  await push(openSession(t, { credentials: ali, insecure: ["registry.test"] }), image([layer("a")]), [name]);
  assert.ok(front.seen.some(({ headers }) => headers["authorization"] !== undefined));
});

test("S2 addresses are forbidden in every form that leads to them, and others are not", () => {
  const elsewhere = { loopback: false };
  for (const address of [
    ...["169.254.0.1", "::ffff:169.254.0.1", "::ffff:0:169.254.0.1", "64:ff9b::a9fe:1", "::a9fe:1"],
    ...["2002:a9fe:1::", "64:ff9b:1::169.254.169.254", "0.1.2.3", "::", "fe80::1%eth0", "100.100.100.200"],
    ...["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", "64:ff9b::127.0.0.1", "2002:7f00:1::"],
  ]) {
    assert.notEqual(forbiddenAddress(address, elsewhere), undefined, address);
  }
  for (const address of ["10.0.0.1", "192.168.1.1", "8.8.8.8", "2606:4700::1", "64:ff9b::8.8.8.8", "fd00::1"])
    assert.equal(forbiddenAddress(address, elsewhere), undefined, address);
  for (const address of ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
    assert.equal(forbiddenAddress(address, { loopback: true }), undefined, address);
});

/** The "host:port" of every connection that is begun. */
function watchConnections(t: TestContext): () => string[] {
  const begun: string[] = [];
  const connect = t.mock.method(Socket.prototype, "connect");
  connect.mock.mockImplementation(function (this: Socket, ...args: unknown[]): Socket {
    const [options] = (Array.isArray(args[0]) ? args[0] : args) as [{ host?: string; port?: number }];
    // A name is looked up first: it has come to a connection when the address is known.
    this.once("connect", () => begun.push(`${options.host}:${options.port}`));
    if (/^[\d.:]+$/.test(options.host ?? "")) begun.push(`${options.host}:${options.port}`);
    return Reflect.apply(original, this, args) as Socket;
  });
  return () => begun;
}

const original = Reflect.get(Socket.prototype, "connect") as (...args: unknown[]) => Socket;
