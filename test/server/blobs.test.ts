import assert from "node:assert/strict";
import { test } from "node:test";
import { collectGarbage } from "../../src/registry.js";
import { errorCode, makeFolder, pushBlob, rawRequest, sha256, someBytes, startRegistry } from "./support.js";

test("a blob is read back with its length and digest, by GET and HEAD alike", async (t) => {
  const server = await startRegistry(t);
  const bytes = someBytes(300_000);
  const digest = await pushBlob(server, "app", bytes);
  for (const method of ["GET", "HEAD"]) {
    const response = await fetch(`${server.url}/v2/app/blobs/${digest}`, { method });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("content-length"), "300000");
    assert.equal(response.headers.get("docker-content-digest"), digest);
    const body = Buffer.from(await response.arrayBuffer());
    assert.equal(body.length, method === "GET" ? 300_000 : 0);
    if (method === "GET") assert.ok(body.equals(bytes));
  }
});

test("an empty blob has Content-Length 0, in HEAD too", async (t) => {
  const server = await startRegistry(t);
  const digest = await pushBlob(server, "app", Buffer.alloc(0));
  for (const method of ["GET", "HEAD"]) {
    const { headers } = await rawRequest(server, { method, path: `/v2/app/blobs/${digest}` });
    assert.equal(headers["content-length"], "0");
    assert.equal(headers["transfer-encoding"], undefined);
  }
});

test("one range is answered with exactly its bytes", async (t) => {
  const server = await startRegistry(t);
  const bytes = someBytes(2048);
  const digest = await pushBlob(server, "app", bytes);
  const cases = [
    ["bytes=500-1499", 500, 1500],
    ["bytes=500-", 500, 2048],
    ["bytes=-500", 1548, 2048],
    ["bytes=-5000", 0, 2048],
    ["bytes=2000-5000", 2000, 2048],
    ["bytes=0-0", 0, 1],
  ] as const;
  for (const [range, start, end] of cases) {
    const response = await fetch(`${server.url}/v2/app/blobs/${digest}`, { headers: { range } });
    assert.equal(response.status, 206, range);
    assert.equal(response.headers.get("content-range"), `bytes ${start}-${end - 1}/2048`);
    assert.deepEqual(Buffer.from(await response.arrayBuffer()), bytes.subarray(start, end));
  }
});

test("a range outside the blob is 416, several ranges or another unit get the whole", async (t) => {
  const server = await startRegistry(t);
  const digest = await pushBlob(server, "app", someBytes(2048));
  const cases = {
    "bytes=500-0": 416,
    "bytes=5000-10000": 416,
    "bytes=0-1,3-4": 200,
    "lines=1-2": 200,
    "bytes=-": 200,
  };
  for (const [range, status] of Object.entries(cases)) {
    const response = await fetch(`${server.url}/v2/app/blobs/${digest}`, { headers: { range } });
    assert.equal(response.status, status, range);
    await response.arrayBuffer();
  }
});

test("an escaped colon in a digest is a colon", async (t) => {
  const server = await startRegistry(t);
  const digest = await pushBlob(server, "app", someBytes(10));
  const { statusCode } = await rawRequest(server, { path: `/v2/app/blobs/${digest.replace(":", "%3A")}` });
  assert.equal(statusCode, 200);
});

test("a missing blob is BLOB_UNKNOWN and a malformed digest DIGEST_INVALID", async (t) => {
  const { url } = await startRegistry(t);
  const missing = await fetch(`${url}/v2/app/blobs/${sha256("missing")}`);
  assert.deepEqual([missing.status, await errorCode(missing)], [404, "BLOB_UNKNOWN"]);
  const malformed = await fetch(`${url}/v2/app/blobs/sha256:baddigest`);
  assert.deepEqual([malformed.status, await errorCode(malformed)], [400, "DIGEST_INVALID"]);
});

for (const store of ["memory", "a folder"]) {
  test(`H112 a blob deleted from one repository stays in the other, and a running GET completes (${store})`, async (t) => {
    const server = await startRegistry(t, store === "memory" ? {} : { dir: await makeFolder(t) });
    const bytes = someBytes(8_000_000);
    const digest = await pushBlob(server, "one", bytes);
    await pushBlob(server, "two", bytes);
    const reading = await fetch(`${server.url}/v2/one/blobs/${digest}`);
    const deleted = await fetch(`${server.url}/v2/one/blobs/${digest}`, { method: "DELETE" });
    assert.equal(deleted.status, 202);
    assert.equal((await fetch(`${server.url}/v2/one/blobs/${digest}`, { method: "HEAD" })).status, 404);
    assert.equal((await fetch(`${server.url}/v2/two/blobs/${digest}`, { method: "HEAD" })).status, 200);
    assert.deepEqual(Buffer.from(await reading.arrayBuffer()), bytes);
    const again = await fetch(`${server.url}/v2/one/blobs/${digest}`, { method: "DELETE" });
    assert.equal(again.status, 404);
  });
}

test("H112 a collection takes a blob's file away beneath a running GET, which completes", async (t) => {
  const dir = await makeFolder(t);
  const server = await startRegistry(t, { dir });
  const bytes = someBytes(8_000_000);
  const digest = await pushBlob(server, "app", bytes);
  const reading = await fetch(`${server.url}/v2/app/blobs/${digest}`);
  assert.equal((await collectGarbage(dir, { lease: -60_000 })).blobs, 1);
  assert.deepEqual(Buffer.from(await reading.arrayBuffer()), bytes);
  assert.equal((await fetch(`${server.url}/v2/app/blobs/${digest}`)).status, 404);
});
