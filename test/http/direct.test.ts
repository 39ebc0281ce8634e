import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import test from "node:test";
import { createGate } from "../support/gate.js";
import { listening, startRaw, type RawRequest } from "../support/raw-server.js";
import { get, numbers, open, sized, textOf } from "./downloads.js";

test("the request names its host, its path with the query and who we are", async (t) => {
  const heads: string[] = [];
  const url = await startRaw(
    t,
    listening((request) => {
      heads.push(request.head);
      numbers(request);
    }),
  );
  const send = open(t);
  await textOf(await send(get(`${url}a%20b?c=d`, { headers: { range: "bytes=3-" } })));
  await textOf(await send(get(url.replace("//", "//ali:s%40@"))));
  const host = `host: ${new URL(url).host}\r\nuser-agent: gantry\r\naccept-encoding: identity`;
  assert.deepEqual(heads, [
    `GET /a%20b?c=d HTTP/1.1\r\n${host}\r\nrange: bytes=3-`,
    `GET / HTTP/1.1\r\n${host}\r\nauthorization: Basic YWxpOnNA`,
  ]);
  await assert.rejects(send(get(url, { headers: { authorization: "a\r\nb: c" } })), {
    code: "ERR_INVALID_CHAR",
  });
  assert.equal(heads.length, 2);
});

test("a port where nothing listens is a refusal", async (t) => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  await assert.rejects(open(t)(get(`http://127.0.0.1:${port}/`)), {
    name: "TransportFailure",
    code: "ECONNREFUSED",
  });
  await assert.rejects(open(t)(get(`http://localhost:${port}/`)), { code: "ECONNREFUSED" });
});

test("guarded downloads reach no forbidden address, spelled out or looked up", async (t) => {
  const url = await startRaw(t, listening(numbers));
  const { port } = new URL(url);
  const send = open(t);
  for (const host of ["169.254.169.254", "[::ffff:169.254.169.254]", "127.0.0.1", "localhost"]) {
    await assert.rejects(send(get(`http://${host}:${port}/`, { guard: { loopback: false } })), {
      code: "EFORBIDDEN",
    });
  }
  await textOf(await send(get(url, { guard: { loopback: true } })));
});

test("D73 a server that never answers, stops or dribbles is given up in each phase", async (t) => {
  const silent = await startRaw(t, () => undefined);
  await assert.rejects(open(t, { patience: { headers: 1 } })(get(silent)), {
    code: "ETIMEDOUT",
    message: "waited 0.001 s for the response",
  });
  // A handshake that nobody answers is a connection that does not come.
  await assert.rejects(open(t, { patience: { connect: 1 } })(get(silent.replace("http", "https"))), {
    code: "ETIMEDOUT",
    message: "no connection within 0.001 s",
  });
  const stopping = await startRaw(
    t,
    listening(({ socket }) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")),
  );
  const stopped = await open(t, { patience: { idle: 1 } })(get(stopping));
  await assert.rejects(textOf(stopped), { code: "ETIMEDOUT", message: "fewer than 1024 bytes in 0.001 s" });
  const dribbling = await startRaw(
    t,
    listening(({ socket }) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
      const timer = setInterval(() => socket.write("a"), 1);
      socket.on("close", () => clearInterval(timer));
    }),
  );
  const response = await open(t, { patience: { idle: 50 } })(get(dribbling));
  await assert.rejects(textOf(response), { code: "ETIMEDOUT" });
});

