import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { mediaTypes } from "../../src/model/oci.js";
import { readArtifact } from "../../src/places/artifact.js";
import { openLayout } from "../../src/places/layout/layout.js";
import { assertSame, collect } from "../support/place-contract.js";
import { randomImage, randomIndex } from "../support/random-image.js";
import { scratchFolder, token } from "../support/scratch-folder.js";
import { lacking, tool } from "../support/tools.js";
import type { Artifact } from "../../src/model/content.js";

interface Written {
  readonly manifests: readonly {
    readonly digest: string;
    readonly annotations?: Readonly<Record<string, string>>;
  }[];
  readonly [unknown: string]: unknown;
}

async function write(dir: string, artifact: Artifact, ...names: readonly string[]): Promise<void> {
  await (await openLayout(dir, { token }).stage(artifact, names)).publish();
}

async function readIndex(dir: string): Promise<Written> {
  return JSON.parse(await readFile(join(dir, "index.json"), "utf8")) as Written;
}

test("a layout holds what the specification says and nothing else", async (t) => {
  const dir = await scratchFolder(t);
  const image = randomImage({ layers: 1 });
  await write(dir, image, "1");
  assert.deepEqual((await readdir(dir)).sort(), ["blobs", "index.json", "oci-layout"]);
  assert.equal(await readFile(join(dir, "oci-layout"), "utf8"), '{"imageLayoutVersion":"1.0.0"}');
  assert.deepEqual(await readIndex(dir), {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: [{ ...image.descriptor, annotations: { "org.opencontainers.image.ref.name": "1" } }],
  });
  const digests = [image, image.configContent, ...image.layers].map(({ descriptor }) =>
    descriptor.digest.slice(7),
  );
  assert.deepEqual((await readdir(join(dir, "blobs/sha256"))).sort(), digests.sort());
});

test("without a name the root is kept once, and is found as the only one there is", async (t) => {
  const dir = await scratchFolder(t);
  const image = randomImage();
  await write(dir, image);
  await write(dir, image);
  assert.equal((await readIndex(dir)).manifests.length, 1);
  const layout = openLayout(dir, { token });
  assert.equal((await layout.resolve()).digest, image.descriptor.digest);
  assert.equal((await layout.resolve(image.descriptor.digest)).digest, image.descriptor.digest);
  await write(dir, image, "1");
  assert.deepEqual(
    (await layout.list()).map(({ name }) => name),
    ["1"],
  );
});

test("without a name several images are an error that lists them", async (t) => {
  const dir = await scratchFolder(t);
  await write(dir, randomImage({ seed: 1 }), "one");
  await write(dir, randomImage({ seed: 2 }), "two");
  const layout = openLayout(dir, { token });
  await assert.rejects(layout.resolve(), { code: "ERR_GANTRY_NOT_FOUND", message: /name one of one, two/ });
  await assert.rejects(layout.resolve("tow"), {
    message: /nothing named "tow" \(did you mean "two"\?\); it has one, two/,
  });
});

test("what others wrote into index.json stays as it is", async (t) => {
  const dir = await scratchFolder(t);
  await write(dir, randomImage(), "1");
  const index = await readIndex(dir);
  const [first] = index.manifests;
  const foreign = {
    ...first,
    annotations: { "org.opencontainers.image.ref.name": "theirs" },
    "x-field": [1],
  };
  const changed = { ...index, manifests: [foreign], annotations: { a: "b" }, "x-other": true };
  await writeFile(join(dir, "index.json"), JSON.stringify(changed));
  await write(dir, randomImage({ seed: 2 }), "mine");
  const after = await readIndex(dir);
  assert.deepEqual(after.manifests[0], foreign);
  assert.deepEqual({ ...after, manifests: [] }, { ...changed, manifests: [] });
});

test("a name is taken away, and one that is not there is an error", async (t) => {
  const dir = await scratchFolder(t);
  await write(dir, randomImage(), "one", "two");
  const layout = openLayout(dir, { token });
  await layout.remove("one");
  assert.deepEqual(
    (await layout.list()).map(({ name }) => name),
    ["two"],
  );
  await assert.rejects(layout.remove("one"), { code: "ERR_GANTRY_NOT_FOUND" });
});

