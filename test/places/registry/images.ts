import { createHash } from "node:crypto";
import type { Artifact, Content, Image, ImageIndex, Layer, Manifest } from "../../../src/model/content.js";
import { mediaTypes, type Digest, type ImageConfig } from "../../../src/model/oci.js";
import { nodeSystem, type System } from "../../../src/system.js";

/** A system with nothing in its environment and a home that does not exist. */
export function bareSystem(env: Record<string, string> = {}, home: string = "/nonexistent"): System {
  return { ...nodeSystem(), env, home, random: () => 0 };
}

export function digest(bytes: Uint8Array): Digest {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

export function content(
  bytes: Uint8Array,
  mediaType: string,
  extra: Partial<Content> = {},
): Content & { opened: number } {
  const made = {
    descriptor: { mediaType, digest: digest(bytes), size: bytes.length },
    opened: 0,
    async *open({ start = 0 } = {}) {
      made.opened++;
      for (let at = start; at < bytes.length; at += 65_536)
        yield bytes.subarray(at, Math.min(at + 65_536, bytes.length));
    },
    ...extra,
  };
  return made;
}

/** Bytes that are the same for the same seed. */
export function seeded(seed: string, size: number): Uint8Array {
  const blocks: Uint8Array[] = [];
  for (let made = 0; made < size; made += 32)
    blocks.push(createHash("sha256").update(`${seed} ${made}`).digest());
  return Buffer.concat(blocks).subarray(0, size);
}

export function image(layers: readonly Content[], architecture = "amd64"): Image {
  const config: ImageConfig = {
    architecture,
    os: "linux",
    rootfs: { type: "layers", diff_ids: layers.map((layer) => layer.descriptor.digest) },
  };
  const configContent = content(Buffer.from(JSON.stringify(config)), mediaTypes.config);
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: configContent.descriptor,
      layers: layers.map(({ descriptor }) => descriptor),
    }),
  );
  const withIds: Layer[] = layers.map((layer) => Object.assign(layer, { diffId: layer.descriptor.digest }));
  return {
    ...content(bytes, mediaTypes.manifest),
    kind: "image",
    bytes,
    platform: { os: "linux", architecture },
    config,
    configContent,
    layers: withIds,
    children: () => Promise.resolve([configContent, ...withIds]),
  };
}

export function index(images: readonly Image[]): ImageIndex {
  const manifests = images.map(({ descriptor, platform }) => ({ ...descriptor, platform }));
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests }));
  return {
    ...content(bytes, mediaTypes.index),
    kind: "index",
    bytes,
    manifests,
    children: () => Promise.resolve(images),
  };
}

export function layer(seed: string, size = 1000): Content & { opened: number } {
  return content(seeded(seed, size), mediaTypes.layerTar);
}

export async function bytesOf(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Every content of an artifact, manifests included. */
export async function graphOf(root: Artifact | Manifest | Content): Promise<Content[]> {
  if (!("children" in root)) return [root];
  const below = await Promise.all((await root.children()).map(graphOf));
  return [root, ...below.flat()];
}