test("a reader that takes its time is not the server's fault", async (t) => {
  const url = await startRaw(
    t,
    listening(({ socket }) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${2 << 20}\r\n\r\n`);
      socket.write(Buffer.alloc(2 << 20));
    }),
  );
  const response = await open(t, { patience: { idle: 20 } })(get(url));
  let came = 0;
  for await (const piece of response.body) {
    if (came === 0) await new Promise((resolve) => setTimeout(resolve, 60));
    came += piece.length;
  }
  assert.equal(came, 2 << 20);
});

test("an abort ends a download with the signal's reason in each phase, and its connection", async (t) => {
  const reason = new Error("enough");
  const silent = await startRaw(t, () => undefined);
  const send = open(t);
  await assert.rejects(send(get(silent, { signal: AbortSignal.abort(reason) })), reason);

  for (const scheme of ["http", "https"]) {
    const stop = new AbortController();
    const connected = createGate();
    const url = await startRaw(t, (socket) => socket.once("data", () => connected.open()));
    const asking = send(get(url.replace("http", scheme), { signal: stop.signal }));
    await connected.opened;
    stop.abort(reason);
    await assert.rejects(asking, reason);
  }

  const stop = new AbortController();
  const closed = createGate();
  const url = await startRaw(
    t,
    listening(({ socket }) => {
      socket.once("close", () => closed.open());
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    }),
  );
  const response = await send(get(url, { signal: stop.signal }));
  const body = response.body[Symbol.asyncIterator]();
  assert.equal(Buffer.from((await body.next()).value as Uint8Array).toString(), "abc");
  const next = body.next();
  stop.abort(reason);
  await assert.rejects(next, reason);
  await closed.opened;

  const later = new AbortController();
  const whole = await send(get(await startRaw(t, listening(numbers)), { signal: later.signal }));
  later.abort(reason);
  await assert.rejects(textOf(whole), reason);
});

test("a server is read no further than its reader is, and every byte arrives", async (t) => {
  const size = 96 << 20;
  const piece = Buffer.alloc(1 << 20, "gantry");
  let sending: RawRequest["socket"] | undefined;
  const url = await startRaw(
    t,
    listening((request) => {
      if (request.path === "/") return numbers(request);
      sending = request.socket;
      sending.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
      for (let sent = 0; sent < size; sent += piece.length) sending.write(piece);
    }),
  );
  const send = open(t);
  const response = await send(get(`${url}large`));
  for (let n = 0; n < 100; n++) await textOf(await send(get(url)));
  assert.ok(sending!.writableLength > 0, "all of it was read, and nobody wanted it");
  const [hash, expected] = [createHash("sha256"), createHash("sha256")];
  for await (const bytes of response.body) hash.update(bytes);
  for (let sent = 0; sent < size; sent += piece.length) expected.update(piece);
  assert.equal(hash.digest("hex"), expected.digest("hex"));
});

test("pieces that were handed out are not written again", async (t) => {
  const url = await startRaw(
    t,
    listening(({ path, socket }) => {
      const body = Buffer.alloc(3 << 20, path);
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`);
      socket.write(body);
    }),
  );
  const send = open(t);
  const held: { readonly path: string; readonly pieces: Uint8Array[] }[] = [];
  for (const path of ["/abc", "/xyz", "/123"]) {
    const pieces: Uint8Array[] = [];
    for await (const piece of (await send(get(new URL(path, url)))).body) pieces.push(piece);
    held.push({ path, pieces });
  }
  for (const { path, pieces } of held)
    assert.ok(Buffer.concat(pieces).equals(Buffer.alloc(3 << 20, path)), path);
});

test("an answer without a length ends with its connection", async (t) => {
  const url = await startRaw(
    t,
    listening(({ connection, socket }) => void socket.end(`HTTP/1.1 200 OK\r\n\r\nnumber ${connection}`)),
  );
  const send = open(t);
  assert.equal(await textOf(await send(get(url))), "number 0");
  assert.equal(await textOf(await send(get(url))), "number 1");
});

test("a download goes through a proxy where there is one", async (t) => {
  const proxy = await startRaw(
    t,
    listening(({ path, socket }) => void socket.write(sized(path))),
  );
  const send = open(t, { proxy: () => new URL(proxy) });
  assert.equal(await textOf(await send(get("http://registry.test/v2/a"))), "http://registry.test/v2/a");
});
