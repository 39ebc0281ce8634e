import assert from "node:assert/strict";
import test from "node:test";
import type { GantryError } from "../../../src/errors.js";
import { parseReference } from "../../../src/model/reference.js";
import { bytesOf, image, layer } from "./images.js";
import { startFaultRegistry, startFront } from "../../support/fault-registry.js";
import { downloadable } from "./pushed.js";
import { openSession, push } from "./setup.js";

test("a blob is read from an offset", async (t) => {
  const { content, expected } = await downloadable(t, 400_000);
  assert.deepEqual(await bytesOf(content.open({ start: 399_990 })), expected.subarray(399_990));
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
