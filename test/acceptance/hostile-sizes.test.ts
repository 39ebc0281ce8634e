import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { startFront } from "../support/fault-registry.js";
import { createInProcess } from "../support/in-process.js";
import { described, serving, types } from "../support/told-registry.js";

/** A registry whose answers never end; how much of them was taken before the client went. */
async function startEndless(
  t: TestContext,
  head: (path: string) => { readonly status: number; readonly type: string },
): Promise<{ readonly host: string; readonly written: () => number; readonly asked: () => number }> {
  let written = 0;
  let asked = 0;
  const server = createServer((request, response) => {
    const { status, type } = head(request.url ?? "");
    asked++;
    response.writeHead(status, { "content-type": type });
    const piece = Buffer.alloc(65_536, " ");
    const more = (): void => {
      while (!response.destroyed && written < 200_000_000) {
        written += piece.length;
        if (!response.write(piece)) return void response.once("drain", more);
      }
      response.end();
    };
    response.on("error", () => undefined);
    more();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    written: () => written,
    asked: () => asked,
  };
}

/** What the sockets of both sides hold beside what was read. */
const buffers = 24 * 1024 * 1024;

for (const [what, status, message] of [
  ["A10 a manifest", 200, /larger than|the most are|more than|has \d+ bytes/],
  ["S7 the text of a refusal", 403, /answered 403/],
  ["S7 the text of a missing page", 404, /answered 404/],
] as const) {
  test(`${what} without an end is given up at its limit`, async (t) => {
    const registry = await startEndless(t, () => ({ status, type: types.manifest }));
    const { run } = createInProcess(t);
    const ran = await run(["inspect", `${registry.host}/app:1`]);
    assert.equal(ran.status, 1);
    assert.match(ran.stderr, message);
    assert.ok(registry.written() < buffers, `${registry.written()} bytes were taken`);
    assert.equal(registry.asked(), 1);
  });
}

for (const [size, ok] of [
  [4 * 1024 * 1024, true],
  [4 * 1024 * 1024 + 1, false],
] as const) {
  test(`A10 a manifest of ${size} bytes without Content-Length is ${ok ? "read" : "refused"}`, async (t) => {
    const image = JSON.stringify({
      architecture: "amd64",
      os: "linux",
      rootfs: { type: "layers", diff_ids: [] },
    });
    const text = JSON.stringify({ schemaVersion: 2, config: described(types.config, image), layers: [] });
    const manifest = text.padEnd(size, " ");
    const plain = await serving(t, { type: types.manifest, body: manifest }, [image]);
    const chunked = await startFront(t, plain.host, () => ({
      rewrite: (headers) => ({ ...headers, "content-length": undefined }),
    }));
    const { run } = createInProcess(t);
    const { status, stderr } = await run(["inspect", `${chunked.host}/app:1`]);
    assert.equal(status, ok ? 0 : 1, stderr);
    if (!ok) assert.match(stderr, /4194304/);
  });
}

for (const [size, ok] of [
  [8 * 1024 * 1024, true],
  [8 * 1024 * 1024 + 1, false],
] as const) {
  test(`S7 a configuration of ${size} bytes is ${ok ? "read" : "refused unread"}`, async (t) => {
    const image = JSON.stringify({
      architecture: "amd64",
      os: "linux",
      rootfs: { type: "layers", diff_ids: [] },
    }).padEnd(size, " ");
    const manifest = JSON.stringify({ schemaVersion: 2, config: described(types.config, image), layers: [] });
    const registry = await serving(t, { type: types.manifest, body: manifest }, [image]);
    const { run } = createInProcess(t);
    const { status, stderr } = await run(["inspect", registry.tag]);
    assert.equal(status, ok ? 0 : 1, stderr);
    if (!ok) assert.match(stderr, /8388608/);
    assert.equal(registry.seen.filter(({ path }) => path.includes("/blobs/")).length, ok ? 1 : 0);
  });
}
