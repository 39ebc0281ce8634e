import type { ClientRequest, IncomingMessage } from "node:http";
import type { OnSpan } from "../model/spans.js";
import { TransportFailure } from "./errors.js";
import { createConnector, type Connect, type ConnectOptions } from "./connect.js";
import { exchangeDirectly, isDirect } from "./direct/exchange.js";
import { createSocketPool } from "./direct/socket-pool.js";
import { transportFailure } from "./failures.js";
import { refuseForbiddenLiteral } from "./guard.js";
import { ownHeaders } from "./own-headers.js";
import { defaultPatience, noConnection, watchProgress, within, type Patience } from "./patience.js";
import { sendBody } from "./send-body.js";
import type { HttpRequest, HttpResponse, Send } from "./send.js";
import { tellRequests } from "./told-requests.js";
import { proxyFailure, proxyRefusal } from "./tunnel.js";

export interface Transport {
  readonly send: Send;
  /** Ends every connection, also those in use. */
  close(): void;
}

/**
 * Sends requests over kept-alive connections: downloads over sockets of our own (direct/), all else through node:http,
 * and node:https once an https URL is met. Follows no redirects, adds no credentials, decodes nothing.
 */
export function createTransport({
  patience = defaultPatience,
  onSpan,
  ...options
}: ConnectOptions & {
  readonly patience?: Partial<Patience>;
  readonly onSpan?: OnSpan | undefined;
} = {}): Transport {
  const limits = { ...defaultPatience, ...patience };
  const { connect, close } = createConnector(options);
  const pool = createSocketPool(options);
  const heard = new Set<string>();
  const send: Send = async (request) => {
    const { origin } = request.url;
    try {
      const response = isDirect(request, options.proxy)
        ? await exchangeDirectly(request, pool, limits)
        : await exchange(request, connect, limits);
      heard.add(origin);
      return response;
    } catch (error) {
      throw heard.has(origin) ? orRestarting(error) : error;
    }
  };
  return {
    send: tellRequests(send, onSpan),
    close() {
      close();
      pool.close();
    },
  };
}

/** A server that answered before and refuses connections now is being started again; one that never did is not there. */
function orRestarting(error: unknown): unknown {
  if (!(error instanceof TransportFailure) || error.code !== "ECONNREFUSED") return error;
  return new TransportFailure("ERESTARTING", error.message, { cause: error });
}

async function exchange(request: HttpRequest, connect: Connect, limits: Patience): Promise<HttpResponse> {
  const { signal, url } = request;
  signal?.throwIfAborted();
  refuseForbiddenLiteral(request);
  const { message, proxy } = await connect(request, {
    method: request.method,
    headers: {
      ...ownHeaders,
      ...request.headers,
      ...framing(request),
    },
    ...(signal === undefined ? {} : { signal }),
  });
  try {
    const { response, complete } = await converse(message, request, limits);
    if (proxy !== undefined && response.statusCode === 407) throw proxyRefusal(proxy, 407);
    return describeResponse(message, response, { url, complete, idle: limits.idle, signal });
  } catch (error) {
    message.destroy();
    if (signal?.aborted === true) throw signal.reason;
    if (proxy !== undefined && error instanceof TransportFailure && error.code === "ECONNREFUSED")
      throw proxyFailure(proxy, error);
    throw error;
  }
}

/** How the end of the body is told (RFC 9112 section 6). */
function framing({ method, body }: HttpRequest): Readonly<Record<string, string | number>> {
  if (body === undefined) return method === "GET" || method === "HEAD" ? {} : { "content-length": 0 };
  return body.size === undefined ? { "transfer-encoding": "chunked" } : { "content-length": body.size };
}

/** Sends the body and waits for the answer, which may come before the body's end. */
async function converse(
  message: ClientRequest,
  { body, slow, signal }: HttpRequest,
  limits: Patience,
): Promise<{ readonly response: IncomingMessage; readonly complete: boolean }> {
  const heard = { answered: false };
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    message.once("response", resolve);
    message.on("error", (error) => reject(transportFailure(error)));
  }).finally(() => {
    heard.answered = true;
    body?.onSettled?.();
    message.emit("drain");
  });
  answer.catch(() => undefined);
  const connected = watchConnect(message, limits.connect);
  try {
    const complete =
      body === undefined
        ? endNow(message)
        : await sendBody(message, body, { heard, idle: limits.idle, signal });
    const patience = slow === true || (body?.size ?? 0) >= 65_536 ? limits.commit : limits.headers;
    return { response: await within(patience, answer, "the response"), complete };
  } finally {
    connected();
  }
}

function endNow(message: ClientRequest): true {
  message.end();
  return true;
}

/** Fails the request where no connection stands in time; the returned function ends the watch. */
function watchConnect(message: ClientRequest, patience: number): () => void {
  const late = () => message.destroy(noConnection(patience));
  const timer = setTimeout(late, patience);
  const settled = () => clearTimeout(timer);
  message.once("socket", (socket) => {
    if (!socket.connecting) settled();
    else socket.once("encrypted" in socket ? "secureConnect" : "connect", settled);
  });
  return settled;
}

function describeResponse(
  message: ClientRequest,
  response: IncomingMessage,
  {
    url,
    complete,
    idle,
    signal,
  }: {
    readonly url: URL;
    readonly complete: boolean;
    readonly idle: number;
    readonly signal: AbortSignal | undefined;
  },
): HttpResponse {
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(response.headers))
    headers[name] = Array.isArray(value) ? value.join(", ") : value;
  return {
    status: response.statusCode ?? 0,
    headers,
    url,
    body: readBody(message, response, { complete, idle, signal }),
    discard: () => {
      // A short answer is read, which keeps the connection; a long one is cut off.
      if (complete && Number(headers["content-length"] ?? 65_537) <= 65_536) response.resume();
      else message.destroy();
      response.on("error", () => undefined);
    },
  };
}

async function* readBody(
  message: ClientRequest,
  response: IncomingMessage,
  {
    complete,
    idle,
    signal,
  }: { readonly complete: boolean; readonly idle: number; readonly signal: AbortSignal | undefined },
): AsyncGenerator<Uint8Array, void, undefined> {
  const watch = watchProgress(idle, (failure) => response.destroy(failure));
  try {
    for await (const chunk of response as AsyncIterable<Uint8Array>) {
      watch.received(chunk.length);
      yield chunk;
      watch.waits();
    }
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    throw transportFailure(error);
  } finally {
    watch.end();
    if (!complete) message.destroy();
  }
}
