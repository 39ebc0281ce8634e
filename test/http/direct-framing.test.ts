import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { Incoming } from "../../src/http/direct/incoming.js";
import type { ResponseHead } from "../../src/http/direct/response-head.js";
import { readUpTo } from "../../src/http/read.js";
import { createTransport } from "../../src/http/transport.js";
import { listening, startRaw } from "../support/raw-server.js";

interface Outcome {
  readonly head?: ResponseHead;
  readonly body?: string;
  readonly code?: string;
  /** Whether the connection may be used again; undefined where the answer is not over. */
  readonly reusable?: boolean | undefined;
}

/** What comes of these pieces of a connection, which then ends. */
async function receive(pieces: readonly Buffer[]): Promise<Outcome> {
  let reusable: boolean | undefined;
  const incoming = new Incoming({ resume: () => undefined, onOver: (kept) => void (reusable = kept) });
  for (const piece of pieces) if (reusable === undefined) incoming.onBytes(piece);
  if (reusable === undefined) incoming.onEnd();
  let head: ResponseHead | undefined;
  try {
    head = await incoming.head;
    let body = "";
    for (let piece = await incoming.take(); piece !== undefined; piece = await incoming.take())
      body += piece.toString("latin1");
    return { head, body, reusable };
  } catch (error) {
    return { ...(head === undefined ? {} : { head }), code: (error as { code: string }).code, reusable };
  }
}

function receiveText(text: string): Promise<Outcome> {
  return receive([Buffer.from(text, "latin1")]);
}

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1))), bytes.length];
  ends.sort((a, b) => a - b);
  return ends.map((end, at) => bytes.subarray(ends[at - 1] ?? 0, end)).filter(({ length }) => length > 0);
}

const ok = "HTTP/1.1 200 OK\r\n";

interface Written {
  readonly head: string;
  readonly framing: "length" | "chunked" | "close";
  readonly body: Buffer;
  readonly chunks: readonly number[];
}

function render({ head, framing, body, chunks }: Written): Buffer {
  if (framing === "length")
    return Buffer.concat([Buffer.from(`${head}Content-Length: ${body.length}\r\n\r\n`), body]);
  if (framing === "close") return Buffer.concat([Buffer.from(`${head}\r\n`), body]);
  const parts = cut(body, chunks).flatMap((part) => [
    Buffer.from(`${part.length.toString(16)};name="a"\r\n`),
    part,
    Buffer.from("\r\n"),
  ]);
  const end = Buffer.from("0\r\nTrailer: x\r\n\r\n");
  return Buffer.concat([Buffer.from(`${head}Transfer-Encoding: Chunked\r\n\r\n`), ...parts, end]);
}

const written: fc.Arbitrary<Written> = fc.record({
  head: fc.constantFrom(
    `${ok}A: 1\r\nb:2\t\r\na: 3\r\n`,
    "HTTP/1.1 100 Continue\r\nx: y\r\n\r\nHTTP/1.1 103 Early\r\n\r\nHTTP/1.1 206\r\nA: 1, 3\r\nB:   2\r\n",
  ),
  framing: fc.constantFrom("length", "chunked", "close"),
  body: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  chunks: fc.array(fc.nat(300), { maxLength: 6 }),
});

test("an answer is the same however its bytes are cut", async () => {
  await fc.assert(
    fc.asyncProperty(written, fc.array(fc.nat(700), { maxLength: 30 }), async (answer, places) => {
      const bytes = render(answer);
      for (const pieces of [cut(bytes, places), [...bytes].map((byte) => Buffer.from([byte]))]) {
        const { head, body, reusable } = await receive(pieces);
        assert.equal(body, answer.body.toString("latin1"));
        assert.deepEqual([head?.headers["a"], head?.headers["b"]], ["1, 3", "2"]);
        assert.equal(head?.status, answer.head.startsWith(ok) ? 200 : 206);
        assert.equal(reusable, answer.framing !== "close");
      }
    }),
    { numRuns: 200 },
  );
});

