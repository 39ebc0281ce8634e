import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import test, { type TestContext } from "node:test";
import { copyIn } from "../../../src/blobs/store.js";
import { openMemoryStore } from "../../../src/blobs/memory.js";
import { parseReference } from "../../../src/model/reference.js";
import type { Fault, FaultRow } from "../../support/fault-registry.js";
import { bytesOf, layer } from "./images.js";
import { downloadable, isDownload, isRange } from "./pushed.js";
import { openSession } from "./setup.js";

const size = 400_000;
const whole = await bytesOf(layer("a", size).open());
const longer = Buffer.concat([whole, Buffer.alloc(1000)]);
type Headers = Record<string, string | undefined>;

/** An answer of these bytes that declares no length. */
function unmeasured(swap: (bytes: Buffer) => Uint8Array): Fault {
  return { rewrite: (headers: Headers) => ({ ...headers, "content-length": undefined }), swap };
}

/** What is left of a blob, from wherever it is asked for, of which the registry has only the beginning. */
function cutOff(rest: Buffer): Uint8Array {
  return rest.subarray(0, Math.max(0, 100_000 - (size - rest.length)));
}

/**
 * What a registry sends instead of a blob; how often it is asked for the blob where that happens once, and for ever; what
 * is said then. Where the end came too soon the rest is asked for, else the whole once more.
 */
const forms: readonly {
  readonly what: string;
  readonly row: FaultRow;
  readonly asked: readonly [once: number, ever: number];
  readonly ranges: number;
  readonly says: RegExp;
}[] = [
  {
    what: "other bytes, as many",
    row: { when: isDownload, fault: { swap: () => Buffer.alloc(size, 7) } },
    asked: [2, 2],
    ranges: 0,
    says: /expected sha256:[0-9a-f]{64}, got sha256:[0-9a-f]{64}/,
  },
  {
    what: "too few bytes under the right length",
    row: { when: isDownload, fault: { swap: cutOff } },
    asked: [2, 4],
    ranges: 1,
    says: /expected 400000 bytes, got \d+: GET .*\(after 4 attempts\)/,
  },
  {
    what: "fewer bytes, as it declares",
    row: { when: isDownload, fault: { status: 200, body: whole.subarray(1) } },
    asked: [2, 2],
    ranges: 0,
    says: /expected 400000 bytes, got 399999/,
  },
  {
    what: "more bytes, as it declares",
    row: { when: isDownload, fault: { status: 200, body: longer } },
    asked: [2, 2],
    ranges: 0,
    says: /expected 400000 bytes, got 401000/,
  },
  {
    what: "fewer bytes of no declared length",
    row: { when: isDownload, fault: unmeasured(cutOff) },
    asked: [2, 8],
    ranges: 1,
    says: /expected 400000 bytes, got 100000/,
  },
  {
    what: "more bytes of no declared length",
    row: { when: isDownload, fault: unmeasured(() => longer) },
    asked: [2, 2],
    ranges: 0,
    says: /expected 400000 bytes, got more/,
  },
  {
    what: "other bytes of no declared length",
    row: { when: isDownload, fault: unmeasured(() => Buffer.alloc(size, 7)) },
    asked: [2, 2],
    ranges: 0,
    says: /expected sha256:[0-9a-f]{64}, got sha256:[0-9a-f]{64}/,
  },
];

for (const { what, row, asked, ranges, says } of forms) {
  test(`D59 ${what}: once, and the blob arrives all the same`, async (t) => {
    const { front, content } = await downloadable(t, size);
    front.strike([{ ...row, times: 1 }]);
    const store = openMemoryStore();
    await copyIn(store, content);
    assert.deepEqual(await bytesOf(store.read(content.descriptor.digest)), whole);
    assert.equal(front.seen.filter(isDownload).length, asked[0]);
    assert.equal(front.seen.filter(isRange).length, ranges);
  });

  test(`D59 ${what}: for ever, and nothing is kept, the error says what came`, async (t) => {
    const { front, content } = await downloadable(t, size);
    front.strike([row]);
    const store = openMemoryStore();
    await assert.rejects(copyIn(store, content), says);
    assert.equal(await store.size(content.descriptor.digest), undefined);
    assert.equal(front.seen.filter(isDownload).length, asked[1]);
  });
}

for (const [what, behind] of [
  ["bytes", Buffer.alloc(1000, "x")],
  [
    "an answer nobody asked for",
    Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: ${size}\r\n\r\n`), Buffer.alloc(size, 7)]),
  ],
] as const) {
  test(`D59 ${what} behind a body of the right length: the blob is what its digest says, and so is the next`, async (t) => {
    const head = Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: ${size}\r\n\r\n`);
    const host = await startRaw(t, Buffer.concat([head, whole, behind]));
    const session = openSession(t);
    const { descriptor } = layer("a", size);
    const source = session.source(parseReference(`${host}/app:1`));
    for (let times = 0; times < 3; times++) {
      const store = openMemoryStore();
      await copyIn(store, { descriptor, open: (options = {}) => source.read(descriptor, options) });
      assert.deepEqual(await bytesOf(store.read(descriptor.digest)), whole);
    }
  });
}

/** A server that answers every request with these bytes and leaves the connection open; its name. */
async function startRaw(t: TestContext, answer: Uint8Array): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("data", () => void socket.write(answer));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
