import { gzipSync } from "node:zlib";
import { digestOf } from "../../src/model/digest.js";
import { contentOf, createImage, createIndex } from "../../src/model/image.js";
import { mediaTypes, type Digest, type ImageConfig, type Platform } from "../../src/model/oci.js";
import { endOfArchive, headerLength, paddedSize, writeHeader } from "../../src/tar/header.js";
import type { Content, Image, ImageIndex, Layer, OtherManifest } from "../../src/model/content.js";

export interface RandomImageOptions {
  /** The same seed gives the same image. */
  readonly seed?: number;
  readonly layers?: number;
  /** Bytes of the one file in each layer. */
  readonly size?: number;
  readonly platform?: Platform;
  /** How each layer is packed, in turn. */
  readonly packing?: readonly ("none" | "gzip")[];
}

/** An image of seeded random files whose layers are real tars: any reader of images takes it. */
export function randomImage({
  seed = 1,
  layers = 2,
  size = 1000,
  platform = { os: "linux", architecture: "amd64" },
  packing = ["none", "gzip"],
}: RandomImageOptions = {}): Image {
  const made = Array.from({ length: layers }, (_, at) =>
    randomLayer({ name: `file-${at}`, size, seed: seed * 1000 + at, packing: packing[at % packing.length]! }),
  );
  const config: ImageConfig = {
    ...platform,
    config: { Env: [`SEED=${seed}`], Cmd: ["/file-0"] },
    rootfs: { type: "layers", diff_ids: [] },
  };
  return createImage({
    platform,
    config,
    layers: made,
    history: made.map((_, at) => ({ createdBy: `file-${at}`, layer: true })),
    annotations: {},
    created: "1970-01-01T00:00:00Z",
    style: "oci",
  });
}

/** An index of random images that share no layer. */
export function randomIndex({
  seed = 1,
  architectures = ["amd64", "arm64"],
}: { seed?: number; architectures?: readonly string[] } = {}): ImageIndex {
  const images = architectures.map((architecture, at) =>
    randomImage({ seed: seed * 100 + at, platform: { os: "linux", architecture } }),
  );
  return createIndex({ images, annotations: {}, style: "oci" });
}

/** An index over any manifests, nested indexes too. */
export function indexOver(manifests: readonly (Image | ImageIndex | OtherManifest)[]): ImageIndex {
  const entries = manifests.map(({ descriptor }) => descriptor);
  const document = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: entries };
  const bytes = Buffer.from(JSON.stringify(document));
  return {
    ...contentOf(bytes, mediaTypes.index),
    kind: "index",
    bytes,
    manifests: entries,
    children: async () => manifests,
  };
}

/** What holds anything but an image: a chart, an SBOM. */
export function randomArtifact({ seed = 1 }: { readonly seed?: number } = {}): OtherManifest {
  const config = contentOf(Buffer.from("{}"), mediaTypes.empty);
  const blob = contentOf(randomBytes(500, seed), "application/vnd.example.sbom");
  const document = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    artifactType: "application/vnd.example.sbom",
    config: config.descriptor,
    layers: [blob.descriptor],
  };
  const bytes = Buffer.from(JSON.stringify(document));
  return {
    ...contentOf(bytes, mediaTypes.manifest),
    kind: "artifact",
    bytes,
    children: async () => [config, blob],
  };
}

/** A content of which no byte beyond `good` can be read: what a source file that changed, or a broken line, looks like. */
export function brokenContent(content: Content, good: number): Content {
  return {
    descriptor: content.descriptor,
    async *open() {
      for await (const bytes of content.open()) {
        yield bytes.subarray(0, good);
        throw new Error("the line broke");
      }
    },
  };
}

/** The image with one of its layers broken after `good` bytes. */
export function brokenImage(image: Image, good: number): Image {
  const [first, ...others] = image.layers;
  const layers: Layer[] = [{ ...brokenContent(first!, good), diffId: first!.diffId }, ...others];
  return { ...image, layers, children: async () => [image.configContent, ...layers] };
}

function randomLayer({
  name,
  size,
  seed,
  packing,
}: {
  name: string;
  size: number;
  seed: number;
  packing: "none" | "gzip";
}): Layer {
  const tar = tarOf(name, randomBytes(size, seed));
  const diffId: Digest = digestOf(tar);
  const isPacked = packing === "gzip";
  const content = isPacked
    ? contentOf(gzipSync(tar), mediaTypes.layerGzip)
    : contentOf(tar, mediaTypes.layerTar);
  return { ...content, diffId };
}

function tarOf(path: string, body: Uint8Array): Uint8Array {
  const entry = { path, type: "file", mode: 0o755, uid: 0, gid: 0, mtime: 0, size: body.length } as const;
  const start = headerLength(entry);
  const tar = Buffer.alloc(start + paddedSize(body.length) + endOfArchive.length);
  writeHeader(tar, 0, entry);
  tar.set(body, start);
  return tar;
}

/** Marsaglia's xorshift32: seeded, fast, and random enough not to compress. */
export function randomBytes(size: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let state = (seed * 2654435761 + 1) >>> 0 || 1;
  for (let at = 0; at < size; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = state & 0xff;
  }
  return bytes;
}
