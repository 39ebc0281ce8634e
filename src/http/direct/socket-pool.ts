import { connect, isIP, type NetConnectOpts, type OnReadOpts } from "node:net";
import type { ConnectionOptions } from "node:tls";
import type { ConnectOptions } from "../connect.js";
import { guardedLookup } from "../guard.js";
import type { HttpRequest } from "../send.js";
import { Connection } from "./connection.js";

/** A connection for one request. */
export interface Lease {
  readonly connection: Connection;
  /** Whether it was used before: its server may have ended it in the meantime. */
  readonly kept: boolean;
  /** Gives it back: to be used again, or to be ended. */
  release(reusable: boolean): void;
}

export interface SocketPool {
  /** A kept connection of the same origin, guard and TLS settings, the one used last first; else, or where `fresh`, a new one. */
  lease(
    request: HttpRequest,
    options: { readonly patience: number; readonly fresh?: boolean },
  ): Promise<Lease>;
  /** Ends every connection, also those in use. */
  close(): void;
}

/** Connections that nobody uses and that are kept, for each origin. */
const mostIdle = 8;

/** What makes connections alike. */
type Tls = Pick<ConnectionOptions, "ca" | "cert" | "key" | "rejectUnauthorized">;

export function createSocketPool({
  unverified = () => false,
  secure = async () => ({}),
}: Pick<ConnectOptions, "unverified" | "secure"> = {}): SocketPool {
  const all = new Set<Connection>();
  const idle = new Map<string, Connection[]>();

  const tlsOf = async ({ host, protocol }: URL): Promise<Tls | undefined> =>
    protocol === "https:"
      ? { ...((await secure(host)) as Tls), ...(unverified(host) ? { rejectUnauthorized: false } : {}) }
      : undefined;
  const keep = (key: string, connection: Connection) => {
    const others = (idle.get(key) ?? []).filter(({ usable }) => usable);
    if (others.length >= mostIdle || !connection.usable) return connection.destroy();
    connection.rest();
    idle.set(key, [...others, connection]);
  };
  const takeKept = (key: string): Connection | undefined => {
    const usable = (idle.get(key) ?? []).filter((each) => each.usable);
    const last = usable.pop();
    idle.set(key, usable);
    return last;
  };

  return {
    async lease(request, { patience, fresh = false }) {
      const { url, guard, signal } = request;
      const tls = await tlsOf(url);
      const key = JSON.stringify([url.origin, guard?.loopback, tls]);
      const leased = (connection: Connection, kept: boolean): Lease => ({
        connection,
        kept,
        release: (reusable) => (reusable ? keep(key, connection) : connection.destroy()),
      });
      const known = fresh ? undefined : takeKept(key);
      if (known !== undefined) return leased(known, true);
      const dial = tls === undefined ? dialPlain(request) : await dialSecure(request, tls);
      signal?.throwIfAborted();
      const connection = new Connection(dial);
      all.add(connection);
      connection.onClosed(() => all.delete(connection));
      await connection.opened(tls === undefined ? "connect" : "secureConnect", { patience, signal });
      return leased(connection, false);
    },
    close() {
      for (const connection of all) connection.close();
    },
  };
}

type Dial = ConstructorParameters<typeof Connection>[0];

function dialPlain(request: HttpRequest): Dial {
  return (onread: OnReadOpts) => connect({ ...addressOf(request, 80), onread } as NetConnectOpts);
}

async function dialSecure(request: HttpRequest, tls: Tls): Promise<Dial> {
  const { connect: connectSecurely } = await import("node:tls");
  const address = addressOf(request, 443);
  // An address is no name to ask for (RFC 6066 section 3); the certificate is compared with `host` then.
  const servername = isIP(address.host) === 0 ? address.host : "";
  const options = { ...address, ...tls, servername, ALPNProtocols: ["http/1.1"] };
  return (onread: OnReadOpts) => connectSecurely({ ...options, onread } as ConnectionOptions);
}

function addressOf({ url, guard }: HttpRequest, defaultPort: number) {
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? defaultPort : Number(url.port),
    ...(guard === undefined ? {} : { lookup: guardedLookup(guard) }),
  };
}
