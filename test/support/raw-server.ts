import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { Server as TlsServer } from "node:tls";
import type { Ends } from "./fault-registry.js";

/** A server of bytes: `talk` gets each connection. The URL of it. */
export async function startRaw(
  t: Ends,
  talk: (socket: Socket) => void,
  server: Server = createServer(),
): Promise<string> {
  const sockets = new Set<Socket>();
  // Of a TLS server too: its own event is that of the encrypted connection.
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
  });
  server.on(server instanceof TlsServer ? "secureConnection" : "connection", talk);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const scheme = server instanceof TlsServer ? "https" : "http";
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** A request that a server of bytes got. */
export interface RawRequest {
  /** All of its head, without the empty line at its end. */
  readonly head: string;
  /** "/path" */
  readonly path: string;
  /** Which of the server's connections it came on, from 0. */
  readonly connection: number;
  readonly socket: Socket;
}

/** What to do with the connections of a server that hands each request without a body to `answer`. */
export function listening(answer: (request: RawRequest) => void): (socket: Socket) => void {
  let connections = 0;
  return (socket) => {
    const connection = connections++;
    let text = "";
    socket.on("error", () => undefined);
    socket.on("data", (bytes: Buffer) => {
      text += bytes.toString("latin1");
      for (let end = text.indexOf("\r\n\r\n"); end >= 0; end = text.indexOf("\r\n\r\n")) {
        const head = text.slice(0, end);
        text = text.slice(end + 4);
        answer({ head, path: head.split(" ")[1]!, connection, socket });
      }
    });
  };
}