test("an answer is the same however a server cuts it", async (t) => {
  const answers = new Map<string, Buffer[]>();
  const url = await startRaw(
    t,
    listening(({ path, socket }) => {
      const pieces = answers.get(path)!;
      const next = () => {
        const piece = pieces.shift();
        if (piece !== undefined) socket.write(piece, () => setImmediate(next));
        else if (path.endsWith("close")) socket.end();
      };
      socket.setNoDelay(true);
      next();
    }),
  );
  const transport = createTransport();
  t.after(() => transport.close());
  let number = 0;
  await fc.assert(
    fc.asyncProperty(written, fc.array(fc.nat(700), { maxLength: 12 }), async (answer, places) => {
      const path = `/${number++}/${answer.framing}`;
      answers.set(path, cut(render(answer), places));
      const response = await transport.send({ method: "GET", url: new URL(path, url), lane: "download" });
      assert.deepEqual(Buffer.from(await readUpTo(response, 1000)), answer.body);
      assert.equal(response.headers["a"], "1, 3");
    }),
    { numRuns: 60 },
  );
});

test("an answer cut short fails, wherever that is", async () => {
  for (const framing of ["length", "chunked"] as const) {
    const bytes = render({ head: ok, framing, body: Buffer.from("hello there"), chunks: [3, 7] });
    const bodyAt = bytes.indexOf("\r\n\r\n") + 4;
    for (let end = 0; end < bytes.length; end++) {
      const { code, head, reusable } = await receive([bytes.subarray(0, end)].filter((b) => b.length > 0));
      assert.deepEqual([code, reusable], ["ECONNRESET", false], `${framing} ${end}`);
      assert.equal(head !== undefined, end >= bodyAt);
    }
  }
});

test("what came before a connection broke is handed out first", async () => {
  const incoming = new Incoming({ resume: () => undefined, onOver: () => undefined });
  incoming.onBytes(Buffer.from(`${ok}Content-Length: 10\r\n\r\nabc`));
  incoming.onFailure(new Error("gone"));
  assert.equal((await incoming.take())?.toString(), "abc");
  await assert.rejects(incoming.take(), { code: "ECONNRESET", message: "aborted" });
});

