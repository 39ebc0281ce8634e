import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { GantryError } from "../../src/errors.js";
import { digestOf } from "../../src/model/digest.js";
import {
  checkConfig,
  configLimit,
  indexLimit,
  layerLimit,
  manifestLimit,
  parseConfig,
  parseDescriptor,
  parseManifest,
} from "../../src/model/manifest.js";
import { mediaTypes, type ManifestDocument } from "../../src/model/oci.js";

const digest = `sha256:${"0f".repeat(32)}` as const;
const config = { mediaType: mediaTypes.config, digest, size: 2 };
const layer = { mediaType: mediaTypes.layerGzip, digest, size: 3 };
const image = { schemaVersion: 2, mediaType: mediaTypes.manifest, config, layers: [layer] };
const index = {
  schemaVersion: 2,
  mediaType: mediaTypes.index,
  manifests: [{ ...image.config, mediaType: mediaTypes.manifest }],
};

const bytesOf = (value: unknown) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
const parse = (value: unknown, contentType?: string) =>
  parseManifest(bytesOf(value), contentType, "the manifest of h.io/x");
const invalid = (message: RegExp) => ({ code: "ERR_GANTRY_MANIFEST_INVALID", message });

test("images and indexes of OCI and of Docker are told apart", () => {
  assert.deepEqual(parse(image), { kind: "image", mediaType: mediaTypes.manifest, document: image });
  assert.deepEqual(parse(index), { kind: "index", mediaType: mediaTypes.index, document: index });
  const docker = {
    ...image,
    mediaType: mediaTypes.dockerManifest,
    config: { ...config, mediaType: mediaTypes.dockerConfig },
    layers: [{ ...layer, mediaType: mediaTypes.dockerForeign, urls: ["https://h.io/x"] }],
  };
  assert.deepEqual(parse(docker), { kind: "image", mediaType: mediaTypes.dockerManifest, document: docker });
  assert.equal(parse({ ...index, mediaType: mediaTypes.dockerList }).kind, "index");
});

test("a manifest whose config or layers are no image's is an artifact", () => {
  assert.equal(parse({ ...image, config: { ...config, mediaType: mediaTypes.empty } }).kind, "artifact");
  assert.equal(
    parse({ ...image, config: { ...config, mediaType: "application/vnd.cncf.helm.config.v1+json" } }).kind,
    "artifact",
  );
  assert.equal(
    parse({ ...image, layers: [{ ...layer, mediaType: "application/vnd.in-toto+json" }] }).kind,
    "artifact",
  );
});

test("what Go writes for nothing, null, is read as nothing", () => {
  assert.deepEqual(parse({ ...image, layers: null, annotations: null, subject: null }).document, {
    ...image,
    layers: [],
  });
  assert.deepEqual(parse({ ...index, manifests: null }).document, { ...index, manifests: [] });
});

for (const other of ["layers", "config", "fsLayers"]) {
  test(`A6 a manifest with both "manifests" and "${other}" is refused, under either content type`, () => {
    const both = { ...index, [other]: other === "config" ? config : [] };
    assert.throws(() => parse(both), invalid(new RegExp(`both "manifests" and "${other}"`)));
    assert.throws(() => parse(both, mediaTypes.manifest), invalid(/ambiguous/));
  });
}

test("A7 a mediaType that is not the content type is an error naming both", () => {
  assert.throws(
    () => parse(image, mediaTypes.index),
    invalid(/"mediaType" is ".*manifest\.v1\+json", but it came as ".*index\.v1\+json"/),
  );
  assert.throws(() => parse(image, mediaTypes.dockerManifest), invalid(/ambiguous/));
});

test("A7 a missing mediaType is fine where the content type says it, or the shape does", () => {
  const { mediaType: _image, ...bareImage } = image;
  const { mediaType: _index, ...bareIndex } = index;
  assert.equal(parse(bareImage, `${mediaTypes.manifest}; charset=utf-8`).kind, "image");
  assert.equal(parse(bareImage, mediaTypes.dockerManifest).mediaType, mediaTypes.dockerManifest);
  assert.equal(parse(bareIndex, mediaTypes.index).kind, "index");
  assert.equal(parse(bareImage).mediaType, mediaTypes.manifest);
  assert.equal(parse(bareIndex).mediaType, mediaTypes.index);
  assert.throws(
    () => parse(bareIndex, mediaTypes.manifest),
    invalid(/"config" is missing, expected an object/),
  );
});

