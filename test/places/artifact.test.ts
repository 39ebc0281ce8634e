import assert from "node:assert/strict";
import { test } from "node:test";
import { contentOf } from "../../src/model/image.js";
import { mediaTypes, type Descriptor } from "../../src/model/oci.js";
import { imageOf, readArtifact, readManifest } from "../../src/places/artifact.js";
import { indexOver, randomArtifact, randomImage, randomIndex } from "../support/random-image.js";
import { GantryError } from "../../src/errors.js";
import type { Artifact, Content, Manifest } from "../../src/model/content.js";
import type { Source } from "../../src/model/place.js";

interface FakeSource extends Source {
  /** Digests asked for, in order. */
  readonly reads: string[];
}

/** A source over artifacts in memory; the first is what any name stands for. */
async function sourceOver(root: Artifact, ...others: readonly Content[]): Promise<FakeSource> {
  const contents = new Map<string, Content>();
  const add = async (content: Content | Manifest): Promise<void> => {
    contents.set(content.descriptor.digest, content);
    if ("children" in content) for (const child of await content.children()) await add(child);
  };
  for (const content of [root, ...others]) await add(content);
  const reads: string[] = [];
  return {
    label: "memory",
    origin: { registry: "localhost:5000", repository: "app" },
    reads,
    resolve: async () => root.descriptor,
    read(descriptor, options) {
      reads.push(descriptor.digest);
      const found = contents.get(descriptor.digest);
      if (found === undefined)
        throw new GantryError("ERR_GANTRY_NOT_FOUND", `${descriptor.digest} is not there`);
      return found.open(options);
    },
  };
}

const arm64 = { os: "linux", architecture: "arm64" };

test("reading an image fetches its manifest and config and no layer", async () => {
  const image = randomImage({ layers: 3 });
  const source = await sourceOver(image);
  const found = await readArtifact(source, "1");
  assert.equal(found.kind, "image");
  assert.deepEqual(source.reads, [image.descriptor.digest, image.configContent.descriptor.digest]);
  assert.deepEqual(found.kind === "image" && found.platform, image.platform);
});

test("choosing a platform of an index reads that image alone", async () => {
  const index = randomIndex({ architectures: ["amd64", "arm64", "s390x"] });
  const source = await sourceOver(index);
  const image = await readArtifact(source, "1", { platform: arm64 });
  const config = image.kind === "image" ? image.configContent.descriptor.digest : undefined;
  assert.equal(image.descriptor.digest, index.manifests[1]!.digest);
  assert.deepEqual(source.reads, [index.descriptor.digest, image.descriptor.digest, config]);
});

test("an index asks for each child once, however often it is asked itself", async () => {
  const source = await sourceOver(randomIndex());
  const index = await readArtifact(source, "1");
  await Promise.all([index.children(), index.children(), imageOf(index, arm64)]);
  assert.equal(source.reads.length, new Set(source.reads).size);
});

test("a child that failed is asked for again", async () => {
  const index = randomIndex();
  const source = await sourceOver(index);
  let failures = 1;
  const flaky: Source = {
    ...source,
    read(descriptor, options) {
      if (descriptor.digest === index.manifests[0]!.digest && failures-- > 0)
        throw new Error("the line broke");
      return source.read(descriptor, options);
    },
  };
  const found = await readArtifact(flaky, "1");
  await assert.rejects(found.children(), /the line broke/);
  assert.equal((await found.children()).length, 2);
});

test("everything that comes from a registry says which repository it can be mounted from", async () => {
  const found = await readArtifact(await sourceOver(randomImage()), "1");
  const origins = [found, ...(await found.children())].map((content) => content.origins);
  assert.deepEqual(
    origins,
    Array.from({ length: 4 }, () => [{ registry: "localhost:5000", repository: "app" }]),
  );
});

test("an artifact that is no image is read without looking into it", async () => {
  const artifact = randomArtifact();
  const source = await sourceOver(artifact);
  const found = await readArtifact(source, "1");
  assert.equal(found.kind, "artifact");
  assert.deepEqual(source.reads, [artifact.descriptor.digest]);
  await assert.rejects(imageOf(found, arm64), {
    code: "ERR_GANTRY_MANIFEST_INVALID",
    message: /is not an image/,
  });
});

test("an index entry that is no manifest is copied as the blob it is", async () => {
  const blob = contentOf(Buffer.from("cache"), mediaTypes.layerGzip);
  const document = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [blob.descriptor] };
  const bytes = Buffer.from(JSON.stringify(document));
  const root = { ...indexOver([]), ...contentOf(bytes, mediaTypes.index), bytes };
  const found = await readArtifact(await sourceOver(root, blob), "1");
  assert.deepEqual(
    (await found.children()).map((child) => "kind" in child),
    [false],
  );
});

test("A11 an image of another platform is an error that says what there is", async () => {
  const image = randomImage();
  await assert.rejects(readArtifact(await sourceOver(image), "1", { platform: arm64 }), {
    code: "ERR_GANTRY_PLATFORM_NOT_FOUND",
    message: /memory has no image for linux\/arm64, only for linux\/amd64/,
  });
});

test("A12 indexes are followed three deep and no deeper", async () => {
  const walk = async (content: Artifact | Content): Promise<void> => {
    if ("children" in content) for (const child of await (content as Artifact).children()) await walk(child);
  };
  const nested = (depth: number): Artifact => {
    let root: Artifact = randomImage();
    for (let at = 0; at < depth; at++) root = indexOver([root as ReturnType<typeof indexOver>]);
    return root;
  };
  await walk(await readArtifact(await sourceOver(nested(3)), "1"));
  for (const depth of [4, 50]) {
    const found = await readArtifact(await sourceOver(nested(depth)), "1");
    await assert.rejects(walk(found), { code: "ERR_GANTRY_LIMIT", message: /nest deeper than 3/ });
  }
});

test("A12 an index that claims to hold itself ends with an error", async () => {
  const self: Descriptor = { mediaType: mediaTypes.index, digest: `sha256:${"a".repeat(64)}`, size: 300 };
  const bytes = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [self] }),
  );
  const source: Source = {
    label: "liar",
    resolve: async () => self,
    async *read() {
      yield bytes;
    },
  };
  const walk = async (content: Artifact): Promise<void> => {
    for (const child of await content.children()) await walk(child as Artifact);
  };
  await assert.rejects(walk(await readArtifact(source, "1")), { code: "ERR_GANTRY_LIMIT" });
});

test("A14 an image whose config names another number of layers is refused", async () => {
  const image = randomImage({ layers: 2 });
  const document = JSON.parse(Buffer.from(image.bytes).toString()) as { layers: unknown[] };
  const bytes = Buffer.from(JSON.stringify({ ...document, layers: document.layers.slice(1) }));
  const short = { ...image, ...contentOf(bytes, mediaTypes.manifest), bytes };
  await assert.rejects(readArtifact(await sourceOver(short), "1"), { code: "ERR_GANTRY_MANIFEST_INVALID" });
});

test("A10 a manifest that says it is larger than allowed is not read", async () => {
  const image = randomImage();
  const source = await sourceOver(image);
  const large = { ...image.descriptor, size: 4 * 1024 * 1024 + 1 };
  await assert.rejects(readManifest(source, large), { code: "ERR_GANTRY_LIMIT" });
  assert.deepEqual(source.reads, []);
});
