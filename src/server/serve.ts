import type { IncomingMessage, ServerResponse } from "node:http";
import type { Answer, Holdings } from "./call.js";
import { Fault } from "./fault.js";
import { findRoute } from "./routes.js";

/** One line of the access log, told before the last byte of the answer leaves. */
export interface RequestEntry {
  readonly method: string;
  /** With its query, as sent. */
  readonly path: string;
  readonly status: number;
  /** Bytes of the bodies, as far as they went. */
  readonly bytesIn: number;
  readonly bytesOut: number;
}

export interface ServeOptions {
  readonly holdings: Holdings;
  /** Rejects with the fault to answer with. */
  readonly check: (request: IncomingMessage) => Promise<void>;
  readonly onRequest?: ((entry: RequestEntry) => void) | undefined;
}

/** Answers one request; never throws. */
export async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  options: ServeOptions,
): Promise<void> {
  const traffic = { in: 0, out: 0 };
  const log = () =>
    options.onRequest?.({
      method: request.method!,
      path: request.url!,
      status: response.statusCode,
      bytesIn: traffic.in,
      bytesOut: traffic.out,
    });
  try {
    const answer = await answerTo(request, options, traffic);
    begin(response, answer);
    if (request.method !== "HEAD") await sendBody(response, answer, traffic);
    log();
    response.end();
  } catch {
    // The connection broke, or the bytes could not be read after the answer began: cutting it short tells the client.
    log();
    response.destroy();
  }
}

async function answerTo(
  request: IncomingMessage,
  { holdings, check }: ServeOptions,
  traffic: { in: number },
): Promise<Answer> {
  try {
    await check(request);
    const [path = "", query = ""] = splitOnce(request.url!, "?");
    // Some clients escape the colon of a digest. No other character of a valid path may be escaped.
    const { handler, name, reference } = findRoute(request.method!, path.replaceAll(/%3a/gi, ":"));
    const body = counted(request, traffic);
    return await handler({
      holdings,
      name,
      reference,
      query: new URLSearchParams(query),
      headers: request.headers,
      body,
    });
  } catch (error) {
    if (request.destroyed && !request.complete) throw error;
    return refusal(error instanceof Fault ? error : new Fault("UNKNOWN", `${(error as Error).message}`));
  }
}

/** The request's bytes. A handler that stops early leaves the connection whole, so that its answer can be sent. */
async function* counted(request: IncomingMessage, traffic: { in: number }): AsyncGenerator<Uint8Array> {
  for await (const bytes of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
    traffic.in += bytes.length;
    yield bytes;
  }
}

function begin(response: ServerResponse, { status, headers = {}, body }: Answer): void {
  response.statusCode = status;
  response.setHeader("Docker-Distribution-Api-Version", "registry/2.0");
  response.setHeader("X-Content-Type-Options", "nosniff");
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (status !== 204) response.setHeader("Content-Length", body?.length ?? 0);
}

async function sendBody(response: ServerResponse, { body }: Answer, traffic: { out: number }): Promise<void> {
  if (body === undefined) return;
  const chunks = body instanceof Uint8Array ? [body] : body.open();
  for await (const bytes of chunks) {
    traffic.out += bytes.length;
    if (!response.write(bytes)) await drained(response);
  }
}

/** Resolves when more may be written; rejects when the client has gone. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      response.off("drain", settle).off("close", settle);
      if (response.destroyed) reject(new Error("the client closed the connection"));
      else resolve();
    };
    if (response.destroyed) settle();
    else response.on("drain", settle).on("close", settle);
  });
}

function refusal({ status, headers, document }: Fault): Answer {
  return {
    status,
    headers: { "Content-Type": "application/json", ...headers },
    body: Buffer.from(JSON.stringify(document)),
  };
}

function splitOnce(text: string, separator: string): readonly string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
