import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { join } from "node:path";
import { openMemoryStore } from "../blobs/memory.js";
import { openBlobStore } from "../blobs/store.js";
import { Semaphore } from "../concurrency.js";
import { during, GantryError } from "../errors.js";
import { nodeSystem, type System } from "../system.js";
import type { Holdings } from "./call.js";
import { openCatalog } from "./catalog.js";
import { checkCaller, isLoopback } from "./guard.js";
import { Fault } from "./fault.js";
import { openLinks } from "./links.js";
import { openPasswords } from "./passwords.js";
import { serve, type RequestEntry } from "./serve.js";

export type { RequestEntry } from "./serve.js";

export interface RegistryOptions {
  /** Keeps everything in this folder, made where missing; without it, in memory. One server to a folder. */
  readonly dir?: string | undefined;
  /** The address to listen on, default 127.0.0.1. On a loopback address only loopback's names are answered. */
  readonly host?: string | undefined;
  /** Default 0: a free one. */
  readonly port?: number | undefined;
  /** Further names (without port) under which a loopback registry is reached, such as a proxy's. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Refuses a manifest that names blobs its repository lacks (MANIFEST_BLOB_UNKNOWN), as many registries do. Default false. */
  readonly requireBlobs?: boolean | undefined;
  /** An htpasswd file with bcrypt hashes: every request then needs a user and password of it. Its changes are followed. */
  readonly htpasswd?: string | undefined;
  /** Told of each request just before its answer ends. */
  readonly onRequest?: ((entry: RequestEntry) => void) | undefined;
  readonly system?: System | undefined;
}

/** A registry that is listening. */
export interface RegistryServer {
  /** As in references: "127.0.0.1:40123". */
  readonly host: string;
  /** "http://127.0.0.1:40123". */
  readonly url: string;
  readonly port: number;
  /** Takes no more connections, lets running requests end (for at most five seconds), then resolves. Calling it again waits too. */
  close(): Promise<void>;
}

/**
 * Starts an OCI registry (distribution-spec v1.1, all four categories: pull, push, discovery, management) without TLS.
 * Throws ERR_GANTRY_NETWORK where the address cannot be had, ERR_GANTRY_USAGE for an htpasswd file that is none.
 */
export async function createRegistry(options: RegistryOptions = {}): Promise<RegistryServer> {
  const { host = "127.0.0.1", port = 0, allowedHosts: hosts = [], onRequest } = options;
  const holdings = await openHoldings(options);
  const passwords = options.htpasswd === undefined ? undefined : await openPasswords(options.htpasswd);
  const check = async ({ headers }: IncomingMessage) => {
    checkCaller(headers, { loopback: isLoopback(host), hosts });
    if (passwords !== undefined && !(await passwords.accepts(headers.authorization))) throw unauthorized();
  };
  // Uploads of any length: Node's default would cut them off after five minutes. Headers must come soon all the same.
  const timeouts = { requestTimeout: 0, headersTimeout: 60_000, keepAliveTimeout: 65_000 };
  const server = createServer(timeouts, (request, response) => {
    sockets.answering(request.socket, response);
    void serve(request, response, { holdings, check, onRequest });
  });
  // A connection on which nothing moves, in either direction.
  server.setTimeout(600_000);
  const sockets = watchSockets(server);
  const address = await listen(server, host, port);
  const name = `${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}`;
  let closing: Promise<void> | undefined;
  return {
    host: name,
    url: `http://${name}`,
    port: address.port,
    close: () => (closing ??= close(server, sockets, holdings)),
  };
}

function unauthorized(): Fault {
  return new Fault("UNAUTHORIZED", "this registry wants a user name and password", {
    headers: { "WWW-Authenticate": 'Basic realm="gantry", charset="UTF-8"' },
  });
}

async function openHoldings({
  dir,
  requireBlobs = false,
  system = nodeSystem(),
}: RegistryOptions): Promise<Holdings> {
  const token = () => system.token(16);
  const rest = {
    uploads: new Map(),
    opening: new Semaphore(1),
    token,
    monotonic: () => system.monotonic(),
    requireBlobs,
  };
  if (dir === undefined) return { blobs: openMemoryStore(), catalog: await openCatalog(), ...rest };
  const blobs = openBlobStore(dir, { token, now: () => system.now() });
  // What an earlier process was receiving when it was killed. A day old: nobody is still writing to it.
  await blobs.sweep(system.now() - 24 * 60 * 60 * 1000);
  return { blobs, catalog: await openCatalog(openLinks(join(dir, "repositories"))), ...rest };
}

function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(
        error.code === "EADDRINUSE"
          ? new GantryError(
              "ERR_GANTRY_NETWORK",
              `${host}:${port} is in use: choose another port, or 0 for a free one`,
            )
          : during(`listening on ${host}:${port}`, error, "ERR_GANTRY_NETWORK"),
      );
    });
    server.listen(port, host, () => resolve(server.address() as AddressInfo));
  });
}

async function close(server: Server, sockets: Sockets, { uploads }: Holdings): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  sockets.endIdle();
  const patience = setTimeout(() => server.closeAllConnections(), 5000);
  await closed;
  clearTimeout(patience);
  for (const { writer } of uploads.values()) await writer.abort();
  uploads.clear();
}

interface Sockets {
  answering(socket: Socket, response: ServerResponse): void;
  /** Ends all connections without a running request, the others once theirs is answered. */
  endIdle(): void;
}

/** Node's closeIdleConnections leaves out a connection on which no request has come yet, and would wait for it. */
function watchSockets(server: Server): Sockets {
  const idle = new Set<Socket>();
  let ending = false;
  const rest = (socket: Socket) => {
    if (ending) socket.destroySoon();
    else if (!socket.destroyed) idle.add(socket);
  };
  server.on("connection", (socket) => {
    rest(socket);
    socket.once("close", () => idle.delete(socket));
  });
  return {
    answering(socket, response) {
      idle.delete(socket);
      response.once("close", () => rest(socket));
    },
    endIdle() {
      ending = true;
      for (const socket of idle) socket.destroySoon();
    },
  };
}