test("heads that are not to the letter are refused", async () => {
  const cases: readonly (readonly [string, string])[] = [
    ["220 mail.test ESMTP\r\n", "HPE_INVALID_CONSTANT"],
    ["HTTP/2 200\r\n\r\n", "HPE_INVALID_CONSTANT"],
    ["HTTP/1.2 200 OK\r\n\r\n", "HPE_INVALID_CONSTANT"],
    ["HTTP/1.1 20 OK\r\n\r\n", "HPE_INVALID_CONSTANT"],
    ["HTTP/1.1 2000 OK\r\n\r\n", "HPE_INVALID_CONSTANT"],
    ["HTTP/1.1  200 OK\r\n\r\n", "HPE_INVALID_CONSTANT"],
    ["HTTP/1.1 200 O\0K\r\n\r\n", "HPE_INVALID_CONSTANT"],
    ["HTTP/1.1 101 Other\r\n\r\n", "HPE_INVALID_STATUS"],
    [`${ok}Name : x\r\n\r\n`, "HPE_INVALID_HEADER_TOKEN"],
    [`${ok}Name\r\n\r\n`, "HPE_INVALID_HEADER_TOKEN"],
    [`${ok}: x\r\n\r\n`, "HPE_INVALID_HEADER_TOKEN"],
    [`${ok} folded: x\r\n\r\n`, "HPE_INVALID_HEADER_TOKEN"],
    [`${ok}a: x\nContent-Length: 3\r\n\r\nabc`, "HPE_INVALID_HEADER_TOKEN"],
    [`${ok}a: x\rb: y\r\n\r\n`, "HPE_INVALID_HEADER_TOKEN"],
    [`${ok}a: \0\r\n\r\n`, "HPE_INVALID_HEADER_TOKEN"],
    [`${ok}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n`, "HPE_UNEXPECTED_CONTENT_LENGTH"],
    [`${ok}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`, "HPE_INVALID_CONTENT_LENGTH"],
    [`${ok}Content-Length: 3, 3\r\n\r\nabc`, "HPE_INVALID_CONTENT_LENGTH"],
    [`${ok}Content-Length: 3\r\n 4\r\n\r\nabc`, "HPE_INVALID_CONTENT_LENGTH"],
    [`${ok}Content-Length: 9007199254740993\r\n\r\n`, "HPE_INVALID_CONTENT_LENGTH"],
    [`${ok}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, "HPE_INVALID_TRANSFER_ENCODING"],
    [
      `${ok}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n`,
      "HPE_INVALID_TRANSFER_ENCODING",
    ],
    [`${ok}a: ${"x".repeat(16_384)}\r\n\r\n`, "HPE_HEADER_OVERFLOW"],
    [`${ok}${"a: b\r\n".repeat(3_000)}\r\n`, "HPE_HEADER_OVERFLOW"],
    ...["", "-3", "+3", "0x3", "3.0", "three", "3 3"].map(
      (length) => [`${ok}Content-Length: ${length}\r\n\r\nabc`, "HPE_INVALID_CONTENT_LENGTH"] as const,
    ),
  ];
  for (const [text, code] of cases) {
    assert.deepEqual(await receiveText(text), { code, reusable: false }, JSON.stringify(text.slice(0, 80)));
    const bytes = [...Buffer.from(text, "latin1")].map((byte) => Buffer.from([byte]));
    assert.deepEqual(await receive(bytes), { code, reusable: false });
  }
});

test("chunks that are not to the letter break the body off", async () => {
  const bodies = [
    "x\r\nabc\r\n0\r\n\r\n",
    "-3\r\nabc\r\n0\r\n\r\n",
    "0x3\r\nabc\r\n0\r\n\r\n",
    " 3\r\nabc\r\n0\r\n\r\n",
    "3 3\r\nabc\r\n0\r\n\r\n",
    "\r\nabc\r\n0\r\n\r\n",
    "3\nabc\r\n0\r\n\r\n",
    "3\r\nabcd\r\n0\r\n\r\n",
    "3\r\nabc\n0\r\n\r\n",
    "3\r\nabc0\r\n\r\n",
    "fffffffffffffff\r\nabc",
    `3;${"x".repeat(5_000)}\r\nabc\r\n0\r\n\r\n`,
    "3".repeat(5_000),
    `0\r\n${"a: b\r\n".repeat(5_000)}\r\n`,
    "0\r\na: b\n\r\n",
  ];
  for (const body of bodies) {
    const { code, reusable } = await receiveText(`${ok}Transfer-Encoding: chunked\r\n\r\n${body}`);
    assert.deepEqual([code, reusable], ["ECONNRESET", false], JSON.stringify(body.slice(0, 40)));
  }
});

test("repeated fields are joined, but for those that have one value", async () => {
  const { head } = await receiveText(
    `${ok}WWW-Authenticate: Basic\r\nwww-authenticate: Bearer\r\nLocation: /a\r\nLocation: /b\r\n` +
      "Folded: a\r\n\t b\r\nconstructor: c\r\nLatin: \xa0\xe9\r\nContent-Length: 0\r\n\r\n",
  );
  assert.deepEqual(head?.headers, {
    "www-authenticate": "Basic, Bearer",
    location: "/a",
    folded: "a b",
    constructor: "c",
    latin: "\xa0\xe9",
    "content-length": "0",
  });
});

test("a connection is used again where the answer says nothing else and ends where it says it does", async () => {
  const cases: readonly (readonly [string, boolean])[] = [
    [`${ok}Content-Length: 3\r\n\r\nabc`, true],
    [`${ok}Content-Length: 0\r\n\r\n`, true],
    [`${ok}Content-Length: 3\r\n\r\nabcd`, false],
    [`${ok}Content-Length: 3\r\nConnection: x, Close\r\n\r\nabc`, false],
    ["HTTP/1.0 200 OK\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\nabc", false],
    ["HTTP/1.1 204 No Content\r\n\r\n", true],
    ["HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", true],
    ["HTTP/1.1 204 No Content\r\n\r\nabc", false],
    [`${ok}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`, true],
    [`${ok}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nHTTP/1.1`, false],
    [`${ok}\r\nabc`, false],
  ];
  for (const [text, expected] of cases) {
    const { body, reusable } = await receiveText(text);
    assert.equal(reusable, expected, JSON.stringify(text));
    assert.ok(body === "" || body === "abc");
  }
});

test("no more than what is pending is asked for, and a slow reader gets few large pieces", async () => {
  let resumed = 0;
  const memory = Buffer.alloc(4 << 20);
  const incoming = new Incoming({ resume: () => void resumed++, onOver: () => undefined });
  assert.ok(incoming.onBytes(Buffer.from(`${ok}Content-Length: ${memory.length}\r\n\r\n`)));
  const step = 16_384;
  let at = 0;
  while (at < memory.length && incoming.onBytes(memory.subarray(at, (at += step))));
  assert.equal(at, 1 << 20);
  assert.equal(incoming.expected, memory.length - at);
  assert.equal((await incoming.take())?.length, 1 << 20);
  assert.equal(resumed, 1);
  incoming.drain();
  while (at < memory.length) assert.ok(incoming.onBytes(memory.subarray(at, (at += step))));
});
