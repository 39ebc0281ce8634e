import { Agent, request as httpRequest, type ClientRequest, type RequestOptions } from "node:http";
import { guardedLookup, refuseForbiddenName } from "./guard.js";
import type { HttpRequest } from "./send.js";
import { proxyHeaders, proxyOptions, throughTunnel } from "./tunnel.js";

/** What TLS with one host is made of, as node:tls takes it. */
export interface SecureOptions {
  readonly ca?: readonly string[] | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

export interface ConnectOptions {
  /** Hosts whose certificates are not checked. */
  readonly unverified?: (host: string) => boolean;
  /** Further roots and a client certificate for a host. */
  readonly secure?: (host: string) => Promise<SecureOptions>;
  /** The proxy to reach a URL through. */
  readonly proxy?: (url: URL) => URL | undefined;
}

/** A request on a connection that is kept, or a new one; `proxy` is who answers it, where that is not the host itself. */
export interface Opened {
  readonly message: ClientRequest;
  readonly proxy?: URL;
}

export type Connect = (request: HttpRequest, options: RequestOptions) => Promise<Opened>;

/** Connections of node:http, and of node:https once an https URL is met; directly or through proxies. */
export function createConnector({
  unverified = () => false,
  secure = async () => ({}),
  proxy: choose = () => undefined,
}: ConnectOptions): { readonly connect: Connect; close(): void } {
  const agents = new Map<string, Agent>();

  const connect: Connect = async (request, options) => {
    const { url, guard } = request;
    const proxy = choose(url);
    if (proxy !== undefined) refuseForbiddenName(request);
    const encrypted = url.protocol === "https:";
    const tls = encrypted
      ? { ...(await secure(url.host)), ...(unverified(url.host) ? { rejectUnauthorized: false } : {}) }
      : {};
    const agent = await agentFor(request, proxy);
    if (proxy !== undefined && !encrypted) return forward(request, { ...options, agent }, proxy);
    const open = encrypted ? (await import("node:https")).request : httpRequest;
    // A proxy looks names up by itself; its own address is the user's word.
    const lookup =
      guard === undefined || proxy !== undefined
        ? {}
        : { lookup: guardedLookup(guard) as RequestOptions["lookup"] };
    return { message: open(url, { ...options, ...(tls as RequestOptions), ...lookup, agent }) };
  };

  /** Guarded requests have connections of their own: one made without the guard is not theirs to use. */
  const agentFor = async ({ url, guard }: HttpRequest, proxy: URL | undefined): Promise<Agent> => {
    const guarded = guard === undefined ? "" : ` guarded ${guard.loopback}`;
    const pool = `${url.protocol}${guarded} ${proxy?.href ?? ""}`;
    const known = agents.get(pool);
    if (known !== undefined) return known;
    const own = proxy !== undefined && url.protocol === "http:" ? proxy.protocol : url.protocol;
    const AgentClass = own === "https:" ? (await import("node:https")).Agent : Agent;
    const made = new AgentClass({ keepAlive: true, scheduling: "lifo" });
    const agent = agents.get(pool) ?? made;
    agents.set(pool, agent);
    return proxy !== undefined && url.protocol === "https:" && agent === made
      ? throughTunnel(agent, proxy)
      : agent;
  };

  return {
    connect,
    close: () => {
      for (const agent of agents.values()) agent.destroy();
    },
  };
}

/** A request for an http URL, sent to a proxy whole (RFC 9112 section 3.2.2). */
async function forward({ url }: HttpRequest, options: RequestOptions, proxy: URL): Promise<Opened> {
  const open = proxy.protocol === "https:" ? (await import("node:https")).request : httpRequest;
  const message = open({
    ...options,
    ...proxyOptions(proxy),
    path: url.href,
    headers: { ...options.headers, host: url.host, ...proxyHeaders(proxy) },
  });
  return { message, proxy };
}
