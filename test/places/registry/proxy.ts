import { once } from "node:events";
import { createServer, request as forward, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

export interface Seen {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** How many requests of this method came before it. */
  readonly before: number;
  /** Body bytes that arrived. */
  bytes: number;
}

/** What happens instead of plain forwarding. */
export type Fault =
  | {
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string | Uint8Array;
    }
  /** The connection ends when so many bytes of the body have come. */
  | { readonly resetAfter: number }
  /** The registry gets the request, the client never its answer. */
  | { readonly loseAnswer: true }
  /** The answer's headers are changed; `undefined` takes one away. */
  | { readonly rewrite: (headers: Record<string, string | undefined>) => Record<string, string | undefined> }
  /** The answer's body ends after so many bytes, the connection with it. */
  | { readonly cutAfter: number }
  /** The request goes on its way when the promise resolves. */
  | { readonly hold: Promise<unknown> };

export interface Proxy {
  /** "127.0.0.1:PORT" */
  readonly host: string;
  readonly seen: readonly Seen[];
  /** Requests as "METHOD path" without query, with digests shortened to four digits. */
  summary(): string[];
}

/** A registry's front that answers, breaks or changes what `intercept` chooses and forwards the rest to `target`. */
export async function startProxy(
  t: TestContext,
  target: string | undefined,
  intercept: (request: Seen) => Fault | undefined = () => undefined,
): Promise<Proxy> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const method = request.method ?? "";
    const before = seen.filter((earlier) => earlier.method === method).length;
    const entry: Seen = { method, path: request.url ?? "", headers: request.headers, before, bytes: 0 };
    seen.push(entry);
    const fault = intercept(entry);
    if (fault !== undefined && "status" in fault) return void answer(request, response, entry, fault);
    if (fault !== undefined && "resetAfter" in fault) return reset(request, entry, fault.resetAfter);
    if (fault !== undefined && "hold" in fault) {
      void fault.hold.then(() => pass(target!, request, response, { entry, fault: undefined }));
      return;
    }
    pass(target!, request, response, { entry, fault });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    summary: () =>
      seen.map(
        ({ method, path }) =>
          `${method} ${path
            .split("?")[0]!
            .replace(/(sha256:.{4})\w+/, "$1")
            .replace(/uploads\/.+/, "uploads/ID")}`,
      ),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  entry: Seen,
  { status, headers = {}, body = "" }: Extract<Fault, { status: number }>,
): Promise<void> {
  for await (const chunk of request) entry.bytes += (chunk as Buffer).length;
  response.writeHead(status, { "content-length": Buffer.byteLength(body), ...headers });
  response.end(request.method === "HEAD" ? undefined : body);
}

function reset(request: IncomingMessage, entry: Seen, after: number): void {
  const end = () => request.socket.resetAndDestroy();
  if (after === 0) return void end();
  request.on("data", (chunk: Buffer) => {
    entry.bytes += chunk.length;
    if (entry.bytes >= after) end();
  });
  request.on("error", () => undefined);
}

function pass(
  target: string,
  request: IncomingMessage,
  response: ServerResponse,
  {
    entry,
    fault,
  }: {
    readonly entry: Seen;
    readonly fault:
      Exclude<Fault, { status: number } | { resetAfter: number } | { hold: Promise<unknown> }> | undefined;
  },
): void {
  const { host: _, connection: __, ...headers } = request.headers;
  const onward = forward(
    `http://${target}${request.url}`,
    { method: request.method!, headers: { ...headers, host: target }, agent: false },
    (incoming) => {
      incoming.on("error", () => undefined);
      if (fault !== undefined && "loseAnswer" in fault) {
        incoming.resume();
        incoming.on("end", () => request.socket.destroy());
        return;
      }
      let out: Record<string, string | undefined> = {};
      for (const [name, value] of Object.entries(incoming.headers)) out[name] = String(value);
      if (fault !== undefined && "rewrite" in fault) out = fault.rewrite(out);
      response.writeHead(
        incoming.statusCode!,
        Object.fromEntries(
          Object.entries(out).filter(([name, value]) => value !== undefined && name !== "connection"),
        ) as Record<string, string>,
      );
      if (fault !== undefined && "cutAfter" in fault) return cut(incoming, response, fault.cutAfter);
      incoming.pipe(response);
    },
  );
  onward.on("error", () => request.socket.destroy());
  request.on("data", (chunk: Buffer) => (entry.bytes += chunk.length));
  request.on("error", () => onward.destroy());
  request.pipe(onward);
}

function cut(incoming: IncomingMessage, response: ServerResponse, after: number): void {
  let left = after;
  incoming.on("data", (chunk: Buffer) => {
    if (left <= 0) return;
    const part = chunk.subarray(0, left);
    left -= part.length;
    response.write(part, () => {
      if (left <= 0) response.socket?.end();
      if (left <= 0) incoming.destroy();
    });
  });
}
