import { once } from "node:events";
import {
  createServer,
  request as forward,
  type ClientRequest,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { createRegistry, type RegistryOptions } from "../../src/registry.js";

/** Whoever ends what was started: a test, or a program that calls the functions itself. */
export interface Ends {
  after(end: () => Promise<void> | void): void;
}

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
  /** An answer of its own, once the request's body has come. */
  | {
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string | Uint8Array;
    }
  /** The connection ends when so many bytes of the body have come. */
  | { readonly resetAfter: number }
  /** The registry gets the first so many bytes of the body, then both connections end. */
  | { readonly passThenReset: number }
  /** The registry gets the request, the client never its answer. */
  | { readonly loseAnswer: true }
  /** The request is read and nothing ever answered. */
  | { readonly silent: true }
  /** The answer's headers are changed (`undefined` takes one away), and its status where another is named. */
  | {
      readonly rewrite: (headers: Record<string, string | undefined>) => Record<string, string | undefined>;
      readonly insteadStatus?: number;
    }
  /** The answer's body is changed, its headers are not: a lie about digest or length. */
  | { readonly swap: (body: Buffer) => Uint8Array }
  /** The answer's body ends after so many bytes, the connection with it. */
  | { readonly cutAfter: number }
  /** The answer's body comes in pieces of so many bytes, each when the promise for it resolves. */
  | { readonly drip: { readonly bytes: number; readonly next: () => Promise<unknown> } }
  /** The request goes on its way when the promise resolves. */
  | { readonly hold: Promise<unknown> };

/** One row of a table of faults: what it is for, how often it strikes, what happens. */
export interface FaultRow {
  readonly method?: string | readonly string[];
  /** Looked for in the path and query. */
  readonly path?: RegExp;
  /** The state in which it strikes, where method and path do not say enough. */
  readonly when?: (request: Seen) => boolean;
  /** Lets so many requests that fit pass first. */
  readonly after?: number;
  /** Strikes so often; always unless given. */
  readonly times?: number;
  readonly fault: Fault;
}

/** Chooses what happens to a request: a function, or a table whose first row that fits decides. */
export type Faults = readonly FaultRow[] | ((request: Seen) => Fault | undefined);

/** A front that listens, and what it has seen. */
export interface Front {
  /** "127.0.0.1:PORT" */
  readonly host: string;
  readonly seen: readonly Seen[];
  /** From now on these faults strike instead. */
  strike(faults: Faults): void;
  /** Requests as "METHOD path" without query, with digests shortened to four digits. */
  summary(): string[];
}

/** The embedded registry behind a front that breaks what the test wants broken. */
export async function startFaultRegistry(
  t: Ends,
  faults?: Faults,
  options: RegistryOptions = {},
): Promise<Front> {
  const registry = await createRegistry(options);
  t.after(() => registry.close());
  return startFront(t, registry.host, faults);
}

/** A fault for the first requests that match. */
export function first(
  matches: (request: Seen) => boolean,
  fault: Fault,
  times = 1,
): (request: Seen) => Fault | undefined {
  return choose([{ when: matches, times, fault }]);
}

function chooser(faults: Faults): (request: Seen) => Fault | undefined {
  return typeof faults === "function" ? faults : choose(faults);
}

function choose(rows: readonly FaultRow[]): (request: Seen) => Fault | undefined {
  const struck = rows.map(() => 0);
  return (request) => {
    for (const [at, row] of rows.entries()) {
      if (!fits(row, request)) continue;
      const turn = struck[at]!++ - (row.after ?? 0);
      if (turn >= 0 && turn < (row.times ?? Number.POSITIVE_INFINITY)) return row.fault;
    }
    return undefined;
  };
}

function fits({ method, path, when }: FaultRow, request: Seen): boolean {
  if (method !== undefined && ![method].flat().includes(request.method)) return false;
  return path?.test(request.path) !== false && when?.(request) !== false;
}

/** A registry's front that answers, breaks or changes what the faults choose and forwards the rest to `target`. */
export async function startFront(t: Ends, target: string | undefined, faults: Faults = []): Promise<Front> {
  let intercept = chooser(faults);
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const method = request.method ?? "";
    const before = seen.filter((earlier) => earlier.method === method).length;
    const entry: Seen = { method, path: request.url ?? "", headers: request.headers, before, bytes: 0 };
    seen.push(entry);
    const fault = intercept(entry);
    if (fault !== undefined && "status" in fault) return void answer(request, response, entry, fault);
    if (fault !== undefined && "resetAfter" in fault) return reset(request, entry, fault.resetAfter);
    if (fault !== undefined && "silent" in fault) return void request.resume();
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
    strike: (others) => void (intercept = chooser(others)),
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
    readonly fault: Fault | undefined;
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
      const { insteadStatus } = { insteadStatus: undefined, ...fault };
      response.writeHead(
        insteadStatus ?? incoming.statusCode!,
        Object.fromEntries(
          Object.entries(out).filter(([name, value]) => value !== undefined && name !== "connection"),
        ) as Record<string, string>,
      );
      if (fault !== undefined && "cutAfter" in fault) return cut(incoming, response, fault.cutAfter);
      const declared = out["content-length"];
      if (fault !== undefined && "swap" in fault)
        return void swap(incoming, response, { ...fault, declared });
      if (fault !== undefined && "drip" in fault) return void drip(incoming, response, fault.drip);
      incoming.pipe(response);
    },
  );
  onward.on("error", () => request.socket.destroy());
  request.on("data", (chunk: Buffer) => (entry.bytes += chunk.length));
  request.on("error", () => onward.destroy());
  if (fault !== undefined && "passThenReset" in fault) {
    return passThenReset(request, onward, fault.passThenReset);
  }
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

/** Changes the body under headers that were written for another; what is missing ends the connection. */
async function swap(
  incoming: IncomingMessage,
  response: ServerResponse,
  {
    swap: change,
    declared,
  }: { readonly swap: (body: Buffer) => Uint8Array; readonly declared: string | undefined },
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const body = change(Buffer.concat(chunks));
  if (declared === undefined || Number(declared) === body.length) return void response.end(body);
  response.write(body, () => response.socket?.end());
}

async function drip(
  incoming: IncomingMessage,
  response: ServerResponse,
  { bytes, next }: { readonly bytes: number; readonly next: () => Promise<unknown> },
): Promise<void> {
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    for (let at = 0; at < chunk.length; at += bytes) {
      await next();
      if (response.destroyed) return;
      response.write(chunk.subarray(at, at + bytes));
    }
  }
  response.end();
}

function passThenReset(request: IncomingMessage, onward: ClientRequest, after: number): void {
  let left = after;
  request.on("data", (chunk: Buffer) => {
    if (left <= 0) return;
    const part = chunk.subarray(0, left);
    left -= part.length;
    onward.write(part, () => {
      if (left > 0) return;
      // What was written is on its way to the registry; it sees the end of the connection behind it.
      onward.socket?.end();
      request.socket.resetAndDestroy();
    });
  });
}
