import assert from "node:assert/strict";
import { readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { openBlobStore } from "../../../src/blobs/store.js";
import { openRecords } from "../../../src/cache/records.js";
import { createExtract } from "../../../src/context/base-tree/extract.js";
import { readTree } from "../../../src/context/base-tree/read-tree.js";
import type { Layer } from "../../../src/model/content.js";
import type { ByteSource } from "../../../src/plan/plan.js";
import { scratchFolder, token } from "../../support/scratch-folder.js";
import { layer } from "./layers.js";

async function extracting(t: TestContext) {
  const folder = await scratchFolder(t);
  let opened = 0;
  const layers = [
    layer("d/", "d/a", "d/b", { path: "d/same", body: "d/a" }),
    layer("d/c", "link -> d/a", { path: "empty", body: "" }),
  ].map((each): Layer => ({ ...each, open: (options) => (opened++, each.open(options)) }));
  const blobs = openBlobStore(join(folder, "blobs"), { token });
  const open = async () => {
    const records = openRecords(join(folder, "records"));
    const tree = await readTree(layers, { extract: createExtract({ blobs, records }) });
    opened = 0;
    return tree;
  };
  return { open, opened: () => opened, folder, blobs };
}

function textOf(source: ByteSource | undefined): string {
  assert.ok(source?.type === "file");
  return readFileSync(source.path, "utf8");
}

test("files of layers are brought to this machine, each layer read once", async (t) => {
  const { open, opened } = await extracting(t);
  const tree = await open();
  const files = await tree.files(["d/a", "d/b", "d/c", "empty", "d", "link", "missing"]);
  assert.deepEqual([...files.keys()].toSorted(), ["d/a", "d/b", "d/c"]);
  assert.deepEqual(
    ["d/a", "d/b", "d/c"].map((path) => textOf(files.get(path))),
    ["d/a", "d/b", "d/c"],
  );
  assert.equal(opened(), 2);
});

test("what was brought before is not read again, unless it is gone", async (t) => {
  const { open, opened, blobs } = await extracting(t);
  const first = await (await open()).files(["d/a"]);
  const again = await open();
  const second = await again.files(["d/a"]);
  assert.deepEqual([second.get("d/a"), opened()], [first.get("d/a"), 0]);
  const source = second.get("d/a");
  assert.ok(source?.type === "file");
  rmSync(source.path, { force: true });
  assert.equal(textOf((await again.files(["d/a"])).get("d/a")), "d/a");
  assert.equal(opened(), 1);
  for await (const { digest } of blobs.list()) assert.equal(await blobs.verify(digest), true);
});

test("a file whose content is there already is that very file: what stands for it stays true", async (t) => {
  const { open } = await extracting(t);
  const tree = await open();
  const before = (await tree.files(["d/a"])).get("d/a");
  const after = (await tree.files(["d/same", "d/a"])).get("d/same");
  assert.ok(before?.type === "file" && after?.type === "file");
  assert.equal(after.path, before.path);
  assert.equal(statSync(before.path).ino, before.stamp.ino);
});

test("a broken layer is refused", async (t) => {
  const { folder } = await extracting(t);
  const blobs = openBlobStore(join(folder, "other"), { token });
  const good = layer("a", "b");
  const broken: Layer = { ...good, diffId: `sha256:${"0".repeat(64)}` };
  const extract = createExtract({ blobs, records: undefined });
  await assert.rejects(extract(broken, [0], {}), { code: "ERR_GANTRY_CONTENT_MISMATCH" });
});