test("A7 a content type that says nothing does not contradict", () => {
  for (const vague of ["", "application/json", "application/octet-stream", "text/plain; charset=utf-8"]) {
    assert.equal(parse(image, vague).kind, "image");
  }
});

test("A8 duplicate keys are refused", () => {
  const twice = JSON.stringify(image).replace("{", `{"mediaType":"${mediaTypes.index}",`);
  assert.throws(() => parse(twice), invalid(/the key "mediaType" occurs twice/));
});

for (const [name, text] of [
  ["beside the right one", { ...image, Layers: [] }],
  ["instead of the right one, in an index", { ...index, Layers: [layer] }],
  ["instead of the right one, in a manifest", { ...image, Manifests: [] }],
  ["in a descriptor", { ...image, layers: [{ ...layer, Digest: digest, digest: undefined }] }],
  [
    "in a platform",
    { ...index, manifests: [{ ...layer, platform: { OS: "linux", architecture: "amd64" } }] },
  ],
] as const) {
  test(`A8 a field in another case is refused ${name}`, () => {
    assert.throws(
      () => parse(text),
      invalid(/differ only in case|is ambiguous, expected "(layers|manifests|digest|os)" exactly/),
    );
  });
}

test("A9 schema 1 is refused clearly, whatever it comes as", () => {
  const schema1 = {
    schemaVersion: 1,
    name: "x",
    tag: "y",
    architecture: "amd64",
    fsLayers: [],
    history: [],
    signatures: [],
  };
  for (const type of [
    undefined,
    "text/plain",
    mediaTypes.dockerSchema1,
    mediaTypes.dockerSchema1Signed,
    mediaTypes.manifest,
  ]) {
    assert.throws(
      () => parse(schema1, type),
      invalid(/schema 1 manifest: schema1 is unsupported, push the image again/),
    );
  }
  assert.throws(
    () => parse({ ...image, mediaType: mediaTypes.dockerSchema1Signed }),
    invalid(/schema1 is unsupported/),
  );
});

test("A10 a manifest of 4 MiB is taken, one byte more is refused", () => {
  const text = JSON.stringify(image);
  const padded = (size: number) => text + " ".repeat(size - text.length);
  assert.equal(parse(padded(manifestLimit)).kind, "image");
  assert.throws(() => parse(padded(manifestLimit + 1)), {
    code: "ERR_GANTRY_LIMIT",
    message: "the manifest of h.io/x has 4194305 bytes, the most are 4194304",
  });
});

test("1024 layers and 1000 entries are taken, one more is refused", () => {
  const layers = (count: number) => ({ ...image, layers: Array.from({ length: count }, () => layer) });
  const entries = (count: number) => ({
    ...index,
    manifests: Array.from({ length: count }, () => index.manifests[0]),
  });
  assert.equal(parse(layers(layerLimit)).kind, "image");
  assert.equal(parse(entries(indexLimit)).kind, "index");
  assert.throws(() => parse(layers(layerLimit + 1)), {
    code: "ERR_GANTRY_LIMIT",
    message: /has 1025 layers, the most are 1024/,
  });
  assert.throws(() => parse(entries(indexLimit + 1)), {
    code: "ERR_GANTRY_LIMIT",
    message: /has 1001 manifests, the most are 1000/,
  });
});

test("A5 a bad digest in a manifest is refused naming the field", () => {
  for (const bad of [
    "sha256:../../x",
    digest.toUpperCase(),
    "sha256:00",
    "md5:d41d8cd98f00b204e9800998ecf8427e",
    7,
    null,
    undefined,
  ]) {
    assert.throws(
      () => parse({ ...image, layers: [layer, { ...layer, digest: bad }] }),
      invalid(/"layers\[1\]\.digest"/),
    );
    assert.throws(
      () => parse({ ...index, manifests: [{ ...layer, digest: bad }] }),
      invalid(/"manifests\[0\]\.digest"/),
    );
  }
});

