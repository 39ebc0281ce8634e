import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { createRegistry, type RegistryServer } from "../../src/registry.js";
import { openBlobStore } from "../../src/blobs/store.js";
import {
  beginUpload,
  errorCode,
  makeFolder,
  makeManifest,
  manifestType,
  putManifest,
  pushBlob,
  sha256,
  startRegistry,
} from "./support.js";

/** Sends bytes as they are and reads until the registry ends the connection, or says enough. */
async function talk(
  { port }: RegistryServer,
  text: string,
  { end = true, until }: { readonly end?: boolean; readonly until?: RegExp } = {},
): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write(text);
  if (end) socket.end();
  let answer = "";
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    answer += chunk.toString("latin1");
    if (until?.test(answer) === true) break;
  }
  return answer;
}

test("H110 64 clients push one manifest and 64 their own, all under one tag too; the last one has it, also after a restart", async (t) => {
  const dir = await makeFolder(t);
  const server = await createRegistry({ dir, requireBlobs: true });
  await pushBlob(server, "app", Buffer.from("{}"));
  const same = JSON.stringify(makeManifest());
  const own = Array.from({ length: 64 }, (_, at) =>
    JSON.stringify(makeManifest({ annotations: { at: `${at}` } })),
  );
  const answers = await Promise.all(
    own.flatMap((manifest, at) => [
      putManifest(server, "app/manifests/same", same),
      putManifest(server, `app/manifests/own-${at}`, manifest),
      putManifest(server, "app/manifests/shared", manifest),
    ]),
  );
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201]));
  const read = async ({ url }: RegistryServer, tag: string) =>
    (await fetch(`${url}/v2/app/manifests/${tag}`)).text();
  const shared = await read(server, "shared");
  assert.ok(own.includes(shared));
  await server.close();
  const again = await startRegistry(t, { dir });
  assert.equal(await read(again, "shared"), shared);
  assert.equal(await read(again, "same"), same);
  for (const [at, manifest] of own.entries()) assert.equal(await read(again, `own-${at}`), manifest);
});

test("H114 an upload may take any time; headers, and connections on which nothing moves, may not", async (t) => {
  const server = await startRegistry(t);
  let found: Server | undefined;
  const note = (message: unknown) => void (found = (message as { server: Server }).server);
  subscribe("http.server.request.start", note);
  t.after(() => unsubscribe("http.server.request.start", note));
  await fetch(`${server.url}/v2/`);
  assert.equal(found!.requestTimeout, 0);
  assert.ok(found!.headersTimeout > 0 && found!.headersTimeout <= 60_000);
  assert.equal(found!.timeout, 600_000);
});

test("H114 of more than 512 upload sessions the longest unused are given up, with the files they held", async (t) => {
  const dir = await makeFolder(t);
  const server = await startRegistry(t, { dir });
  const first = await beginUpload(server, "app");
  const second = await beginUpload(server, "app");
  for (let count = 2; count < 512; count++) await beginUpload(server, "app");
  assert.equal((await fetch(first)).status, 204, "used last now");
  await beginUpload(server, "app");
  assert.deepEqual([(await fetch(first)).status, (await fetch(second)).status], [204, 404]);
  assert.equal(readdirSync(join(dir, "tmp")).length, 512);
});

test("H115 a body shorter or longer than its length commits nothing; what came of it stays in the session", async (t) => {
  const dir = await makeFolder(t);
  const server = await startRegistry(t, { dir });
  const digest = sha256("hello");
  const path = async () => new URL(await beginUpload(server, "app")).pathname;
  const put = (session: string, length: number, body: string) =>
    `PUT ${session}?digest=${digest} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${length}\r\n\r\n${body}`;
  const short = await path();
  await talk(server, put(short, 100, "hello"));
  const standing = await fetch(server.url + short);
  assert.equal(standing.status, 204);
  // Whether the bytes were written before the connection's end was seen is chance, and the client asks.
  assert.match(standing.headers.get("range")!, /^0-[04]$/);
  const long = await talk(server, put(await path(), 4, "hello, and more"));
  assert.match(long, /^HTTP\/1\.1 400 /);
  assert.equal((await fetch(`${server.url}/v2/app/blobs/${digest}`)).status, 404);
  assert.deepEqual(readdirSync(dir).includes("blobs"), false);
});

test("H115 a length and chunks at once, which two servers may read differently, are refused", async (t) => {
  const server = await startRegistry(t);
  const session = new URL(await beginUpload(server, "app")).pathname;
  const both = "Content-Length: 3\r\nTransfer-Encoding: chunked";
  const answer = await talk(
    server,
    `PATCH ${session} HTTP/1.1\r\nHost: localhost\r\n${both}\r\n\r\n0\r\n\r\n`,
  );
  assert.match(answer, /^HTTP\/1\.1 400 /);
});

test("H116 a manifest of 50 MB is 413 long before its end", async (t) => {
  const server = await startRegistry(t);
  const head = `PUT /v2/app/manifests/1 HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${manifestType}\r\nContent-Length: 50000000\r\n\r\n`;
  const answer = await talk(server, head + " ".repeat(5_000_000), { end: false, until: /SIZE_INVALID/ });
  assert.match(answer, /^HTTP\/1\.1 413 /);
});

test("H116 headers of megabytes are refused, and the registry goes on", async (t) => {
  const server = await startRegistry(t);
  const answer = await talk(
    server,
    `GET /v2/ HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(2_000_000)}\r\n\r\n`,
  );
  assert.match(answer, /^(HTTP\/1\.1 431 |$)/);
  assert.equal((await fetch(`${server.url}/v2/`)).status, 200);
});

test("H113 a disk that fails while a blob is written is a 500 that keeps nothing, and the next push succeeds", async (t) => {
  const dir = await makeFolder(t);
  const server = await startRegistry(t, { dir });
  const session = await beginUpload(server, "app");
  // A file where the folder of the blobs is to go: nothing can be renamed into it.
  const bytes = Buffer.from("hello");
  writeFileSync(join(dir, "blobs"), "");
  const failed = await fetch(`${session}?digest=${sha256(bytes)}`, { method: "PUT", body: bytes });
  assert.deepEqual([failed.status, await errorCode(failed)], [500, "UNKNOWN"]);
  assert.deepEqual(readdirSync(join(dir, "tmp")), []);
  rmSync(join(dir, "blobs"));
  const digest = await pushBlob(server, "app", bytes);
  assert.equal(await openBlobStore(dir, { token: () => "x" }).verify(digest as `sha256:${string}`), true);
});
