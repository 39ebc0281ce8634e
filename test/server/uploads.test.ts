import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { nodeSystem } from "../../src/system.js";
import { beginUpload, errorCode, makeFolder, pushBlob, sha256, someBytes, startRegistry } from "./support.js";

const bytes = someBytes(1000);
const digest = sha256(bytes);

test("a blob is pushed by one POST", async (t) => {
  const { url } = await startRegistry(t);
  const response = await fetch(`${url}/v2/app/blobs/uploads/?digest=${encodeURIComponent(digest)}`, {
    method: "POST",
    body: bytes,
  });
  assert.equal(response.status, 201);
  const location = response.headers.get("location")!;
  assert.deepEqual(Buffer.from(await (await fetch(url + location)).arrayBuffer()), bytes);
});

test("a blob is pushed in one stream without a length", async (t) => {
  const server = await startRegistry(t);
  const session = await beginUpload(server, "app");
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(bytes.subarray(0, 300));
      controller.enqueue(bytes.subarray(300));
      controller.close();
    },
  });
  const patched = await fetch(session, { method: "PATCH", body, duplex: "half" });
  assert.equal(patched.status, 202);
  assert.equal(patched.headers.get("range"), "0-999");
  const done = await fetch(`${session}?digest=${digest}`, { method: "PUT" });
  assert.equal(done.status, 201);
});

test("chunks in order make the blob, the last one may come with the PUT", async (t) => {
  const server = await startRegistry(t);
  const session = await beginUpload(server, "app");
  const first = await fetch(session, {
    method: "PATCH",
    body: bytes.subarray(0, 600),
    headers: { "Content-Range": "0-599" },
  });
  assert.equal(first.headers.get("range"), "0-599");
  const last = await fetch(`${session}?digest=${digest}`, {
    method: "PUT",
    body: bytes.subarray(600),
    headers: { "Content-Range": "600-999" },
  });
  assert.equal(last.status, 201);
  assert.equal(last.headers.get("docker-content-digest"), digest);
});

for (const method of ["PATCH", "PUT"]) {
  test(`H115 a chunk out of order by ${method} is 416, takes nothing, and the session goes on`, async (t) => {
    const server = await startRegistry(t);
    const session = await beginUpload(server, "app");
    await fetch(session, { method: "PATCH", body: bytes.subarray(0, 400) });
    const url = method === "PUT" ? `${session}?digest=${digest}` : session;
    const wrong = await fetch(url, {
      method,
      body: bytes.subarray(600),
      headers: { "Content-Range": "600-999" },
    });
    assert.equal(wrong.status, 416);
    const status = await fetch(url);
    assert.equal(status.status, 204);
    assert.equal(status.headers.get("range"), "0-399");
    const right = await fetch(`${session}?digest=${digest}`, { method: "PUT", body: bytes.subarray(400) });
    assert.equal(right.status, 201);
  });
}

test("what arrived before a connection broke stays, and the upload goes on from there", async (t) => {
  const server = await startRegistry(t);
  const session = await beginUpload(server, "app");
  const broken = request(session, { method: "PATCH", headers: { "Content-Length": "1000" } });
  broken.on("error", () => undefined);
  broken.write(bytes.subarray(0, 250));
  while ((await fetch(session)).headers.get("range") !== "0-249");
  const busy = await fetch(session, { method: "PATCH", body: bytes.subarray(250) });
  assert.equal(busy.status, 416);
  broken.destroy();
  let status;
  do {
    const rest = await fetch(`${session}?digest=${digest}`, { method: "PUT", body: bytes.subarray(250) });
    status = rest.status;
  } while (status === 416);
  assert.equal(status, 201);
});

test("H115 bytes that are not the digest's are refused in every way of pushing, and nothing is kept", async (t) => {
  const { url, ...server } = await startRegistry(t);
  const wrong = sha256("something else");
  const posted = await fetch(`${url}/v2/app/blobs/uploads/?digest=${wrong}`, { method: "POST", body: bytes });
  assert.deepEqual([posted.status, await errorCode(posted)], [400, "DIGEST_INVALID"]);
  const session = await beginUpload({ url, ...server }, "app");
  await fetch(session, { method: "PATCH", body: bytes });
  const put = await fetch(`${session}?digest=${wrong}`, { method: "PUT" });
  assert.deepEqual([put.status, await errorCode(put)], [400, "DIGEST_INVALID"]);
  for (const each of [wrong, digest]) {
    assert.equal((await fetch(`${url}/v2/app/blobs/${each}`, { method: "HEAD" })).status, 404);
  }
});

