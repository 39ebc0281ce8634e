import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { digestOf } from "../../src/model/digest.js";
import { contentOf, createImage, createIndex, type ImageParts } from "../../src/model/image.js";
import { checkConfig, parseConfig, parseManifest } from "../../src/model/manifest.js";
import { mergeConfig } from "../../src/model/merge.js";
import { mediaTypes, type ImageConfig, type Platform } from "../../src/model/oci.js";
import type { Content, Image, Layer } from "../../src/model/content.js";

const created = "1970-01-01T00:00:00Z";
const amd64: Platform = { os: "linux", architecture: "amd64" };

function layerOf(
  text: string,
  mediaType: string = mediaTypes.layerTar,
  more: Partial<Content["descriptor"]> = {},
): Layer {
  const content = contentOf(Buffer.from(text), mediaType);
  return { ...content, descriptor: { ...content.descriptor, ...more }, diffId: digestOf(Buffer.from(text)) };
}

/** One line for each layer, then those of changes. */
function told(layers: readonly string[], changes: readonly string[] = []): ImageParts["history"] {
  return [
    ...layers.map((createdBy) => ({ createdBy, layer: true })),
    ...changes.map((createdBy) => ({ createdBy, layer: false })),
  ];
}

function imageOf(more: Partial<ImageParts> = {}): Image {
  const { config, changes } = mergeConfig(undefined, { env: { A: "1" } }, { platform: amd64, created });
  const parts: ImageParts = {
    platform: amd64,
    config,
    layers: [layerOf("one")],
    history: told(["files /app"], changes),
    annotations: {},
    created,
    style: "oci",
  };
  return createImage({ ...parts, ...more });
}

async function bytesOf(content: Content, start?: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content.open({ start })) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const text = (image: { readonly bytes: Uint8Array }) => Buffer.from(image.bytes).toString();

function onBase(layers: readonly Layer[], more: Partial<ImageParts> = {}): Image {
  const base: ImageConfig = {
    ...amd64,
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map((_, index) => ({ created_by: `base ${index}` })),
  };
  const { config } = mergeConfig(base, {}, { platform: amd64, created });
  return imageOf({ config, history: [], layers, ...more });
}

test("an image's bytes are frozen: manifest and configuration of one layer on scratch", async () => {
  const image = imageOf({ annotations: { b: "2", a: "1" } });
  const one = digestOf(Buffer.from("one"));
  const config =
    `{"created":"${created}","architecture":"amd64","os":"linux","config":{"Env":["A=1"]},` +
    `"rootfs":{"type":"layers","diff_ids":["${one}"]},"history":[` +
    `{"created":"${created}","created_by":"files /app","comment":"gantry"},` +
    `{"created":"${created}","created_by":"ENV A=1","comment":"gantry","empty_layer":true}]}`;
  assert.equal(await bytesOf(image.configContent), config);
  assert.equal(
    text(image),
    `{"schemaVersion":2,"mediaType":"${mediaTypes.manifest}",` +
      `"config":{"mediaType":"${mediaTypes.config}","digest":"${digestOf(Buffer.from(config))}","size":${config.length}},` +
      `"layers":[{"mediaType":"${mediaTypes.layerTar}","digest":"${one}","size":3}],"annotations":{"a":"1","b":"2"}}`,
  );
  assert.deepEqual(image.descriptor, {
    mediaType: mediaTypes.manifest,
    digest: digestOf(image.bytes),
    size: image.bytes.length,
  });
});

test("what is created is read back: the manifest, its configuration and the rule between them", async () => {
  const image = onBase([layerOf("base")], {
    layers: [layerOf("base"), layerOf("new")],
    history: told(["files /app"]),
  });
  const parsed = parseManifest(image.bytes, image.descriptor.mediaType, "image");
  assert.equal(parsed.kind, "image");
  const config = parseConfig(Buffer.from(await bytesOf(image.configContent)), "config");
  assert.deepEqual(config, image.config);
  checkConfig(config, parsed.document as Parameters<typeof checkConfig>[1]);
  assert.deepEqual(config.rootfs.diff_ids, [digestOf(Buffer.from("base")), digestOf(Buffer.from("new"))]);
});

