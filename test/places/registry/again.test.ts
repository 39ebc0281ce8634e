import assert from "node:assert/strict";
import test from "node:test";
import { copyIn } from "../../../src/blobs/store.js";
import { openMemoryStore } from "../../../src/blobs/memory.js";
import { readArtifact } from "../../../src/places/artifact.js";
import { startFaultRegistry, type Fault, type Seen } from "../../support/fault-registry.js";
import { bytesOf, image, index, layer } from "./images.js";
import { downloadable, isDownload, isRange } from "./pushed.js";
import { assertReadable, openSession, push } from "./setup.js";

const size = 400_000;
const other = (bytes: Buffer) => Buffer.alloc(bytes.length, 7);
const from = ({ headers }: Seen) => Number(/^bytes=(\d+)-$/.exec(String(headers["range"]))?.[1] ?? 0);
const cut = (request: Seen): Fault => ({ cutAfter: Math.floor((size - from(request)) * 0.6) });

test("D60 a download cut at 60 % of what is left three times is resumed by Range each time", async (t) => {
  const { front, content, expected } = await downloadable(t, size);
  let cuts = 0;
  front.strike((request) => (isDownload(request) && cuts++ < 3 ? cut(request) : undefined));
  assert.deepEqual(await bytesOf(content.open()), expected);
  const starts = front.seen.filter(isDownload).map(from);
  assert.equal(starts.length, 4);
  for (const [at, start] of starts.slice(1).entries()) {
    const before = starts[at]!;
    assert.ok(start > before && start <= before + (size - before) * 0.6, starts.join());
  }
});

test("D60 a download cut at 60 % three times by a registry without Range is read from the start, what is known passed over", async (t) => {
  const { front, content, expected } = await downloadable(t, size);
  let cuts = 0;
  const isCut = () => cuts++ < 3;
  const answer = (body: Buffer): Fault => ({
    rewrite: (headers) => ({ ...headers, "content-length": String(size), "content-range": undefined }),
    insteadStatus: 200,
    swap: () => body,
  });
  front.strike((request) =>
    isDownload(request) ? answer(isCut() ? expected.subarray(0, size * 0.6) : expected) : undefined,
  );
  assert.deepEqual(await bytesOf(content.open()), expected);
  assert.deepEqual(
    front.seen.filter(isDownload).map((request) => isRange(request)),
    [false, true, true, true],
  );
  cuts = Number.NEGATIVE_INFINITY;
  const before = front.seen.length;
  await assert.rejects(bytesOf(content.open()), {
    code: "ERR_GANTRY_NETWORK",
    message: /expected 400000 bytes, got \d+: GET .*\(after 4 attempts\)/,
  });
  assert.equal(front.seen.length - before, 4);
});

test("D60 a download of which nothing more comes is given up", async (t) => {
  const { front, content } = await downloadable(t, size);
  front.strike((request) => {
    if (!isDownload(request)) return undefined;
    return isRange(request) ? { cutAfter: 1 } : cut(request);
  });
  const before = front.seen.length;
  await assert.rejects(bytesOf(content.open()), { code: "ERR_GANTRY_NETWORK" });
  assert.equal(front.seen.length - before, 4);
});

test("D60 416 to a Range: the blob is read from the start", async (t) => {
  const { front, content, expected } = await downloadable(t, size);
  front.strike([
    { when: isRange, fault: { status: 416, headers: { "content-range": `bytes */${size}` } } },
    { when: isDownload, times: 1, fault: { cutAfter: size * 0.6 } },
  ]);
  assert.deepEqual(await bytesOf(content.open()), expected);
  assert.deepEqual(
    front.seen.filter(isDownload).map((request) => isRange(request)),
    [false, true, false],
  );
});

const places: readonly (readonly [
  what: string,
  headers: (at: number) => Record<string, string>,
  says: RegExp,
])[] = [
  [
    "from an earlier place",
    (at) => ranged(`bytes ${at - 1}-${size - 1}/${size}`),
    /was sent those from \d+$/,
  ],
  ["from a later place", (at) => ranged(`bytes ${at + 1}-${size - 1}/${size}`), /was sent those from \d+$/],
  ["from the start", () => ranged(`bytes 0-${size - 1}/${size}`), /was sent those from 0$/],
  ["from no place", () => ({}), /from an unnamed place$/],
  [
    "in several parts",
    () => ({ "content-type": "multipart/byteranges; boundary=x" }),
    /from an unnamed place$/,
  ],
  [
    "in several ranges",
    (at) => ranged(`bytes ${at}-${at + 9}/${size}, bytes ${at + 20}-${size - 1}/${size}`),
    /from an unnamed place$/,
  ],
  ["in one list of ranges", (at) => ranged(`bytes ${at}-${at + 9},0-9/${size}`), /from an unnamed place$/],
];

for (const [what, headers, says] of places) {
  test(`D60 206 to a Range with bytes ${what} is refused, and nothing is kept`, async (t) => {
    const { front, content } = await downloadable(t, size);
    front.strike((request) => {
      if (!isDownload(request)) return undefined;
      const body = Buffer.alloc(size - from(request));
      return isRange(request) ? { status: 206, headers: headers(from(request)), body } : cut(request);
    });
    const store = openMemoryStore();
    await assert.rejects(copyIn(store, content), says);
    assert.equal(await store.size(content.descriptor.digest), undefined);
    assert.equal(front.seen.filter(isDownload).length, 2);
  });
}