test("H115 a Content-Range that is malformed or does not fit the length is 400", async (t) => {
  const server = await startRegistry(t);
  const session = await beginUpload(server, "app");
  for (const range of ["0-5", "zero-999", "bytes 0-999/1000/1"]) {
    const response = await fetch(session, {
      method: "PATCH",
      body: bytes,
      headers: { "Content-Range": range },
    });
    assert.equal(response.status, 400, range);
  }
  assert.equal((await fetch(session)).headers.get("range"), "0-0");
});

test("sha512 blobs are pushed without announcing it", async (t) => {
  const server = await startRegistry(t);
  const sha512 = `sha512:${createHash("sha512").update(bytes).digest("hex")}`;
  const session = await beginUpload(server, "app");
  const put = await fetch(`${session}?digest=${sha512}`, { method: "PUT", body: bytes });
  assert.equal(put.status, 201);
  assert.equal((await fetch(`${server.url}/v2/app/blobs/${sha512}`)).status, 200);
});

test("a blob is mounted from a named repository, or from any", async (t) => {
  const server = await startRegistry(t);
  await pushBlob(server, "source", bytes);
  for (const [repository, from] of [
    ["named", "&from=source"],
    ["any", ""],
  ]) {
    const response = await fetch(`${server.url}/v2/${repository}/blobs/uploads/?mount=${digest}${from}`, {
      method: "POST",
    });
    assert.equal(response.status, 201);
    assert.equal((await fetch(`${server.url}/v2/${repository}/blobs/${digest}`)).status, 200);
  }
});

test("mounting what is not there opens a session instead", async (t) => {
  const server = await startRegistry(t);
  await pushBlob(server, "elsewhere", bytes);
  const query = `mount=${digest}&from=source`;
  const response = await fetch(`${server.url}/v2/app/blobs/uploads/?${query}`, { method: "POST" });
  assert.equal(response.status, 202);
  const session = server.url + response.headers.get("location")!;
  assert.equal((await fetch(`${session}?digest=${digest}`, { method: "PUT", body: bytes })).status, 201);
});

test("a cancelled upload, one of another repository and a made-up one are BLOB_UPLOAD_UNKNOWN", async (t) => {
  const server = await startRegistry(t);
  const session = await beginUpload(server, "app");
  assert.equal((await fetch(session.replace("/app/", "/other/"))).status, 404);
  assert.equal((await fetch(session, { method: "DELETE" })).status, 204);
  const gone = await fetch(session, { method: "PATCH", body: bytes });
  assert.deepEqual([gone.status, await errorCode(gone)], [404, "BLOB_UPLOAD_UNKNOWN"]);
  const madeUp = `${server.url}/v2/app/blobs/uploads/${"0".repeat(32)}`;
  assert.equal((await fetch(madeUp)).status, 404);
});

test("H114 a session left idle for an hour is given up when another begins", async (t) => {
  let now = 0;
  const system = { ...nodeSystem(), monotonic: () => now };
  const server = await startRegistry(t, { system, dir: await makeFolder(t) });
  const idle = await beginUpload(server, "app");
  now = 50 * 60_000;
  const used = await beginUpload(server, "app");
  now = 70 * 60_000;
  await beginUpload(server, "app");
  assert.equal((await fetch(idle)).status, 404);
  assert.equal((await fetch(used)).status, 204);
});

test("H110 64 clients push one blob and 64 their own to one repository: all 201, each blob stored once", async (t) => {
  const dir = await makeFolder(t);
  const server = await startRegistry(t, { dir });
  const own = Array.from({ length: 64 }, (_, number) => Buffer.from(`blob ${number}`));
  await Promise.all(own.flatMap((each) => [pushBlob(server, "app", each), pushBlob(server, "app", bytes)]));
  const digests = [...own, bytes].map((each) => sha256(each));
  assert.deepEqual(
    readdirSync(join(dir, "blobs", "sha256")).sort(),
    digests.map((each) => each.slice(7)).sort(),
  );
  assert.deepEqual(readdirSync(join(dir, "tmp")), []);
  for (const each of digests) {
    assert.equal((await fetch(`${server.url}/v2/app/blobs/${each}`, { method: "HEAD" })).status, 200);
  }
});