test("history is the base's, then the new layers', then the changes without a layer", () => {
  const { history } = onBase([layerOf("base")], {
    layers: [layerOf("base"), layerOf("x"), layerOf("y")],
    history: told(["files /x", "files /y"], ["ENV A=1"]),
  }).config;
  assert.deepEqual(
    history?.map((entry) => [entry.created_by, entry.empty_layer ?? false]),
    [
      ["base 0", false],
      ["files /x", false],
      ["files /y", false],
      ["ENV A=1", true],
    ],
  );
});

test("children are the configuration, then the layers in order", async () => {
  const image = imageOf({ layers: [layerOf("a"), layerOf("b")], history: told(["a", "b"]) });
  const children = await image.children();
  assert.deepEqual(children, [image.configContent, ...image.layers]);
  assert.equal(await bytesOf(image.layers[1]!), "b");
});

const retyped: readonly (readonly [from: string, oci: string, docker: string | undefined])[] = [
  [mediaTypes.dockerLayer, mediaTypes.layerGzip, mediaTypes.dockerLayer],
  [mediaTypes.dockerLayerTar, mediaTypes.layerTar, mediaTypes.dockerLayerTar],
  [mediaTypes.dockerForeign, mediaTypes.foreignGzip, mediaTypes.dockerForeign],
  [mediaTypes.layerGzip, mediaTypes.layerGzip, mediaTypes.dockerLayer],
  [mediaTypes.layerTar, mediaTypes.layerTar, mediaTypes.dockerLayerTar],
  [mediaTypes.foreignGzip, mediaTypes.foreignGzip, mediaTypes.dockerForeign],
  [mediaTypes.layerZstd, mediaTypes.layerZstd, undefined],
  [mediaTypes.foreignZstd, mediaTypes.foreignZstd, undefined],
  ["application/vnd.docker.image.rootfs.diff.tar.zstd", mediaTypes.layerZstd, undefined],
  [
    "application/vnd.oci.image.layer.v1.tar+encrypted",
    "application/vnd.oci.image.layer.v1.tar+encrypted",
    undefined,
  ],
];

for (const [from, oci, docker] of retyped) {
  test(`a base layer of type ${from} gets the style's type and keeps digest and urls`, () => {
    const layer = layerOf("base", from, { urls: ["https://h.io/x"] });
    const typed = (style: "oci" | "docker") => onBase([layer], { style }).layers[0]!.descriptor;
    assert.deepEqual(typed("oci"), { ...layer.descriptor, mediaType: oci });
    if (docker === undefined)
      assert.throws(() => typed("docker"), {
        code: "ERR_GANTRY_UNSUPPORTED",
        message: /use .*OCI media types/,
      });
    else assert.deepEqual(typed("docker"), { ...layer.descriptor, mediaType: docker });
  });
}

test("a base layer can still be mounted from where it came, and its own platform does not get into the manifest", () => {
  const origins = [{ registry: "h.io", repository: "base" }];
  const layer = { ...layerOf("base", mediaTypes.dockerLayer, { platform: amd64 }), origins };
  const [styled] = onBase([layer]).layers;
  assert.deepEqual(styled!.origins, origins);
  assert.equal("platform" in styled!.descriptor, false);
});

test("annotations of a base layer stay with it, in Docker's style they go", () => {
  const layer = layerOf("base", mediaTypes.layerGzip, { annotations: { "org.example": "1" } });
  assert.deepEqual(onBase([layer]).layers[0]!.descriptor.annotations, { "org.example": "1" });
  assert.equal("annotations" in onBase([layer], { style: "docker" }).layers[0]!.descriptor, false);
});

test("style docker writes Docker's types throughout and refuses annotations by name", () => {
  const image = imageOf({ style: "docker" });
  assert.deepEqual(
    [
      image.descriptor.mediaType,
      image.configContent.descriptor.mediaType,
      image.layers[0]!.descriptor.mediaType,
    ],
    [mediaTypes.dockerManifest, mediaTypes.dockerConfig, mediaTypes.dockerLayerTar],
  );
  assert.equal(parseManifest(image.bytes, mediaTypes.dockerManifest, "image").kind, "image");
  assert.throws(() => imageOf({ style: "docker", annotations: { a: "1" } }), {
    code: "ERR_GANTRY_UNSUPPORTED",
    message: /annotations \("a"\)/,
  });
  assert.throws(() => createIndex({ images: [image], annotations: { a: "1" }, style: "docker" }), {
    code: "ERR_GANTRY_UNSUPPORTED",
  });
});

