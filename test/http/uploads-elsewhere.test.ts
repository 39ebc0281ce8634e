import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import test, { type TestContext } from "node:test";
import { image, layer } from "../places/registry/images.js";
import { assertReadable, openSession, push } from "../places/registry/setup.js";
import { startFaultRegistry } from "../support/fault-registry.js";

const secret = "Y2FuYXJ5OmNhbmFyeQ==";

test("S4 an upload that the registry sends to another host brings the body and no credentials", async (t) => {
  const storage = { host: "" };
  const registry = await startFaultRegistry(t, ({ method, path, headers }) => {
    if (headers["authorization"] !== `Basic ${secret}`)
      return { status: 401, headers: { "www-authenticate": 'Basic realm="r"' } };
    if (method !== "POST" || path.includes("mount=")) return undefined;
    return {
      rewrite: (out) => ({
        ...out,
        location: new URL(out["location"]!, `http://${storage.host}`).href,
      }),
    };
  });
  // Storage passes on what it gets, with a password of its own.
  const uploads = await startStorage(t, registry.host);
  storage.host = uploads.host;
  const root = image([layer("a", 100_000)]);
  const session = openSession(t, { credentials: () => ({ username: "canary", password: "canary" }) });
  await push(session, root, [`${registry.host}/app:1`]);
  const puts = uploads.seen.filter(({ method }) => method === "PUT" || method === "PATCH");
  assert.ok(puts.some(({ bytes }) => bytes === 100_000));
  for (const { authorization } of uploads.seen) assert.equal(authorization, undefined);
  await assertReadable(session, root, `${registry.host}/app:1`);
});

interface Stored {
  readonly method: string;
  readonly authorization: string | undefined;
  bytes: number;
}

/** A store of uploads beside a registry: hands what it gets to the registry, as somebody the registry knows. */
async function startStorage(
  t: TestContext,
  registry: string,
): Promise<{ readonly host: string; readonly seen: readonly Stored[] }> {
  const seen: Stored[] = [];
  const server = createServer((incoming, response) => {
    const entry: Stored = {
      method: incoming.method!,
      authorization: incoming.headers.authorization,
      bytes: 0,
    };
    seen.push(entry);
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks);
      entry.bytes = body.length;
      const reply = await fetch(`http://${registry}${incoming.url}`, {
        method: incoming.method!,
        headers: {
          authorization: `Basic ${secret}`,
          "content-type": incoming.headers["content-type"] ?? "application/octet-stream",
        },
        ...(body.length === 0 ? {} : { body }),
      });
      response.writeHead(reply.status, { location: reply.headers.get("location") ?? "" });
      response.end();
    })();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}
