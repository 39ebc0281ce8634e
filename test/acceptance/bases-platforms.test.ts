import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import {
  build,
  formatPlatform,
  parsePlatform,
  type BuildOptions,
  type BuildRequest,
} from "../../src/index.js";
import { errorCodes } from "../../src/errors.js";
import { contentOf } from "../../src/model/image.js";
import { mediaTypes, type Platform } from "../../src/model/oci.js";
import { openLayout } from "../../src/places/layout/layout.js";
import type { Artifact, Image, ImageIndex, Manifest } from "../../src/model/content.js";
import { openSession, push } from "../places/registry/setup.js";
import { createInProcess } from "../support/in-process.js";
import { startLogged } from "../support/logged-registry.js";
import { ownOptions } from "../support/own-options.js";
import { randomArtifact, randomImage } from "../support/random-image.js";
import { token } from "../support/scratch-folder.js";

const dockerTypes = {
  [mediaTypes.manifest]: "application/vnd.docker.distribution.manifest.v2+json",
  [mediaTypes.config]: "application/vnd.docker.container.image.v1+json",
  [mediaTypes.layerGzip]: "application/vnd.docker.image.rootfs.diff.tar.gzip",
  [mediaTypes.index]: "application/vnd.docker.distribution.manifest.list.v2+json",
};

test("A13 each platform gets its own variant of the base, or the newest older one, whatever else the index holds", async (t) => {
  const options = await ownOptions(t);
  const bases = {
    "linux/arm/v6": imageFor("linux/arm/v6"),
    "linux/amd64": withoutMediaType(imageFor("linux/amd64")),
    "linux/arm/v7": imageFor("linux/arm/v7"),
    "linux/arm64/v8": imageFor("linux/arm64/v8"),
    "windows(10.0.17763)/amd64": imageFor("windows(10.0.17763)/amd64"),
  };
  const index = indexOf([
    { manifest: randomArtifact(), platform: { os: "unknown", architecture: "unknown" } },
    { manifest: randomImage({ seed: 77 }) },
    ...Object.values(bases).map((manifest) => ({ manifest, platform: manifest.platform })),
    {
      manifest: randomArtifact({ seed: 2 }),
      platform: { os: "unknown", architecture: "unknown" },
      annotations: { "vnd.docker.reference.type": "attestation-manifest" },
    },
  ]);
  await store(index, options);
  const wanted: Readonly<Record<string, keyof typeof bases>> = {
    "linux/amd64": "linux/amd64",
    "linux/arm64": "linux/arm64/v8",
    "linux/arm/v6": "linux/arm/v6",
    "linux/arm/v7": "linux/arm/v7",
    "linux/arm/v8": "linux/arm/v7",
    "linux/amd64/v3": "linux/amd64",
  };
  const found = await buildOn(Object.keys(wanted), options);
  for (const [at, [platform, base]] of Object.entries(wanted).entries()) {
    const image = found[at]!;
    assert.deepEqual(digestsOf(image), digestsOf(bases[base]), `${platform} is built on ${base}`);
    assert.equal(formatPlatform(image.platform), platform, "the result is for what was asked for");
    assert.equal(formatPlatform(image.config), platform);
  }
});

test("arm64 and arm64/v8 are one platform, asked for or offered", async (t) => {
  const options = await ownOptions(t);
  const base = imageFor("linux/arm64");
  await store(indexOf([{ manifest: base, platform: base.platform }]), options);
  const [image] = await buildOn(["linux/arm64/v8"], options);
  assert.deepEqual(digestsOf(image!), digestsOf(base));
});

test("an index whose only entry names no platform, and a bare image, are bases for what their configuration says", async (t) => {
  const options = await ownOptions(t);
  const base = imageFor("linux/arm64");
  for (const root of [indexOf([{ manifest: base }]), withoutMediaType(base)]) {
    await store(root, options);
    const [image] = await buildOn(["linux/arm64"], options);
    assert.deepEqual(digestsOf(image!), digestsOf(base));
    await assert.rejects(buildOn(["linux/amd64"], options), {
      code: "ERR_GANTRY_PLATFORM_NOT_FOUND",
      message: /linux\/amd64.*linux\/arm64/,
    });
  }
});

test("A11 a platform that is not there ends with a status of its own and one line that lists those that are", async (t) => {
  const { folder, run } = createInProcess(t);
  const have = ["linux/amd64", "linux/arm/v7"].map((platform) => imageFor(platform));
  const attestation = { manifest: randomArtifact(), platform: { os: "unknown", architecture: "unknown" } };
  const index = indexOf([
    ...have.map((manifest) => ({ manifest, platform: manifest.platform })),
    attestation,
  ]);
  await store(index, { system: { cwd: folder } });
  for (const [line, named] of [
    [
      "build --base oci-layout:base:1 --platform linux/amd64,linux/s390x -o type=oci,dest=out",
      "oci-layout:base:1",
    ],
    ["inspect oci:base:1 --platform linux/s390x", "base"],
    ["copy oci:base:1 oci:out --platform linux/s390x", "base"],
  ] as const) {
    const { status, stdout, stderr } = await run(line.split(" "));
    assert.deepEqual({ status, stdout }, { status: 3, stdout: "" });
    assert.match(
      stderr,
      new RegExp(`^gantry: .*${named}.*linux/s390x: it has linux/amd64, linux/arm/v7$`, "m"),
    );
  }
  const others = Object.entries(errorCodes).filter(([, { exitStatus }]) => exitStatus === 3);
  assert.deepEqual(
    others.map(([code]) => code),
    ["ERR_GANTRY_PLATFORM_NOT_FOUND"],
  );
});