test("A15 an annotation called __proto__ is written as any other", () => {
  const image = imageOf({ annotations: { ["__proto__"]: "x", a: "1" } });
  assert.ok(text(image).endsWith('"annotations":{"__proto__":"x","a":"1"}}'));
});

test("layers that are not the configuration's are an error of the program", () => {
  assert.throws(() => imageOf({ history: [] }), { code: "ERR_GANTRY_INTERNAL" });
  const { config } = onBase([layerOf("other")]);
  assert.throws(() => imageOf({ config, layers: [layerOf("base")], history: [] }), {
    code: "ERR_GANTRY_INTERNAL",
  });
});

test("equal parts are equal bytes, in whatever order annotations were given", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.string()), (annotations) => {
      const reversed = Object.fromEntries(Object.entries(annotations).reverse());
      assert.equal(text(imageOf({ annotations })), text(imageOf({ annotations: reversed })));
    }),
  );
});

const arm: Platform = { os: "linux", architecture: "arm", variant: "v7" };
const forPlatform = (platform: Platform) =>
  imageOf({
    platform,
    config: mergeConfig(undefined, {}, { platform, created }).config,
    history: told(["files /app"]),
  });

test("an index's bytes are frozen: each image with its platform, in the given order", async () => {
  const images = [forPlatform(arm), forPlatform(amd64)];
  const index = createIndex({ images, annotations: { z: "1" }, style: "oci" });
  const entry = (image: Image, platform: string) =>
    `{"mediaType":"${mediaTypes.manifest}","digest":"${image.descriptor.digest}","size":${image.descriptor.size},"platform":${platform}}`;
  const manifests = [
    entry(images[0]!, '{"architecture":"arm","os":"linux","variant":"v7"}'),
    entry(images[1]!, '{"architecture":"amd64","os":"linux"}'),
  ];
  assert.equal(
    text(index),
    `{"schemaVersion":2,"mediaType":"${mediaTypes.index}","manifests":[${manifests.join(",")}],"annotations":{"z":"1"}}`,
  );
  assert.deepEqual(await index.children(), images);
  assert.deepEqual(parseManifest(index.bytes, mediaTypes.index, "index").document, JSON.parse(text(index)));
});

test("two images for one platform are refused, however it is written", () => {
  const arm64 = forPlatform({ os: "linux", architecture: "arm64" });
  const twin = { ...arm64, platform: { os: "linux", architecture: "arm64", variant: "v8" } };
  assert.throws(() => createIndex({ images: [arm64, twin], annotations: {}, style: "oci" }), {
    code: "ERR_GANTRY_USAGE",
    message: /one image for each platform, got two for linux\/arm64/,
  });
});

test("a Docker manifest list holds Docker's images only, an OCI index both", () => {
  const docker = imageOf({ style: "docker" });
  const list = createIndex({ images: [docker], annotations: {}, style: "docker" });
  assert.equal(list.descriptor.mediaType, mediaTypes.dockerList);
  assert.throws(() => createIndex({ images: [imageOf()], annotations: {}, style: "docker" }), {
    code: "ERR_GANTRY_UNSUPPORTED",
  });
  assert.equal(
    createIndex({ images: [docker, forPlatform(arm)], annotations: {}, style: "oci" }).manifests.length,
    2,
  );
});

test("content at hand opens as often as asked, from any offset, and heeds the signal", async () => {
  const content = contentOf(Buffer.from("abcdef"), "text/plain");
  assert.equal(await bytesOf(content), "abcdef");
  assert.equal(await bytesOf(content, 4), "ef");
  assert.equal(await bytesOf(content, 6), "");
  const stopped = content.open({ signal: AbortSignal.abort() })[Symbol.asyncIterator]();
  await assert.rejects(Promise.resolve(stopped.next()), { name: "AbortError" });
});