test("a folder that is no layout is an error, and as a list it is empty", async (t) => {
  const layout = openLayout(join(await scratchFolder(t), "nothing"), { token });
  await assert.rejects(layout.resolve("1"), {
    code: "ERR_GANTRY_NOT_FOUND",
    message: /not an OCI image layout/,
  });
  assert.deepEqual(await layout.list(), []);
});

test("a layout of another version is refused", async (t) => {
  const dir = await scratchFolder(t);
  await writeFile(join(dir, "oci-layout"), '{"imageLayoutVersion":"2.0.0"}');
  await assert.rejects(openLayout(dir, { token }).resolve(), {
    message: /imageLayoutVersion "1.0.0", got "2.0.0"/,
  });
});

test("an index.json that is damaged is refused and not overwritten", async (t) => {
  const dir = await scratchFolder(t);
  await write(dir, randomImage(), "1");
  await writeFile(join(dir, "index.json"), '{"schemaVersion":2,');
  await assert.rejects(write(dir, randomImage({ seed: 2 }), "2"), { code: "ERR_GANTRY_MANIFEST_INVALID" });
  assert.equal(await readFile(join(dir, "index.json"), "utf8"), '{"schemaVersion":2,');
});

test("a blob whose bytes changed is an error before its last byte", async (t) => {
  const dir = await scratchFolder(t);
  const image = randomImage({ size: 1_000_000 });
  await write(dir, image, "1");
  const [layer] = image.layers;
  const path = join(dir, "blobs/sha256", layer!.descriptor.digest.slice(7));
  const bytes = await readFile(path);
  bytes[600] = bytes[600]! ^ 1;
  await chmod(path, 0o644);
  await writeFile(path, bytes);
  const read = async () => await collect(openLayout(dir, { token }).read(layer!.descriptor));
  await assert.rejects(read(), {
    code: "ERR_GANTRY_CONTENT_MISMATCH",
    message: new RegExp(layer!.descriptor.digest),
  });
});

test("a blob that is there is not read again from where it comes", async (t) => {
  const dir = await scratchFolder(t);
  const image = randomImage();
  await write(dir, image, "1");
  const opened: string[] = [];
  const layers = image.layers.map((layer) => ({
    ...layer,
    open: () => {
      opened.push(layer.descriptor.digest);
      return layer.open();
    },
  }));
  await write(dir, { ...image, layers, children: async () => [image.configContent, ...layers] }, "2");
  assert.deepEqual(opened, []);
});

test("many writers at once in one process lose no name", async (t) => {
  const dir = await scratchFolder(t);
  const names = Array.from({ length: 12 }, (_, at) => `name-${at}`);
  await Promise.all(names.map((name, at) => write(dir, randomImage({ seed: at, layers: 1 }), name)));
  const found = (await openLayout(dir, { token }).list()).map(({ name }) => name);
  assert.deepEqual(new Set(found), new Set(names));
});

test("writers in several processes lose no name", async (t) => {
  const dir = await scratchFolder(t);
  const writer = fileURLToPath(new URL("../support/layout-writer.js", import.meta.url));
  const run = promisify(execFile);
  await Promise.all([0, 1, 2].map((at) => run(process.execPath, [writer, dir, String(at), "5"])));
  const found = (await openLayout(dir, { token }).list()).map(({ name }) => name);
  assert.deepEqual(
    new Set(found),
    new Set([0, 1, 2].flatMap((at) => [0, 1, 2, 3, 4].map((n) => `${at}-${n}`))),
  );
});

test(
  "skopeo copies a layout's index away, all platforms, digest unchanged",
  { skip: lacking("skopeo") },
  async (t) => {
    const folder = await scratchFolder(t);
    const index = randomIndex();
    await write(join(folder, "mine"), index, "app-1.0");
    await tool(
      "skopeo",
      "copy",
      "--all",
      "--preserve-digests",
      `oci:${folder}/mine:app-1.0`,
      `oci:${folder}/theirs:copied`,
    );
    const theirs = openLayout(join(folder, "theirs"), { token });
    await assertSame(await readArtifact(theirs, "copied"), index);
  },
);

test("umoci unpacks an image of a layout", { skip: lacking("umoci") }, async (t) => {
  const folder = await scratchFolder(t);
  await write(join(folder, "mine"), randomImage({ layers: 2, size: 3000 }), "1");
  await tool("umoci", "unpack", "--rootless", "--image", `${folder}/mine:1`, join(folder, "bundle"));
  assert.equal((await stat(join(folder, "bundle/rootfs/file-1"))).size, 3000);
});
