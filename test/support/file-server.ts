import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as the server saw it. */
export interface Asked {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

export interface FileServer {
  /** "http://127.0.0.1:PORT". */
  readonly url: string;
  readonly host: string;
  /** Every request so far, in order. */
  readonly asked: readonly Asked[];
  close(): Promise<void>;
}

/** A server on this machine that answers as it is told. */
export async function startFileServer(
  answer: (request: IncomingMessage, response: ServerResponse, count: number) => void,
): Promise<FileServer> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    asked.push({ path: request.url!, headers: request.headers });
    answer(request, response, asked.length);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `http://${host}`,
    host,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
