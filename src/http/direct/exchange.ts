import { TransportFailure } from "../errors.js";
import { refuseForbiddenLiteral } from "../guard.js";
import { watchProgress, within, type Patience } from "../patience.js";
import type { ConnectOptions } from "../connect.js";
import type { HttpRequest, HttpResponse } from "../send.js";
import { hangUp } from "./bad-answer.js";
import { Incoming } from "./incoming.js";
import { formatRequestHead } from "./request-head.js";
import type { Lease, SocketPool } from "./socket-pool.js";

/** Whether a request is sent over a socket of our own: a download that goes through no proxy. */
export function isDirect(
  { lane, method, body, url }: HttpRequest,
  proxy: ConnectOptions["proxy"] = () => undefined,
): boolean {
  return lane === "download" && method === "GET" && body === undefined && proxy(url) === undefined;
}

/**
 * Sends a GET over a socket of our own, whose bytes are read into large slabs and handed out as they lie there. Keeps
 * the contract of `Send`. A kept connection that its server ended before a byte of the answer is replaced by a new one,
 * once: a GET may be sent again (RFC 9112 section 9.3.1).
 */
export async function exchangeDirectly(
  request: HttpRequest,
  pool: SocketPool,
  limits: Patience,
): Promise<HttpResponse> {
  request.signal?.throwIfAborted();
  refuseForbiddenLiteral(request);
  const head = formatRequestHead(request);
  const lease = await pool.lease(request, { patience: limits.connect });
  const first = await ask(head, { request, lease, limits });
  if (first !== "stale") return first;
  const fresh = await pool.lease(request, { patience: limits.connect, fresh: true });
  const second = await ask(head, { request, lease: fresh, limits });
  if (second === "stale") throw hangUp("head");
  return second;
}

/** The answer to one request; "stale" where a kept connection turned out to be at its end. */
async function ask(
  text: string,
  {
    request: { url, slow, signal },
    lease,
    limits,
  }: { readonly request: HttpRequest; readonly lease: Lease; readonly limits: Patience },
): Promise<HttpResponse | "stale"> {
  const { connection } = lease;
  const onAbort = () => incoming.fail(signal?.reason);
  const incoming = new Incoming({
    resume: () => connection.resume(),
    onOver(reusable) {
      signal?.removeEventListener("abort", onAbort);
      lease.release(reusable);
    },
  });
  signal?.addEventListener("abort", onAbort);
  if (signal?.aborted === true) onAbort();
  else connection.ask(text, incoming);
  try {
    const patience = slow === true ? limits.commit : limits.headers;
    const { status, headers } = await within(patience, incoming.head, "the response");
    const short = Number(headers["content-length"] ?? 65_537) <= 65_536;
    return {
      status,
      headers,
      url,
      body: readBody(incoming, { idle: limits.idle, signal }),
      // A short answer is read, which keeps the connection; a long one is cut off.
      discard: () => (short ? incoming.drain() : incoming.fail(hangUp("body"))),
    };
  } catch (error) {
    incoming.fail(error);
    signal?.throwIfAborted();
    if (lease.kept && !incoming.heard && isLost(error)) return "stale";
    throw error;
  }
}

/** Whether the other side ended the connection. */
function isLost(error: unknown): boolean {
  return error instanceof TransportFailure && (error.code === "ECONNRESET" || error.code === "EPIPE");
}

async function* readBody(
  incoming: Incoming,
  { idle, signal }: { readonly idle: number; readonly signal: AbortSignal | undefined },
): AsyncGenerator<Uint8Array, void, undefined> {
  const watch = watchProgress(idle, (failure) => incoming.fail(failure));
  try {
    for (;;) {
      signal?.throwIfAborted();
      const piece = await incoming.take();
      if (piece === undefined) return;
      watch.received(piece.length);
      yield piece;
      watch.waits();
    }
  } finally {
    watch.end();
    incoming.fail(hangUp("body"));
  }
}