test("bases of Docker's schema 2 and of OCI give one digest in OCI's types, or in Docker's where they are asked for", async (t) => {
  const options = await ownOptions(t);
  const { host } = await startLogged(t);
  const images = ["amd64", "arm64"].map((architecture, seed) =>
    randomImage({ seed, platform: { os: "linux", architecture }, packing: ["gzip"] }),
  );
  const oci = indexOf(images.map((manifest) => ({ manifest, platform: manifest.platform })));
  const docker = inDockerTypes(images);
  for (const [name, root] of Object.entries({ oci, docker })) {
    await push(openSession(t), root, [`${host}/${name}:1`]);
  }
  for (const ociMediaTypes of [true, false]) {
    const results = await build(
      ["oci", "docker"].map((name): BuildRequest => ({
        name: `on-${name}`,
        base: `${host}/${name}:1`,
        platforms: ["linux/amd64", "linux/arm64"],
        tags: [`${host}/on-${name}:1`],
        files: { "/a": { content: "a" } },
      })),
      { ...options, ociMediaTypes, compression: "gzip", outputs: [{ type: "registry" }] },
    );
    for (const { images: built, descriptor } of results) {
      const [index, manifest, layer] = ociMediaTypes
        ? [mediaTypes.index, mediaTypes.manifest, mediaTypes.layerGzip]
        : [
            dockerTypes[mediaTypes.index],
            dockerTypes[mediaTypes.manifest],
            dockerTypes[mediaTypes.layerGzip],
          ];
      assert.equal(descriptor.mediaType, index);
      for (const [at, image] of built.entries()) {
        assert.equal(image.descriptor.mediaType, manifest);
        assert.deepEqual(new Set(image.layers.map((one) => one.descriptor.mediaType)), new Set([layer]));
        assert.deepEqual(digestsOf(image), digestsOf(images[at]!));
      }
    }
    const [ofOci, ofDocker] = results.map(({ images: built }) =>
      built.map((image) => image.configContent.descriptor.digest),
    );
    assert.deepEqual(ofOci, ofDocker, "the configuration does not depend on how the base was written");
  }
});

interface Entry {
  readonly manifest: Manifest;
  readonly platform?: Platform;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** An index with just these entries: without mediaType, as some tools write it, and with platforms only where given. */
function indexOf(entries: readonly Entry[], mediaType: string = mediaTypes.index): ImageIndex {
  const manifests = entries.map(({ manifest: { descriptor }, platform, annotations }) => {
    const { digest, size } = descriptor;
    return {
      ...{ mediaType: descriptor.mediaType, digest, size },
      ...(platform === undefined ? {} : { platform }),
      ...(annotations === undefined ? {} : { annotations }),
    };
  });
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, manifests }));
  const children = () => Promise.resolve(entries.map(({ manifest }) => manifest));
  return { ...contentOf(bytes, mediaType), kind: "index", bytes, manifests, children };
}

function imageFor(platform: string): Image {
  const seed = [...platform].reduce((sum, letter) => sum + letter.codePointAt(0)!, 0);
  return randomImage({ seed, platform: parsePlatform(platform) });
}

function withoutMediaType(image: Image): Image {
  const { mediaType, ...rest } = JSON.parse(Buffer.from(image.bytes).toString()) as { mediaType: string };
  const bytes = Buffer.from(JSON.stringify(rest));
  return { ...image, ...contentOf(bytes, mediaType), bytes };
}

/** The same images as docker's own tools push them. */
function inDockerTypes(images: readonly Image[]): ImageIndex {
  const entries = images.map((image): Entry => {
    let text = Buffer.from(image.bytes).toString();
    for (const [oci, docker] of Object.entries(dockerTypes))
      text = text.replaceAll(`"${oci}"`, `"${docker}"`);
    const bytes = Buffer.from(text);
    const manifest = { ...image, ...contentOf(bytes, dockerTypes[mediaTypes.manifest]!), bytes };
    return { manifest, platform: image.platform };
  });
  return indexOf(entries, dockerTypes[mediaTypes.index]);
}

async function store(
  root: Artifact,
  { system }: { readonly system: { readonly cwd: string } },
): Promise<void> {
  await (await openLayout(join(system.cwd, "base"), { token }).stage(root, ["1"])).publish();
}

async function buildOn(platforms: readonly string[], options: BuildOptions): Promise<readonly Image[]> {
  const [result] = await build({ name: "app", base: "oci-layout:base:1", platforms }, options);
  return result!.images;
}

/** Of the layers that come from the random base: it has two. */
function digestsOf({ layers }: Image): readonly string[] {
  return layers.slice(0, 2).map(({ descriptor }) => descriptor.digest);
}