for (const size of ["9007199254740992", "-1", '"12"', "1.5", "1e30", "null", "true", "[]"]) {
  test(`A16 the size ${size} is refused`, () => {
    const texts = {
      "layers[0].size": JSON.stringify(image).replace('"size":3', `"size":${size}`),
      "config.size": JSON.stringify(image).replace('"size":2', `"size":${size}`),
      "manifests[0].size": JSON.stringify(index).replace('"size":2', `"size":${size}`),
    };
    for (const [field, text] of Object.entries(texts)) {
      const named = `"${field.replace(/[[\].]/g, "\\$&")}" is .*expected a whole number from 0`;
      assert.throws(() => parse(text), invalid(new RegExp(named)));
    }
  });
}

test("A16 the sizes 0 and 2^53 - 1 are taken", () => {
  for (const size of [0, Number.MAX_SAFE_INTEGER])
    assert.equal(parseDescriptor({ ...layer, size }, "x").size, size);
});

test("A17 unknown fields of manifests, descriptors and platforms are ignored", () => {
  const extra = { ...image, x: { y: 1 }, config: { ...config, z: 1 } };
  assert.deepEqual(parse(extra).document, image);
  const platform = { architecture: "arm", os: "linux", variant: "v7", features: ["sse4"], extra: 1 };
  const { features: _features, extra: _extra, ...known } = platform;
  assert.deepEqual(parseDescriptor({ ...layer, platform, extra: 1 }, "x"), { ...layer, platform: known });
});

test("A15 annotations keep __proto__ as an ordinary key", () => {
  const text = JSON.stringify(image).replace("{", '{"annotations":{"__proto__":"x","b":"y"},');
  const { annotations } = parse(text).document;
  assert.equal(JSON.stringify(annotations), '{"__proto__":"x","b":"y"}');
});

for (const [name, document, reason] of [
  ["no object", [], /it is an array, expected an object/],
  ["no schemaVersion", { ...image, schemaVersion: undefined }, /"schemaVersion" is missing, expected 2/],
  ["another schemaVersion", { ...image, schemaVersion: 3 }, /"schemaVersion" is 3, expected 2/],
  ["no config", { ...image, config: undefined }, /"config" is missing/],
  ["no layers", { ...image, layers: undefined }, /"layers" is missing, expected an array/],
  ["layers that are an object", { ...image, layers: {} }, /"layers" is an object, expected an array/],
  ["a layer that is no object", { ...image, layers: [7] }, /"layers\[0\]" is 7, expected an object/],
  [
    "an unknown mediaType",
    { ...image, mediaType: "text/html" },
    /"mediaType" is "text\/html", expected an image manifest or index/,
  ],
  ["a mediaType that is no text", { ...image, mediaType: 7 }, /"mediaType" is 7, expected a string/],
  [
    "a header within a media type",
    { ...image, layers: [{ ...layer, mediaType: "a/b\r\nX: y" }] },
    /expected a media type/,
  ],
  [
    "an annotation that is no text",
    { ...image, annotations: { a: 1 } },
    /"annotations\.a" is 1, expected a string/,
  ],
  [
    "urls that are no texts",
    { ...image, layers: [{ ...layer, urls: [1] }] },
    /"layers\[0\]\.urls\[0\]" is 1/,
  ],
] as const) {
  test(`a manifest with ${name} is refused naming the field`, () => {
    assert.throws(() => parse(document), invalid(reason));
  });
}

test("an entry whose platform lacks system or architecture has no platform", () => {
  for (const platform of [null, {}, { os: "linux" }, { os: "", architecture: "amd64" }]) {
    assert.equal("platform" in parseDescriptor({ ...layer, platform }, "x"), false);
  }
});

test("data in a descriptor is kept only if it is what digest and size say", () => {
  const bytes = Buffer.from("{}");
  const good = {
    mediaType: mediaTypes.empty,
    digest: digestOf(bytes),
    size: 2,
    data: bytes.toString("base64"),
  };
  assert.equal(parseDescriptor(good, "x").data, "e30=");
  for (const data of ["W10=", "e30K", "", "x".repeat(1000), 7])
    assert.equal("data" in parseDescriptor({ ...good, data }, "x"), false);
});

