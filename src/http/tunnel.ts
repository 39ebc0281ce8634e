import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TransportFailure } from "./errors.js";

type Done = (error: Error | null, socket?: Duplex) => void;

/** The headers that a proxy is given to know us by. */
export function proxyHeaders({ username, password }: URL): Record<string, string> {
  if (username === "" && password === "") return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { "proxy-authorization": `Basic ${Buffer.from(pair).toString("base64")}` };
}

/** Options of a request to the proxy itself. */
export function proxyOptions(proxy: URL): { readonly hostname: string; readonly port: string } {
  const port = proxy.port === "" ? (proxy.protocol === "https:" ? "443" : "80") : proxy.port;
  return { hostname: proxy.hostname.replace(/^\[|\]$/g, ""), port };
}

/** Lets an https agent make its connections through a proxy: CONNECT first (RFC 9110 section 9.3.6), then TLS with the host itself. */
export function throughTunnel<T extends Agent>(agent: T, proxy: URL): T {
  const createConnection = (options: RequestOptions & { readonly servername?: string }, done: Done) => {
    void (async () => {
      const target = `${options.host}:${options.port}`;
      const socket = await openTunnel(proxy, target.replace(/^([0-9a-f:]*:[0-9a-f:]*):(\d+)$/i, "[$1]:$2"));
      const { connect } = await import("node:tls");
      done(null, connect({ ...options, socket } as never));
    })().catch((error: Error) => done(error));
    return undefined;
  };
  return Object.assign(agent, { createConnection });
}

async function openTunnel(proxy: URL, target: string): Promise<Socket> {
  const { request } = await (proxy.protocol === "https:" ? import("node:https") : import("node:http"));
  const message: ClientRequest = request({
    ...proxyOptions(proxy),
    method: "CONNECT",
    path: target,
    headers: { host: target, ...proxyHeaders(proxy) },
    agent: false,
  });
  return await new Promise((resolve, reject) => {
    message.once("connect", (response: IncomingMessage, socket: Socket) => {
      if (response.statusCode === 200) return resolve(socket);
      socket.destroy();
      reject(proxyRefusal(proxy, response.statusCode ?? 0));
    });
    message.once("response", (response: IncomingMessage) => {
      response.destroy();
      reject(proxyRefusal(proxy, response.statusCode ?? 0));
    });
    message.once("error", (error: NodeJS.ErrnoException) => reject(proxyFailure(proxy, error)));
    message.end();
  });
}

/** The failure to reach a proxy; one whose port is closed is not there, what else fails may pass. */
export function proxyFailure(proxy: URL, { code, message }: NodeJS.ErrnoException): TransportFailure {
  const lost = code === "ECONNREFUSED" || code === "ENOTFOUND";
  return new TransportFailure(
    lost ? "EPROXY" : "EPROXYFAILED",
    `the proxy ${proxy.host} cannot be used: ${message}; check HTTPS_PROXY, HTTP_PROXY and NO_PROXY`,
  );
}

/** What a proxy's refusal means to the user; one of the proxy's own troubles may pass. */
export function proxyRefusal(proxy: URL, status: number): TransportFailure {
  const advice =
    status === 407
      ? "; it wants a user name and password: http://USER:PASSWORD@HOST in the variable that names it"
      : "";
  const code = status >= 500 ? "EPROXYFAILED" : "EPROXY";
  return new TransportFailure(code, `the proxy ${proxy.host} answered ${status}${advice}`);
}
