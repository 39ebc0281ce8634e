import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { forbiddenAddress, isLoopbackHost } from "../../src/http/addresses.js";
import { RegistryError, TransportFailure, cleanText, redactUrl, statusError } from "../../src/http/errors.js";
import { limitLanes } from "../../src/http/lanes.js";
import type { Patience } from "../../src/http/patience.js";
import { readUpTo } from "../../src/http/read.js";
import type { HttpRequest, RequestBody } from "../../src/http/send.js";
import { createTransport } from "../../src/http/transport.js";
import { createGate } from "../support/gate.js";
import { startFront } from "../support/fault-registry.js";
import { startRaw } from "../support/raw-server.js";

function open(t: TestContext, patience: Partial<Patience> = {}, unverified?: () => boolean) {
  const transport = createTransport({ patience, ...(unverified === undefined ? {} : { unverified }) });
  t.after(() => transport.close());
  return transport.send;
}

function get(url: string | URL, extra: Partial<HttpRequest> = {}): HttpRequest {
  return { method: "GET", url: new URL(url), lane: "control", ...extra };
}

function bodyOf(bytes: Uint8Array, size: number = bytes.length): RequestBody {
  return {
    size,
    replayable: true,
    open: async function* () {
      yield bytes;
    },
  };
}

test("D73 a server that never answers, or stops within its answer, is given up", async (t) => {
  const silent = await startRaw(t, () => undefined);
  await assert.rejects(open(t, { headers: 1 })(get(silent)), { code: "ETIMEDOUT" });
  const stopping = await startRaw(
    t,
    (socket) => void socket.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"),
  );
  const response = await open(t, { idle: 1 })(get(stopping));
  await assert.rejects(readUpTo(response, 100), { code: "ETIMEDOUT" });
});

test("D73 a server that dribbles is given up like a silent one, one that sends enough is not", async (t) => {
  const dribbling = await startRaw(t, (socket) => {
    socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    const timer = setInterval(() => socket.write("a"), 1);
    socket.on("close", () => clearInterval(timer));
  });
  const response = await open(t, { idle: 50 })(get(dribbling));
  await assert.rejects(readUpTo(response, 100_000), { code: "ETIMEDOUT" });
});

test("D73 the answer to an upload's end is waited for when a question would long have been given up", async (t) => {
  const answered = createGate();
  const server = await startRaw(t, (socket) => {
    socket.once("data", (request) => {
      if (!request.toString().startsWith("PUT")) return;
      void answered.opened.then(() => socket.write("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"));
    });
  });
  const send = open(t, { headers: 20, commit: 600_000 });
  const commit = send(get(server, { method: "PUT", slow: true }));
  const upload = send(get(server, { method: "PUT", body: bodyOf(new Uint8Array(70_000), 70_000) }));
  await assert.rejects(send(get(server)), { code: "ETIMEDOUT" });
  answered.open();
  assert.deepEqual([(await commit).status, (await upload).status], [201, 201]);
});

test("D73 a server that takes no more of a body is given up, our own slowness is not", async (t) => {
  const stuck = await startRaw(t, (socket) => void socket.pause());
  const endless: RequestBody = {
    size: 1e12,
    replayable: false,
    open: async function* () {
      for (;;) yield new Uint8Array(1 << 20);
    },
  };
  await assert.rejects(open(t, { idle: 1 })(get(stuck, { method: "PUT", body: endless })), {
    code: "ETIMEDOUT",
  });
});

