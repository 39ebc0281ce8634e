import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { copyIn } from "../../../src/blobs/store.js";
import { openMemoryStore } from "../../../src/blobs/memory.js";
import { readArtifact } from "../../../src/places/artifact.js";
import { parseReference } from "../../../src/model/reference.js";
import { startFaultRegistry, type Faults, type Seen } from "../../support/fault-registry.js";
import { bytesOf, image, index, layer } from "./images.js";
import { assertReadable, openSession, push } from "./setup.js";

const size = 400_000;
const isDownload = ({ method, path }: Seen) => method === "GET" && path.includes("/blobs/");
const isRange = (request: Seen) => isDownload(request) && request.headers["range"] !== undefined;
const other = (bytes: Buffer) => Buffer.alloc(bytes.length, 7);

/** A layer in a registry whose faults begin when it is there. */
async function pushed(t: TestContext, faults: Faults) {
  const front = await startFaultRegistry(t);
  const root = image([layer("a", size)]);
  await push(openSession(t), root, [`${front.host}/app:1`]);
  front.strike(faults);
  const source = openSession(t).source(parseReference(`${front.host}/app:1`));
  const { descriptor } = root.layers[0]!;
  const content = { descriptor, open: (options = {}) => source.read(descriptor, options) };
  return { front, root, source, content, expected: await bytesOf(root.layers[0]!.open()) };
}

test("D59 a blob of other bytes is read once more; then the error names both digests, and nothing is kept", async (t) => {
  const { front, content, expected } = await pushed(t, [
    { when: isDownload, times: 1, fault: { swap: other } },
  ]);
  const store = openMemoryStore();
  await copyIn(store, content);
  assert.deepEqual(await bytesOf(store.read(content.descriptor.digest)), expected);

  front.strike([{ when: isDownload, fault: { swap: other } }]);
  const before = front.seen.length;
  const empty = openMemoryStore();
  await assert.rejects(copyIn(empty, content), (error: Error & { code: string }) => {
    assert.equal(error.code, "ERR_GANTRY_CONTENT_MISMATCH");
    assert.match(error.message, new RegExp(`expected ${content.descriptor.digest}, got sha256:[0-9a-f]{64}`));
    return true;
  });
  assert.equal(front.seen.length - before, 2);
  assert.equal(await empty.size(content.descriptor.digest), undefined);
});

test("D59 a body cut short under the right length is taken up again; one that declares another length is refused with both", async (t) => {
  const { front, content, expected } = await pushed(t, [
    { when: isDownload, times: 1, fault: { swap: (bytes) => bytes.subarray(0, 100_000) } },
  ]);
  assert.deepEqual(await bytesOf(content.open()), expected);
  assert.equal(front.seen.filter(isRange).length, 1);
  front.strike([{ when: isDownload, fault: { status: 200, body: expected.subarray(1) } }]);
  await assert.rejects(bytesOf(content.open()), /expected 400000 bytes, got 399999/);
});

test("D59 bodies of unknown length: one that ends early is taken up again, one too long is refused at its first byte too many", async (t) => {
  const { front, content, expected } = await pushed(t, []);
  const chunked = (body: Uint8Array) => ({
    rewrite: (headers: Record<string, string | undefined>) => ({ ...headers, "content-length": undefined }),
    swap: () => body,
  });
  front.strike([{ when: isDownload, times: 1, fault: chunked(expected.subarray(0, 150_000)) }]);
  assert.deepEqual(await bytesOf(content.open()), expected);
  assert.equal(front.seen.filter(isRange).length, 1);
  front.strike([{ when: isDownload, fault: chunked(Buffer.concat([expected, Buffer.alloc(1)])) }]);
  await assert.rejects(bytesOf(content.open()), /expected 400000 bytes, got more/);
});

test("D60 a download cut at 60 % three times is resumed each time, and given up where nothing more comes", async (t) => {
  const { front, content, expected } = await pushed(t, [
    { when: isDownload, times: 3, fault: { cutAfter: size * 0.3 } },
  ]);
  assert.deepEqual(await bytesOf(content.open()), expected);
  assert.equal(front.seen.filter(isRange).length, 3);
  front.strike([
    { when: isRange, fault: { cutAfter: 1 } },
    { when: isDownload, fault: { cutAfter: size * 0.6 } },
  ]);
  const before = front.seen.length;
  await assert.rejects(bytesOf(content.open()), { code: "ERR_GANTRY_NETWORK" });
  assert.equal(front.seen.length - before, 4);
});

test("D60 416 to a Range, or several ranges in one answer: read from the start, or refused", async (t) => {
  const { front, content, expected } = await pushed(t, [
    { when: isRange, fault: { status: 416 } },
    { when: isDownload, times: 1, fault: { cutAfter: 100_000 } },
  ]);
  assert.deepEqual(await bytesOf(content.open()), expected);
  front.strike([
    {
      when: isRange,
      fault: { status: 206, headers: { "content-type": "multipart/byteranges; boundary=x" }, body: "--x" },
    },
    { when: isDownload, fault: { cutAfter: 100_000 } },
  ]);
  await assert.rejects(bytesOf(content.open()), /was sent those from an unnamed place/);
});

test("D61 a download resumed from other content is read anew as a whole, once, then refused", async (t) => {
  const faults: Faults = [
    { when: isRange, times: 1, fault: { swap: other } },
    { when: isDownload, times: 1, fault: { cutAfter: 100_000 } },
  ];
  const { front, content, expected } = await pushed(t, faults);
  const store = openMemoryStore();
  await copyIn(store, content);
  assert.deepEqual(await bytesOf(store.read(content.descriptor.digest)), expected);
  front.strike([
    { when: isRange, fault: { swap: other } },
    { when: isDownload, fault: { cutAfter: 100_000 } },
  ]);
  await assert.rejects(copyIn(openMemoryStore(), content), { code: "ERR_GANTRY_CONTENT_MISMATCH" });
});

test("D61 a copy between registries whose source proves wrong under way begins the upload anew, once", async (t) => {
  const { front, root, source } = await pushed(t, [
    { when: (request) => isDownload(request), after: 1, times: 1, fault: { swap: other } },
  ]);
  const to = await startFaultRegistry(t);
  const artifact = await readArtifact(source, undefined);
  await push(openSession(t), artifact, [`${to.host}/copy:1`]);
  await assertReadable(openSession(t), root, `${to.host}/copy:1`);
  assert.equal(front.seen.filter(isDownload).length, 3, "the configuration, the layer twice");
});

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
