import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import test, { type TestContext } from "node:test";
import { isPassingFailure } from "../../src/http/retry.js";
import type { HttpRequest, Send } from "../../src/http/send.js";
import { createTransport } from "../../src/http/transport.js";

function open(t: TestContext): Send {
  const transport = createTransport();
  t.after(() => transport.close());
  return transport.send;
}

test("a server that answered before and refuses now is worth another attempt; a port where none ever was is not", async (t) => {
  const send = open(t);
  const server = createServer((_, response) => void response.end());
  const listening = async (port: number) => {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  };
  await listening(0);
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const request: HttpRequest = { method: "GET", url: new URL(`http://127.0.0.1:${port}/`), lane: "control" };
  (await send(request)).discard();
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
  const failure = (failing: typeof send) => failing(request).catch((error: unknown) => error);
  const [before, never] = [await failure(send), await failure(open(t))];
  assert.deepEqual([isPassingFailure(before), isPassingFailure(never)], [true, false]);
  await listening(port);
  assert.equal((await send(request)).status, 200);
});
