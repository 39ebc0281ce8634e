import { once } from "node:events";
import type { ClientRequest, IncomingMessage } from "node:http";
import { GantryError } from "../errors.js";
import { TransportFailure } from "./errors.js";
import { createConnector, type Connect, type ConnectOptions } from "./connect.js";
import { refuseForbiddenLiteral } from "./guard.js";
import type { HttpRequest, HttpResponse, RequestBody, Send } from "./send.js";
import { proxyFailure, proxyRefusal } from "./tunnel.js";

/** How long the other side may keep silent, in milliseconds. Time that our own side takes never counts. */
export interface Patience {
  readonly connect: number;
  /** From the end of a small request to the response's headers. */
  readonly headers: number;
  /** The same after an upload: registries verify and move the bytes before they answer. */
  readonly commit: number;
  /** Without a byte moving, in either direction. */
  readonly idle: number;
}

const defaultPatience: Patience = { connect: 30_000, headers: 60_000, commit: 600_000, idle: 60_000 };

export interface Transport {
  readonly send: Send;
  /** Ends every connection, also those in use. */
  close(): void;
}

/**
 * Sends requests over kept-alive connections of node:http, and of node:https once an https URL is met. Follows no
 * redirects, adds no credentials, decodes nothing.
 */
export function createTransport({
  patience = defaultPatience,
  ...options
}: ConnectOptions & { readonly patience?: Partial<Patience> } = {}): Transport {
  const limits = { ...defaultPatience, ...patience };
  const { connect, close } = createConnector(options);
  const heard = new Set<string>();
  const send: Send = async (request) => {
    const { origin } = request.url;
    try {
      const response = await exchange(request, connect, limits);
      heard.add(origin);
      return response;
    } catch (error) {
      throw heard.has(origin) ? orRestarting(error) : error;
    }
  };
  return { send, close };
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
      "user-agent": "gantry",
      "accept-encoding": "identity",
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
      body === undefined ? endNow(message) : await sendBody(message, body, { heard, limits, signal });
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

/** Streams the body; false where the answer came first and the rest was not sent. */
async function sendBody(
  message: ClientRequest,
  body: RequestBody,
  {
    heard,
    limits,
    signal,
  }: {
    readonly heard: { answered: boolean };
    readonly limits: Patience;
    readonly signal: AbortSignal | undefined;
  },
): Promise<boolean> {
  const { size = Number.POSITIVE_INFINITY } = body;
  let given = 0;
  let flushed = 0;
  for await (const chunk of body.open(signal)) {
    if (heard.answered) return false;
    given += chunk.length;
    if (given > size) break;
    const flowing = message.write(chunk, (error) => {
      if (error === null || error === undefined) body.onSent?.((flushed += chunk.length));
    });
    if (!flowing) await within(limits.idle, drained(message), "the network to take more bytes");
  }
  // A body that ended because the answer came is not to be blamed for its length.
  if (heard.answered && body.onSettled !== undefined) return false;
  if (body.size !== undefined && given !== size) {
    throw new GantryError(
      "ERR_GANTRY_CONTENT_MISMATCH",
      `expected ${size} bytes to send, the source gave ${given > size ? "more" : given}`,
    );
  }
  if (heard.answered) return false;
  message.end();
  return true;
}

async function drained(message: ClientRequest): Promise<void> {
  try {
    await once(message, "drain");
  } catch (error) {
    throw transportFailure(error);
  }
}

/** Fails the request where no connection stands in time; the returned function ends the watch. */
function watchConnect(message: ClientRequest, patience: number): () => void {
  const late = () =>
    message.destroy(new TransportFailure("ETIMEDOUT", `no connection within ${patience / 1000} s`));
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

/** Bytes that must come before the patience for a silent server begins anew: one that dribbles is as good as silent. */
const leastProgress = 1024;

async function* readBody(
  message: ClientRequest,
  response: IncomingMessage,
  {
    complete,
    idle,
    signal,
  }: { readonly complete: boolean; readonly idle: number; readonly signal: AbortSignal | undefined },
): AsyncGenerator<Uint8Array, void, undefined> {
  let waiting = true;
  let received = 0;
  const timer = setTimeout(() => {
    const late = `fewer than ${leastProgress} bytes in ${idle / 1000} s`;
    if (waiting) response.destroy(new TransportFailure("ETIMEDOUT", late));
    else timer.refresh();
  }, idle);
  try {
    for await (const chunk of response as AsyncIterable<Uint8Array>) {
      received += chunk.length;
      waiting = false;
      yield chunk;
      waiting = true;
      if (received < leastProgress) continue;
      received = 0;
      timer.refresh();
    }
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    throw transportFailure(error);
  } finally {
    clearTimeout(timer);
    if (!complete) message.destroy();
  }
}

async function within<T>(patience: number, promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new TransportFailure("ETIMEDOUT", `waited ${patience / 1000} s for ${what}`)),
      patience,
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function transportFailure(error: unknown): unknown {
  if (error instanceof TransportFailure || error instanceof GantryError || !(error instanceof Error))
    return error;
  const code = "code" in error && typeof error.code === "string" ? error.code : "EUNKNOWN";
  return new TransportFailure(code, plainMessage(error.message) || code, { cause: error });
}

/** OpenSSL's errors are its own log lines: "80CC…:error:0A00045C:SSL routines:…:tlsv13 alert certificate required:file.c:1601:…". */
function plainMessage(message: string): string {
  const reason = /error:[0-9A-F]{8}:[^:]*:[^:]*:([^:]+):/.exec(message)?.[1];
  return reason === undefined ? message : `TLS: ${reason}`;
}