function ranged(range: string): Record<string, string> {
  return { "content-range": range };
}

test("D61 a download resumed from other content is read anew as a whole, once, then refused", async (t) => {
  const { front, content, expected } = await downloadable(t, size);
  front.strike([
    { when: isRange, times: 1, fault: { swap: other } },
    { when: isDownload, times: 1, fault: { cutAfter: 100_000 } },
  ]);
  const store = openMemoryStore();
  await copyIn(store, content);
  assert.deepEqual(await bytesOf(store.read(content.descriptor.digest)), expected);
  front.strike([
    { when: isRange, fault: { swap: other } },
    { when: isDownload, fault: { cutAfter: 100_000 } },
  ]);
  const before = front.seen.length;
  const empty = openMemoryStore();
  await assert.rejects(copyIn(empty, content), {
    code: "ERR_GANTRY_CONTENT_MISMATCH",
    message: new RegExp(`expected ${content.descriptor.digest}, got sha256:[0-9a-f]{64}`),
  });
  assert.equal(await empty.size(content.descriptor.digest), undefined);
  assert.deepEqual(
    front.seen.slice(before).map((request) => isRange(request)),
    [false, true, false, true],
  );
});

for (const times of [1, Number.POSITIVE_INFINITY]) {
  const outcome = times === 1 ? "begins the upload anew, once" : "twice fails, and leaves nothing there";
  test(`D61 a copy between registries whose source proves wrong under way ${outcome}`, async (t) => {
    const { front, root, source, content } = await downloadable(t, size);
    const isLayer = ({ path }: Seen) => path.includes(content.descriptor.digest);
    front.strike([
      { when: (request) => isRange(request) && isLayer(request), times, fault: { swap: other } },
      { when: (request) => isDownload(request) && isLayer(request), times, fault: { cutAfter: 100_000 } },
    ]);
    const to = await startFaultRegistry(t);
    const copied = push(openSession(t), await readArtifact(source, undefined), [`${to.host}/copy:1`]);
    if (times === 1) {
      await copied;
      await assertReadable(openSession(t), root, `${to.host}/copy:1`);
    } else {
      await assert.rejects(copied, { code: "ERR_GANTRY_CONTENT_MISMATCH" });
      const left = await fetch(`http://${to.host}/v2/copy/blobs/${content.descriptor.digest}`);
      assert.equal(left.status, 404);
      assert.ok(!to.seen.some(({ method, path }) => method === "PUT" && path.includes("/manifests/")));
    }
    const whole = front.seen.filter((each) => isDownload(each) && isLayer(each) && !isRange(each));
    assert.equal(whole.length, 2);
  });
}

const lacks = (digest: string) =>
  JSON.stringify({ errors: [{ code: "MANIFEST_BLOB_UNKNOWN", message: "blob unknown", detail: digest }] });

for (const by of ["digest", "tag"] as const) {
  test(`D70 a manifest refused by ${by} for want of a blob, after a garbage collection, gets the blob again, once`, async (t) => {
    const front = await startFaultRegistry(t, undefined, { requireBlobs: true });
    const lost = layer("lost", size);
    const kept = layer("kept", size);
    const child = image([lost, kept]);
    const root = by === "tag" ? child : index([child]);
    const { digest } = lost.descriptor;
    const isPut = ({ method, path }: Seen) => method === "PUT" && path.includes("/manifests/");
    const manifest = by === "tag" ? /manifests\/1$/ : new RegExp(`manifests/${child.descriptor.digest}`);
    let collected = false;
    front.strike((request) => {
      if (collected || !isPut(request) || !manifest.test(request.path)) return undefined;
      collected = true;
      const gone = fetch(`http://${front.host}/v2/app/blobs/${digest}`, { method: "DELETE" });
      return { hold: gone };
    });
    await push(openSession(t), root, [`${front.host}/app:1`]);
    await assertReadable(openSession(t), root, `${front.host}/app:1`);
    assert.equal(lost.opened, 2 + 1, "sent twice, and compared once");
    assert.equal(kept.opened, 1 + 1, "sent once, and compared once");
    const refused = front.seen.filter((request) => isPut(request) && manifest.test(request.path));
    assert.equal(refused.length, 2, "refused once and sent again");
  });
}

test("D70 a registry that goes on saying that a blob is missing is an error with its words", async (t) => {
  const front = await startFaultRegistry(t, [
    { method: "PUT", path: /manifests/, fault: { status: 400, body: lacks("sha256:0") } },
  ]);
  await assert.rejects(
    push(openSession(t), image([layer("a")]), [`${front.host}/app:1`]),
    /answered 400 MANIFEST_BLOB_UNKNOWN: blob unknown/,
  );
  assert.equal(
    front.seen.filter(({ method, path }) => method === "PUT" && path.includes("manifests")).length,
    2,
  );
});