test("whatever JSON comes, the answer is a manifest or the one error", () => {
  const value = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(
      config,
      layer,
      [layer],
      [config, layer],
      2,
      digest,
      mediaTypes.index,
      mediaTypes.manifest,
    ),
  );
  const keys = [
    "schemaVersion",
    "mediaType",
    "config",
    "layers",
    "manifests",
    "annotations",
    "subject",
    "artifactType",
  ] as const;
  const document = fc.record(Object.fromEntries(keys.map((key) => [key, value])), { requiredKeys: [] });
  fc.assert(
    fc.property(
      fc.oneof(document, fc.jsonValue()),
      fc.constantFrom(undefined, mediaTypes.manifest),
      (each, type) => {
        try {
          parse(each, type);
        } catch (error) {
          assert.ok(error instanceof GantryError, String(error));
          assert.ok(["ERR_GANTRY_MANIFEST_INVALID", "ERR_GANTRY_LIMIT"].includes(error.code));
        }
      },
    ),
    { numRuns: 500 },
  );
});

const minimal = { architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [digest] } };
const readConfig = (value: unknown) => parseConfig(bytesOf(value), "the configuration");

test("A17 unknown fields of a configuration are kept, at the top, in config and in history", () => {
  const full = {
    ...minimal,
    "x-extra": { a: [1] },
    config: { Env: ["A=1"], Labels: { Data: "1", data: "2" }, ArgsEscaped: true, MacAddress: "" },
    history: [{ created_by: "x", empty_layer: true, extra: 1 }],
  };
  assert.deepEqual(readConfig(full), full);
});

test("null in a configuration is the same as nothing", () => {
  const nulls = {
    ...minimal,
    author: null,
    history: null,
    config: {
      Env: null,
      Cmd: null,
      Entrypoint: null,
      Volumes: null,
      Labels: null,
      ExposedPorts: null,
      OnBuild: null,
    },
  };
  assert.deepEqual(readConfig(nulls), { ...minimal, config: {} });
  assert.deepEqual(
    readConfig({ ...minimal, rootfs: { type: "layers", diff_ids: null } }).rootfs.diff_ids,
    [],
  );
});

test("a configuration without a platform is for unknown", () => {
  const { os, architecture } = readConfig({ rootfs: minimal.rootfs, os: "" });
  assert.deepEqual({ os, architecture }, { os: "unknown", architecture: "unknown" });
});

for (const [name, document, reason] of [
  ["no rootfs", { ...minimal, rootfs: undefined }, /"rootfs" is missing/],
  [
    "another kind of rootfs",
    { ...minimal, rootfs: { type: "x", diff_ids: [] } },
    /"rootfs\.type" is "x", expected "layers"/,
  ],
  [
    "a bad diffID",
    { ...minimal, rootfs: { type: "layers", diff_ids: ["sha256:x"] } },
    /"rootfs\.diff_ids\[0\]"/,
  ],
  [
    "an environment that is an object",
    { ...minimal, config: { Env: {} } },
    /"config\.Env" is an object, expected an array/,
  ],
  [
    "a label that is a number",
    { ...minimal, config: { Labels: { a: 1 } } },
    /"config\.Labels\.a" is 1, expected a string/,
  ],
  [
    "a command that is a text",
    { ...minimal, config: { Cmd: "sh" } },
    /"config\.Cmd" is "sh", expected an array/,
  ],
  [
    "fields in another case",
    { ...minimal, config: { env: [] } },
    /"config\.env" is ambiguous, expected "Env" exactly/,
  ],
  ["a history that is no list", { ...minimal, history: {} }, /"history" is an object/],
] as const) {
  test(`a configuration with ${name} is refused naming the field`, () => {
    assert.throws(() => readConfig(document), invalid(reason));
  });
}

test("a configuration above 8 MiB is refused", () => {
  assert.throws(() => parseConfig(Buffer.alloc(configLimit + 1, " "), "the configuration"), {
    code: "ERR_GANTRY_LIMIT",
  });
});

test("A14 as many layers as diffIDs are fine, more or fewer are an error with both numbers", () => {
  const read = readConfig(minimal);
  const manifest = (layers: number): ManifestDocument => ({
    schemaVersion: 2,
    config,
    layers: Array.from({ length: layers }, () => layer),
  });
  assert.doesNotThrow(() => checkConfig(read, manifest(1)));
  assert.throws(
    () => checkConfig(read, manifest(2)),
    invalid(/manifest has 2 layers but its configuration .* has 1 diff_ids/),
  );
  assert.throws(() => checkConfig(read, manifest(0)), invalid(/has 0 layers/));
});