test("an answer that comes before the body's end is taken and the rest not sent", async (t) => {
  const early = await startRaw(t, (socket) => {
    socket.once("data", () => socket.write("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"));
  });
  let given = 0;
  const body: RequestBody = {
    size: 1e12,
    replayable: false,
    open: async function* () {
      for (;;) {
        given++;
        yield new Uint8Array(1 << 16);
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
  const response = await open(t)(get(early, { method: "PUT", body }));
  assert.equal(response.status, 413);
  const after = given;
  await readUpTo(response, 10);
  assert.equal(given, after);
});

test("a body of another size than declared fails and is not completed", async (t) => {
  const proxy = await startFront(t, undefined, () => ({ status: 201 }));
  for (const size of [4, 6]) {
    const body = bodyOf(new Uint8Array(5), size);
    await assert.rejects(open(t)(get(`http://${proxy.host}/`, { method: "PUT", body })), {
      code: "ERR_GANTRY_CONTENT_MISMATCH",
    });
  }
});

test("a body of unknown size ends where its bytes do, and is told when it is no longer wanted", async (t) => {
  const front = await startFront(t, undefined, () => ({ status: 201 }));
  let settled = 0;
  const bytes = new Uint8Array(100_000);
  const body: RequestBody = { ...bodyOf(bytes), size: undefined, onSettled: () => void settled++ };
  const response = await open(t)(get(`http://${front.host}/`, { method: "PATCH", body }));
  assert.equal(response.status, 201);
  const [{ headers, bytes: came }] = front.seen as [(typeof front.seen)[number]];
  assert.equal(came, 100_000);
  assert.deepEqual([headers["transfer-encoding"], headers["content-length"]], ["chunked", undefined]);
  assert.equal(settled, 1);
});

test("an impatient request fails where its lane is full, and leaves others their turn", async () => {
  const gate = createGate();
  const urls: string[] = [];
  const send = limitLanes(() => ({ upload: 1, download: 1, control: 1 }))(async ({ url }) => {
    urls.push(url.pathname);
    await gate.opened;
    return { status: 200, headers: {}, url, body: (async function* () {})(), discard: () => undefined };
  });
  const ask = (path: string, impatient = false) =>
    send(get(`http://registry.test${path}`, { lane: "upload", impatient }));
  const first = ask("/1", true);
  const second = ask("/2");
  await assert.rejects(ask("/3", true), { name: "TransportFailure", code: "EBUSY" });
  const elsewhere = send(get("http://other.test/4", { lane: "upload", impatient: true }));
  gate.open();
  await Promise.all([first, second, elsewhere]);
  await ask("/5", true);
  assert.deepEqual(urls, ["/1", "/4", "/2", "/5"]);
});

test("bytes that are not HTTP are a failure that is not tried again", async (t) => {
  const other = await startRaw(t, (socket) => void socket.end("220 mail.test ESMTP\r\n"));
  await assert.rejects(
    open(t)(get(other)),
    (error) => error instanceof TransportFailure && error.code.startsWith("HPE_"),
  );
});

test("an answer's encoding is left alone", async (t) => {
  const proxy = await startFront(t, undefined, () => ({
    status: 200,
    headers: { "content-encoding": "gzip" },
    body: "not gzip",
  }));
  const response = await open(t)(get(`http://${proxy.host}/`));
  assert.equal(Buffer.from(await readUpTo(response, 100)).toString(), "not gzip");
  assert.equal(proxy.seen[0]!.headers["accept-encoding"], "identity");
});

test("an abort ends a request with the signal's reason", async (t) => {
  const silent = await startRaw(t, () => stop.abort(new Error("enough")));
  const stop = new AbortController();
  await assert.rejects(open(t)(get(silent, { signal: stop.signal })), /enough/);
  await assert.rejects(open(t)(get(silent, { signal: stop.signal })), /enough/);
});

test("guarded requests reach no metadata, unspecified or (elsewhere) loopback address", async (t) => {
  const proxy = await startFront(t, undefined, () => ({ status: 200 }));
  const { port } = new URL(`http://${proxy.host}`);
  const send = open(t);
  for (const host of [
    "169.254.169.254",
    "0.0.0.0",
    "[::]",
    "[fe80::1]",
    "[::ffff:169.254.169.254]",
    "2852039166",
    "0xa9fea9fe",
  ]) {
    await assert.rejects(send(get(`http://${host}:${port}/`, { guard: { loopback: true } })), {
      code: "EFORBIDDEN",
    });
  }
  for (const host of ["127.0.0.1", "localhost"]) {
    await assert.rejects(send(get(`http://${host}:${port}/`, { guard: { loopback: false } })), {
      code: "EFORBIDDEN",
    });
  }
  assert.equal(proxy.seen.length, 0);
  (await send(get(`http://127.0.0.1:${port}/`, { guard: { loopback: true } }))).discard();
  (
    await send(get(`http://localhost:${port}/`, { guard: { loopback: true } })).catch(() => undefined)
  )?.discard();
});

test("addresses and names are told apart", () => {
  for (const host of ["localhost", "localhost:5000", "a.localhost", "127.0.0.1", "127.9.9.9:1", "[::1]:5000"])
    assert.ok(isLoopbackHost(host), host);
  for (const host of ["localhost.test", "128.0.0.1", "10.0.0.1", "127.0.0.1.test", "[::2]"])
    assert.ok(!isLoopbackHost(host), host);
  assert.equal(forbiddenAddress("10.0.0.1", { loopback: false }), undefined);
  assert.equal(forbiddenAddress("192.168.1.1", { loopback: false }), undefined);
});

test("errors show no secret of a URL and no control characters", () => {
  const url = new URL(
    "https://user:canary@r.test/v2/app/blobs/uploads/1?digest=sha256:ab&_state=canary&X-Amz-Signature=canary&from=a",
  );
  assert.equal(
    redactUrl(url),
    "https://r.test/v2/app/blobs/uploads/1?digest=sha256:ab&_state=REDACTED&X-Amz-Signature=REDACTED&from=a",
  );
  assert.equal(cleanText("a\u001b]0;x\u0007b\u009bc\u202ed\n"), "a ]0;x b c d");
  const body = JSON.stringify({ errors: [{ code: "DENIED", message: "no\u001b[31m" }] });
  const error = statusError(
    {
      method: "PUT",
      url,
      status: 403,
      headers: { "x-request-id": "7" },
      bytes: Buffer.from(body),
      attempts: 2,
    },
    "do this",
  );
  assert.ok(error instanceof RegistryError);
  assert.equal(error.code, "ERR_GANTRY_UNAUTHORIZED");
  assert.deepEqual(
    [error.status, error.registryCode, error.registryMessage, error.attempts],
    [403, "DENIED", "no [31m", 2],
  );
  assert.match(
    error.message,
    /^PUT https:\/\/r\.test\/.* answered 403 DENIED: no \[31m \(after 2 attempts, request id 7\); do this$/,
  );
});

const noOpenssl = spawnSync("openssl", ["version"]).status === 0 ? false : "openssl is not installed";

test(
  "D76 https works with an unverified certificate only where that was allowed",
  { skip: noOpenssl },
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "gantry-tls-"));
    t.after(() => rm(folder, { recursive: true }));
    const [key, certificate] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    execFileSync(
      "openssl",
      [
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=test",
        "-days",
        "2",
        "-keyout",
        key,
        "-out",
        certificate,
      ],
      { stdio: "ignore" },
    );
    const server = createTlsServer(
      { key: await readFile(key), cert: await readFile(certificate) },
      (_, response) => response.end("hello"),
    );
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    await assert.rejects(open(t)(get(url)), { code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
    const response = await open(t, {}, () => true)(get(url));
    assert.equal(Buffer.from(await readUpTo(response, 100)).toString(), "hello");
  },
);
