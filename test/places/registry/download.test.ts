import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import type { GantryError } from "../../../src/errors.js";
import { parseReference } from "../../../src/model/reference.js";
import { bytesOf, image, layer } from "./images.js";
import { startFaultRegistry, startFront, type Fault, type Seen } from "../../support/fault-registry.js";
import { openSession, push } from "./setup.js";

const size = 400_000;

async function pushed(t: TestContext, fault: (request: Seen) => Fault | undefined) {
  let broken = false;
  const proxy = await startFaultRegistry(t, (request) => (broken ? fault(request) : undefined));
  const root = image([layer("a", size)]);
  await push(openSession(t), root, [`${proxy.host}/app:1`]);
  broken = true;
  const source = openSession(t).source(parseReference(`${proxy.host}/app:1`));
  const { descriptor } = root.layers[0]!;
  return {
    proxy,
    descriptor,
    read: () => bytesOf(source.read(descriptor)),
    expected: await bytesOf(root.layers[0]!.open()),
    source,
  };
}

const isDownload = ({ method, path }: Seen) => method === "GET" && path.includes("/blobs/");

test("D60 a download that breaks off goes on where it stopped, by Range", async (t) => {
  const { proxy, read, expected } = await pushed(t, (request) =>
    isDownload(request) && request.before < 3 ? { cutAfter: 120_000 } : undefined,
  );
  assert.deepEqual(await read(), expected);
  const ranges = proxy.seen.filter(isDownload).map(({ headers }) => headers["range"]);
  assert.equal(ranges[0], undefined);
  assert.ok(
    ranges.slice(1).every((range) => /^bytes=[1-9]\d*-$/.test(String(range))),
    ranges.join(),
  );
});

test("D60 a registry without Range is read again from the start and what is known is passed over", async (t) => {
  const whole = await bytesOf(layer("a", size).open());
  const { read, expected } = await pushed(t, (request) => {
    if (!isDownload(request)) return undefined;
    return request.headers["range"] === undefined ? { cutAfter: 240_000 } : { status: 200, body: whole };
  });
  assert.deepEqual(await read(), expected);
});

test("D60 a Range answered from another place is refused", async (t) => {
  const { read } = await pushed(t, (request) => {
    if (!isDownload(request)) return undefined;
    if (request.headers["range"] === undefined) return { cutAfter: 240_000 };
    return { status: 206, headers: { "content-range": `bytes 5-${size - 1}/${size}` }, body: "x" };
  });
  await assert.rejects(read(), /was sent those from 5/);
});

for (const [what, body] of [
  ["other bytes", Buffer.alloc(size)],
  ["too few bytes", Buffer.alloc(size - 1)],
  ["too many bytes", Buffer.alloc(size + 1)],
] as const) {
  test(`D59 a blob with ${what} fails before its end and names what was expected`, async (t) => {
    const { read } = await pushed(t, (request) => (isDownload(request) ? { status: 200, body } : undefined));
    await assert.rejects(read(), { code: "ERR_GANTRY_CONTENT_MISMATCH" });
  });
}

test("a blob is read from an offset", async (t) => {
  const { source, descriptor, expected } = await pushed(t, () => undefined);
  assert.deepEqual(await bytesOf(source.read(descriptor, { start: 399_990 })), expected.subarray(399_990));
});

test("A18 a tag that moves after it was resolved changes nothing that is read", async (t) => {
  const proxy = await startFaultRegistry(t);
  const [before, after] = [image([layer("before")]), image([layer("after")])];
  await push(openSession(t), before, [`${proxy.host}/app:1`]);
  const source = openSession(t).source(parseReference(`${proxy.host}/app:1`));
  const resolved = await source.resolve();
  await push(openSession(t), after, [`${proxy.host}/app:1`]);
  assert.equal(resolved.digest, before.descriptor.digest);
  assert.deepEqual(await bytesOf(source.read(resolved)), Buffer.from(before.bytes));
});

test("A10 a manifest of more than 4 MiB is refused", async (t) => {
  const body = Buffer.alloc(4 * 1024 * 1024 + 1, " ");
  const proxy = await startFront(t, undefined, () => ({ status: 200, body }));
  await assert.rejects(
    openSession(t)
      .source(parseReference(`${proxy.host}/app:1`))
      .resolve(),
    { code: "ERR_GANTRY_LIMIT" },
  );
});

test("a tag that is not there is ERR_GANTRY_NOT_FOUND and named", async (t) => {
  const proxy = await startFaultRegistry(t);
  await assert.rejects(
    openSession(t)
      .source(parseReference(`${proxy.host}/app:nope`))
      .resolve(),
    (error: GantryError) => {
      assert.equal(error.code, "ERR_GANTRY_NOT_FOUND");
      assert.match(error.message, /^reading 127\.0\.0\.1:\d+\/app:nope: GET .* answered 404/);
      return true;
    },
  );
});
