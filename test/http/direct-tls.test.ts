import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:tls";
import test from "node:test";
import { certificate, certificateFile } from "../support/certificates.js";
import { listening, startRaw } from "../support/raw-server.js";
import { get, numbers, open, textOf } from "./downloads.js";

const ca = readFileSync(certificateFile("ca.crt"), "utf8");
const secure = async () => ({ ca: [ca] });

test("https downloads check the certificate, name the host and reuse their connection", async (t) => {
  const names: unknown[] = [];
  const server = createServer({ ...certificate("server") });
  server.on("secureConnection", (socket) => names.push([socket.servername, socket.alpnProtocol]));
  const body = Buffer.alloc(3 << 20, "tls");
  const url = await startRaw(
    t,
    listening((request) => {
      if (request.path === "/") return numbers(request);
      request.socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`);
      request.socket.write(body);
    }),
    server,
  );
  server.on("tlsClientError", () => undefined);
  await assert.rejects(open(t)(get(url)), { code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" });
  const send = open(t, { secure });
  const pieces: Uint8Array[] = [];
  for await (const piece of (await send(get(`${url}large`))).body) pieces.push(piece);
  assert.ok(Buffer.concat(pieces).equals(body));
  const before = names.length;
  assert.equal(await textOf(await send(get(url))), `${before - 1}`);
  assert.equal(await textOf(await send(get(url.replace("127.0.0.1", "localhost")))), `${before}`);
  assert.equal(await textOf(await open(t, { unverified: () => true })(get(url))), `${before + 1}`);
  assert.deepEqual(names.slice(-3), [
    [false, false],
    ["localhost", false],
    [false, false],
  ]);
});

test("https downloads refuse a certificate of another name and show TLS failures in plain words", async (t) => {
  const elsewhere = createServer({ ...certificate("elsewhere") });
  elsewhere.on("tlsClientError", () => undefined);
  await assert.rejects(open(t, { secure })(get(await startRaw(t, () => undefined, elsewhere))), {
    name: "TransportFailure",
    code: "ERR_TLS_CERT_ALTNAME_INVALID",
  });
  const plain = await startRaw(t, (socket) => void socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  await assert.rejects(open(t)(get(plain.replace("http", "https"))), {
    name: "TransportFailure",
    message: /^TLS: (?:wrong version number|packet length too long)/,
  });
});

test("an https connection whose last answer was more than may be pending serves the next one", async (t) => {
  const url = await startRaw(
    t,
    listening((request) => {
      if (request.path === "/") return numbers(request);
      const size = Number(request.path.slice(1));
      request.socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
      request.socket.write(Buffer.alloc(size));
    }),
    createServer(certificate("server")),
  );
  const send = open(t, { secure, patience: { headers: 10_000 } });
  for (let more = 1; more < 12; more++) {
    const size = (1 << 20) + more * 4096;
    const large = await send(get(`${url}${size}`));
    // It is complete at one time or another, and its connection the one that was used last.
    for (let n = 0; n < 20; n++) await textOf(await send(get(url)));
    let came = 0;
    for await (const piece of large.body) came += piece.length;
    assert.equal(came, size);
  }
});
