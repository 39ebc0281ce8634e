import { once } from "node:events";
import { createServer, request as forward, type IncomingMessage } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import type { Ends } from "./fault-registry.js";

export interface ForwardProxy {
  /** "127.0.0.1:PORT" */
  readonly host: string;
  /** What it was asked for: "CONNECT registry.test:443", "GET http://registry.test/v2/". */
  readonly seen: readonly string[];
}

/** A proxy for http (whole URLs) and https (CONNECT) whose names all lead where `route` says. */
export async function startForwardProxy(
  t: Ends,
  route: (host: string) => string | undefined,
  { credentials, status }: { readonly credentials?: string; readonly status?: number } = {},
): Promise<ForwardProxy> {
  const seen: string[] = [];
  const sockets = new Set<Socket>();
  const refusal = ({ headers }: IncomingMessage): number | undefined => {
    if (status !== undefined) return status;
    const expected = `Basic ${Buffer.from(credentials ?? "").toString("base64")}`;
    return credentials === undefined || headers["proxy-authorization"] === expected ? undefined : 407;
  };
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    const url = new URL(request.url!);
    const target = route(url.host);
    const refused = refusal(request) ?? (target === undefined ? 502 : undefined);
    if (refused !== undefined) return void response.writeHead(refused, { "content-length": 0 }).end();
    const { "proxy-authorization": _, ...headers } = request.headers;
    const onward = forward(
      `http://${target}${url.pathname}${url.search}`,
      { method: request.method!, headers, agent: false },
      (answer) => {
        response.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  });
  server.on("connect", (request: IncomingMessage, socket: Socket) => {
    seen.push(`CONNECT ${request.url}`);
    sockets.add(socket);
    const target = route(request.url!);
    const refused = refusal(request) ?? (target === undefined ? 502 : undefined);
    if (refused !== undefined)
      return void socket.end(`HTTP/1.1 ${refused} Refused\r\nContent-Length: 0\r\n\r\n`);
    const [, port] = target!.split(":");
    const onward = connect(Number(port), "127.0.0.1", () => socket.write("HTTP/1.1 200 OK\r\n\r\n"));
    for (const each of [socket, onward])
      each.on("error", () => [socket, onward].forEach((end) => end.destroy()));
    socket.pipe(onward).pipe(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}
