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
  try {
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      answer += chunk.toString("latin1");
      if (until?.test(answer) === true) break;
    }
  } catch (error) {
    // A server that has answered may close before it has read everything.
    if ((error as NodeJS.ErrnoException).code !== "ECONNRESET") throw error;
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
  const read = async ({ url }: RegistryServer, tag: string) =>
    (await fetch(`${url}/v2/app/manifests/${tag}`)).text();
  assert.equal((await putManifest(server, "app/manifests/shared", own[0]!)).status, 201);
  const whole = async () => assert.ok(own.includes(await read(server, "shared")), "a torn or missing tag");
  const push = async (reference: string, manifest: string) =>
    assert.equal((await putManifest(server, `app/manifests/${reference}`, manifest)).status, 201);
  await Promise.all(
    own.flatMap((manifest, at) => [
      push("same", same),
      push(`${sha256(manifest)}?tag=own-${at}&tag=shared`, manifest),
      whole(),
    ]),
  );
  const listed = (await (await fetch(`${server.url}/v2/app/tags/list`)).json()) as { tags: string[] };
  assert.deepEqual(listed.tags, ["same", "shared", ...own.map((_, at) => `own-${at}`)].sort());
  // The config's blob, the manifest of all and each one's own.
  assert.equal(readdirSync(join(dir, "blobs", "sha256")).length, 1 + 1 + 64);
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

/** So many sessions begun without waiting for one another; their paths, and then a connection that has ended. */
async function beginMany(server: RegistryServer, count: number): Promise<string[]> {
  const begin = "POST /v2/app/blobs/uploads/ HTTP/1.1\r\nHost: localhost\r\n";
  const last = `${begin}Connection: close\r\n\r\n`;
  const answers = await talk(server, `${begin}\r\n`.repeat(count - 1) + last, { end: false });
  return [...answers.matchAll(/^Location: (\S+)/gm)].map(([, path]) => path!);
}

test("H114 of more than 512 upload sessions the longest unused are given up, with the files they held", async (t) => {
  const dir = await makeFolder(t);
  const server = await startRegistry(t, { dir });
  const first = await beginUpload(server, "app");
  const second = await beginUpload(server, "app");
  assert.equal((await beginMany(server, 510)).length, 510);
  assert.equal((await fetch(first)).status, 204, "used last now");
  await beginUpload(server, "app");
  assert.deepEqual([(await fetch(first)).status, (await fetch(second)).status], [204, 404]);
  await beginMany(server, 50);
  assert.equal(readdirSync(join(dir, "tmp")).length, 512);
});

test("H114 of ten thousand upload sessions begun at once the last 512 are there", async (t) => {
  const server = await startRegistry(t);
  const paths = await beginMany(server, 10_000);
  assert.equal(paths.length, 10_000);
  const isThere = async (path: string) => (await fetch(server.url + path)).status === 204;
  assert.deepEqual(await Promise.all([0, 5000, 9487].map((at) => isThere(paths[at]!))), [
    false,
    false,
    false,
  ]);
  assert.deepEqual(await Promise.all([9488, 9700, 9999].map((at) => isThere(paths[at]!))), [
    true,
    true,
    true,
  ]);
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

test("H115 a manifest shorter or longer than its length is none", async (t) => {
  const dir = await makeFolder(t);
  const server = await startRegistry(t, { dir });
  const text = JSON.stringify(makeManifest());
  const put = (length: number) =>
    `PUT /v2/app/manifests/1 HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${manifestType}\r\nContent-Length: ${length}\r\n\r\n${text}`;
  assert.match(await talk(server, put(text.length + 1)), /^(HTTP\/1\.1 400 |$)/);
  assert.match(await talk(server, put(text.length - 1)), /^HTTP\/1\.1 400 /);
  assert.equal((await fetch(`${server.url}/v2/app/manifests/1`)).status, 404);
  assert.deepEqual(readdirSync(dir), []);
});

test("H115 chunks whose framing lies end the connection with 400, and nothing is committed", async (t) => {
  const server = await startRegistry(t);
  const session = new URL(await beginUpload(server, "app")).pathname;
  const digest = sha256("hello");
  for (const chunks of ["5\r\nhello, and more\r\n0\r\n\r\n", "-5\r\nhello\r\n0\r\n\r\n", "zz\r\nhello"]) {
    const head = `PUT ${session}?digest=${digest} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked`;
    assert.match(await talk(server, `${head}\r\n\r\n${chunks}`), /^HTTP\/1\.1 400 /, chunks);
    assert.equal((await fetch(`${server.url}/v2/app/blobs/${digest}`)).status, 404);
  }
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
