import { once } from "node:events";
import { request as forward } from "node:http";
import { createServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { certificate } from "./certificates.js";
import type { Ends } from "./fault-registry.js";

export interface HttpsFront {
  readonly port: number;
  /** Requests that came through TLS, as "METHOD path". */
  readonly seen: readonly string[];
}

/** TLS before a registry, by one of the certificates. */
export async function startHttps(
  t: Ends,
  target: string,
  { named = "server", ...options }: ServerOptions & { readonly named?: string } = {},
): Promise<HttpsFront> {
  const seen: string[] = [];
  const server = createServer({ ...certificate(named), ...options }, (request, response) => {
    seen.push(`${request.method} ${request.url}`);
    const onward = forward(
      `http://${target}${request.url}`,
      { method: request.method!, headers: { ...request.headers, host: target }, agent: false },
      (answer) => {
        response.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  });
  server.on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  return { port: (server.address() as AddressInfo).port, seen };
}
