import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";

/** A registry that takes uploads at a given rate, checks their digests and keeps nothing but their names. */
export interface SlowRegistry {
  readonly host: string;
  /** Digests that arrived whole. */
  readonly blobs: ReadonlySet<string>;
  close(): Promise<void>;
}

/** Starts it on a free loopback port; each connection's upload is read at `rate` bytes a second. */
export async function startSlowRegistry(rate: number): Promise<SlowRegistry> {
  const blobs = new Set<string>();
  const manifests = new Set<string>();
  const server = createServer({ requestTimeout: 0 }, (request, response) => {
    answer(request, response, { rate, blobs, manifests }).catch((error: Error) => response.destroy(error));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    blobs,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

interface Kept {
  readonly rate: number;
  readonly blobs: Set<string>;
  readonly manifests: Set<string>;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { rate, blobs, manifests }: Kept,
): Promise<void> {
  const url = new URL(request.url ?? "/", "http://registry");
  const last = url.pathname.slice(url.pathname.lastIndexOf("/") + 1);
  const reply = (status: number, headers: Record<string, string> = {}) =>
    response.writeHead(status, headers).end();
  if (url.pathname === "/v2/") return void reply(200);
  if (request.method === "HEAD") {
    const has = (url.pathname.includes("/blobs/") ? blobs : manifests).has(last);
    return void (has ? reply(200, { "Docker-Content-Digest": last }) : reply(404));
  }
  if (request.method === "POST") return void reply(202, { Location: "/v2/app/blobs/uploads/1" });
  if (request.method !== "PUT") return void reply(405);
  const digest = await drain(request, rate);
  const expected = url.searchParams.get("digest") ?? digest;
  if (expected !== digest) return void reply(400);
  (url.pathname.includes("/blobs/") ? blobs : manifests).add(digest).add(last);
  reply(201, { Location: url.pathname, "Docker-Content-Digest": digest });
}

/** Reads the body no faster than `rate`: while it waits, the connection's window closes and the sender must hold back. */
async function drain(request: IncomingMessage, rate: number): Promise<string> {
  const hash = createHash("sha256");
  const began = performance.now();
  let received = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    hash.update(chunk);
    received += chunk.length;
    const ahead = (received / rate) * 1000 - (performance.now() - began);
    if (ahead > 20) await wait(ahead);
  }
  return `sha256:${hash.digest("hex")}`;
}
