import type { TestContext } from "node:test";
import type { ConnectOptions } from "../../src/http/connect.js";
import type { Patience } from "../../src/http/patience.js";
import { readUpTo } from "../../src/http/read.js";
import type { HttpRequest, HttpResponse, Send } from "../../src/http/send.js";
import { createTransport } from "../../src/http/transport.js";
import type { RawRequest } from "../support/raw-server.js";

type Options = ConnectOptions & { readonly patience?: Partial<Patience> };

export function open(t: TestContext, options: Options = {}): Send {
  const transport = createTransport(options);
  t.after(() => transport.close());
  return transport.send;
}

export function get(url: string | URL, extra: Partial<HttpRequest> = {}): HttpRequest {
  return { method: "GET", url: new URL(url), lane: "download", ...extra };
}

export async function textOf(response: HttpResponse): Promise<string> {
  return Buffer.from(await readUpTo(response, 1_000_000)).toString();
}

export function sized(body: string, more = ""): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n${more}\r\n${body}`;
}

/** A server that answers every request with the number of its connection. */
export function numbers({ connection, socket }: RawRequest): void {
  socket.write(sized(`${connection}`));
}
