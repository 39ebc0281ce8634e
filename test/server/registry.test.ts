import assert from "node:assert/strict";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { Agent, get } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { createRegistry, type RequestEntry } from "../../src/registry.js";
import {
  errorCode,
  makeFolder,
  makeManifest,
  pushBlob,
  putManifest,
  rawRequest,
  sha256,
  someBytes,
  startRegistry,
} from "./support.js";

test("H117 on port 0 it says which port it has, and /v2/ that this is a registry", async (t) => {
  const { url, host, port } = await startRegistry(t);
  assert.equal(url, `http://${host}`);
  assert.equal(host, `127.0.0.1:${port}`);
  assert.ok(port > 0);
  for (const path of ["/v2/", "/v2"]) {
    const response = await fetch(url + path);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("docker-distribution-api-version"), "registry/2.0");
  }
});

test("H116 S25 another name in Host and any Origin are refused", async (t) => {
  const server = await startRegistry(t, { allowedHosts: ["registry.test"] });
  const cases: [Record<string, string>, number][] = [
    [{ Host: "evil.test" }, 403],
    [{ Host: `evil.test:${server.port}` }, 403],
    [{ Host: "127.0.0.1.evil.test" }, 403],
    [{ Host: "localhost" }, 200],
    [{ Host: "app.localhost:80" }, 200],
    [{ Host: "[::1]:5000" }, 200],
    [{ Host: "registry.test:443" }, 200],
    [{ Origin: "http://evil.test" }, 403],
    [{ Origin: "null" }, 403],
  ];
  for (const [headers, status] of cases) {
    const { statusCode } = await rawRequest(server, { path: "/v2/", headers });
    assert.equal(statusCode, status, JSON.stringify(headers));
  }
  const upload = await rawRequest(server, {
    method: "POST",
    path: "/v2/app/blobs/uploads/",
    headers: { Origin: "http://evil.test" },
  });
  assert.equal(upload.statusCode, 403);
});

test("H116 S27 names that are no repository's never reach the disk", async (t) => {
  const dir = await makeFolder(t);
  const server = await startRegistry(t, { dir: join(dir, "registry") });
  const names = [
    "..%2f..%2fetc",
    "%2e%2e/x",
    "../../etc",
    "a/../b",
    "_tags",
    "a//b",
    "A",
    "a/_blobs/b",
    "a.",
    "a".repeat(256),
  ];
  for (const name of names) {
    const { statusCode } = await rawRequest(server, { method: "POST", path: `/v2/${name}/blobs/uploads/` });
    assert.ok(statusCode === 400 || statusCode === 404, `${name}: ${statusCode}`);
  }
  for (const reference of ["..", "%2e%2e", "..%2f..%2fx", "a%2fb"]) {
    const { statusCode } = await rawRequest(server, {
      method: "PUT",
      path: `/v2/app/manifests/${reference}`,
    });
    assert.ok(statusCode === 400 || statusCode === 404, `${reference}: ${statusCode}`);
  }
  assert.deepEqual(await readdir(dir), []);
});

test("H116 S28 a very long name is refused", async (t) => {
  const server = await startRegistry(t);
  const { statusCode } = await rawRequest(server, { path: `/v2/${"a-".repeat(7000)}/tags/list` });
  assert.equal(statusCode, 400);
});

test("H116 S28 a megabyte of a name is refused before it is looked at, and the registry goes on", async (t) => {
  const server = await startRegistry(t);
  const { statusCode } = await rawRequest(server, { path: `/v2/${"a-".repeat(500_000)}/tags/list` });
  assert.equal(statusCode, 431);
  assert.equal((await fetch(`${server.url}/v2/`)).status, 200);
});

test("a method that a path does not know is 405 with those it knows", async (t) => {
  const { url } = await startRegistry(t);
  const response = await fetch(`${url}/v2/app/tags/list`, { method: "DELETE" });
  assert.deepEqual([response.status, await errorCode(response)], [405, "UNSUPPORTED"]);
  assert.equal(response.headers.get("allow"), "GET, HEAD");
  assert.equal((await fetch(`${url}/somewhere`)).status, 404);
});

test("everything is there again after a restart in the same folder", async (t) => {
  const dir = await makeFolder(t);
  const first = await createRegistry({ dir });
  const bytes = someBytes(100);
  const digest = await pushBlob(first, "team/app", bytes);
  const subject = { mediaType: "x/y", digest: sha256("s"), size: 1 };
  const text = JSON.stringify(makeManifest({ subject }));
  await putManifest(first, "team/app/manifests/V1", text);
  await putManifest(first, "team/app/manifests/v1", makeManifest());
  await fetch(`${first.url}/v2/team/app/manifests/v1`, { method: "DELETE" });
  await first.close();

  const { url } = await startRegistry(t, { dir });
  assert.deepEqual(
    Buffer.from(await (await fetch(`${url}/v2/team/app/blobs/${digest}`)).arrayBuffer()),
    bytes,
  );
  assert.equal(await (await fetch(`${url}/v2/team/app/manifests/V1`)).text(), text);
  assert.equal((await fetch(`${url}/v2/team/app/manifests/v1`)).status, 404);
  const referrers = await fetch(`${url}/v2/team/app/referrers/${subject.digest}`);
  assert.equal(((await referrers.json()) as { manifests: object[] }).manifests.length, 1);
});

test("the access log has each request with its query, status and bytes, before the client sees the end", async (t) => {
  const entries: RequestEntry[] = [];
  const server = await startRegistry(t, { onRequest: (entry) => entries.push(entry) });
  const bytes = someBytes(5000);
  const digest = await pushBlob(server, "app", bytes);
  await (await fetch(`${server.url}/v2/app/blobs/${digest}`)).arrayBuffer();
  assert.deepEqual(
    entries.map(({ method, status, bytesIn, bytesOut }) => [method, status, bytesIn, bytesOut]),
    [
      ["POST", 202, 0, 0],
      ["PUT", 201, 5000, 0],
      ["GET", 200, 0, 5000],
    ],
  );
  assert.match(entries[1]!.path, /\?digest=sha256:/);
});

test("H117 a port in use is one clear error", async (t) => {
  const { port } = await startRegistry(t);
  await assert.rejects(createRegistry({ port }), (error: Error & { code: string }) => {
    assert.equal(error.code, "ERR_GANTRY_NETWORK");
    assert.match(error.message, new RegExp(`127.0.0.1:${port} is in use`));
    return true;
  });
});

test("H117 an IPv6 address is served and written in brackets", async (t) => {
  const server = await createRegistry({ host: "::1" }).catch(() => undefined);
  if (server === undefined) return t.skip("this machine has no IPv6 loopback");
  t.after(() => server.close());
  assert.equal(server.host, `[::1]:${server.port}`);
  const { statusCode } = await rawRequest(server, {
    path: "/v2/",
    host: "::1",
    headers: { Host: server.host },
  });
  assert.equal(statusCode, 200);
});

test("H117 close ends idle connections and lets a running answer come to its end", async (t) => {
  const server = await createRegistry();
  const bytes = someBytes(20_000_000);
  const digest = await pushBlob(server, "app", bytes);
  const idle = connect(server.port, "127.0.0.1");
  await once(idle, "connect");
  const agent = new Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  const [running] = (await once(get(`${server.url}/v2/app/blobs/${digest}`, { agent }), "response")) as [
    AsyncIterable<Buffer>,
  ];
  const closed = server.close();
  let received = 0;
  for await (const chunk of running) received += chunk.length;
  assert.equal(received, bytes.length);
  await closed;
  await server.close();
  idle.destroy();
});
