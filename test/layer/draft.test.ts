import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { materialise } from "../../src/layer/materialise.js";
import { fileEntry, layerContext, planOf, seededBytes, temporaryFolder } from "./layer-support.js";
import type { Draft } from "../../src/model/place.js";
import type { Compression } from "../../src/plan/plan.js";

/** A place that takes drafts, and what it was told. */
function taker() {
  const hash = createHash("sha256");
  const told: { sizes: (number | undefined)[]; ends: string[]; bytes: number } = {
    sizes: [],
    ends: [],
    bytes: 0,
  };
  const receive = ({ label, size }: { label: string; size?: number | undefined }): Draft => {
    assert.equal(label, "test");
    told.sizes.push(size);
    return {
      async write(bytes) {
        // The bytes may be overwritten once this resolves, so they are looked at later.
        await new Promise((resolve) => setImmediate(resolve));
        hash.update(bytes);
        told.bytes += bytes.length;
      },
      async commit({ digest }) {
        told.ends.push(digest);
        return true;
      },
      async abort() {
        told.ends.push("aborted");
      },
    };
  };
  return { receive, told, digest: () => `sha256:${hash.digest("hex")}` };
}

for (const compression of [
  { type: "none", level: 0 },
  { type: "gzip", level: 1 },
] satisfies Compression[]) {
  test(`a large layer that nothing is known of is sent while it is made (${compression.type})`, async (t) => {
    const folder = temporaryFolder(t);
    const plan = planOf(fileEntry(folder, "a", seededBytes(9_000_000)));
    const context = layerContext(t, folder);
    const { receive, told, digest } = taker();
    const layer = await materialise(plan, { compression, context: { ...context, receive } });
    assert.deepEqual(told.ends, [layer.descriptor.digest]);
    assert.equal(told.bytes, layer.descriptor.size);
    assert.equal(digest(), layer.descriptor.digest);
    const known = compression.type === "none" ? layer.descriptor.size : undefined;
    assert.deepEqual(told.sizes, [known]);
    await materialise(plan, { compression, context: { ...context, receive } });
    assert.equal(
      told.sizes.length,
      1,
      "of a layer that is known nothing is sent before somebody asks for it",
    );
  });
}

test("a small layer is made before anybody could have begun to take it", async (t) => {
  const folder = temporaryFolder(t);
  const plan = planOf(fileEntry(folder, "a", "hello"));
  const { receive, told } = taker();
  const compression = { type: "none", level: 0 } as const;
  await materialise(plan, { compression, context: { ...layerContext(t, folder), receive } });
  assert.deepEqual(told.sizes, []);
});

test("a draft is given up where its layer cannot be made", async (t) => {
  const folder = temporaryFolder(t);
  const entry = fileEntry(folder, "a", seededBytes(9_000_000));
  fileEntry(folder, "a", seededBytes(8_000_000));
  for (const compression of [
    { type: "none", level: 0 },
    { type: "gzip", level: 1 },
  ] satisfies Compression[]) {
    const { receive, told } = taker();
    const context = { ...layerContext(t, folder), receive };
    await assert.rejects(materialise(planOf(entry), { compression, context }), {
      code: "ERR_GANTRY_SOURCE_CHANGED",
    });
    assert.deepEqual(told.ends, ["aborted"]);
  }
});
