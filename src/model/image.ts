import { GantryError } from "../errors.js";
import { inOrder, orderConfig } from "./config.js";
import { digestOf } from "./digest.js";
import { styledType, type MediaTypeStyle } from "./media-type.js";
import { formatPlatform, normalizePlatform } from "./platform.js";
import { mediaTypes, type Descriptor, type HistoryEntry, type ImageConfig, type Platform } from "./oci.js";
import type { Content, Image, ImageIndex, Layer } from "./content.js";
import type { IoOptions } from "./events.js";

export type { MediaTypeStyle } from "./media-type.js";

export interface ImageParts {
  readonly platform: Platform;
  /** `mergeConfig`'s result: its rootfs and history are the base's. */
  readonly config: ImageConfig;
  /** The base's layers, then the new ones. */
  readonly layers: readonly Layer[];
  /** Of the manifest. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Of the new history entries (RFC 3339). */
  readonly created: string;
  /** The history's new lines, one for each new layer and others for what made none. */
  readonly history: readonly { readonly createdBy: string; readonly layer: boolean }[];
  readonly style: MediaTypeStyle;
}

/**
 * An image of finished layers: configuration and manifest in a fixed key order, so that equal parts are equal bytes.
 * Base layers keep their digests and get the style's media types. Style "docker" throws ERR_GANTRY_UNSUPPORTED for what
 * its manifests cannot hold: annotations and zstd layers.
 */
export function createImage({
  platform,
  config,
  layers,
  history,
  annotations,
  created,
  style,
}: ImageParts): Image {
  checkLayers(config, layers, history.filter(({ layer }) => layer).length);
  refuseAnnotations(annotations, style);
  const styled = layers.map((layer) => styledLayer(layer, style));
  const full = completeConfig({ platform, config, layers: styled, history, created });
  const configContent = contentOf(
    encode(full),
    style === "oci" ? mediaTypes.config : mediaTypes.dockerConfig,
  );
  const mediaType = style === "oci" ? mediaTypes.manifest : mediaTypes.dockerManifest;
  const bytes = encode({
    schemaVersion: 2,
    mediaType,
    config: configContent.descriptor,
    layers: styled.map((layer) => layer.descriptor),
    ...someAnnotations(annotations),
  });
  const children = [configContent, ...styled];
  return {
    ...contentOf(bytes, mediaType),
    kind: "image",
    bytes,
    platform,
    config: full,
    configContent,
    layers: styled,
    children: async () => children,
  };
}

function checkLayers(config: ImageConfig, layers: readonly Layer[], added: number): void {
  const known = config.rootfs.diff_ids;
  const isConsistent =
    layers.length === known.length + added &&
    known.every((diffId, index) => layers[index]!.diffId === diffId);
  if (isConsistent) return;
  throw new GantryError(
    "ERR_GANTRY_INTERNAL",
    `creating an image: ${layers.length} layers do not begin with the base's ${known.length} and end with ${added} new ones`,
  );
}

function refuseAnnotations(annotations: Readonly<Record<string, string>>, style: MediaTypeStyle): void {
  const [first] = Object.keys(annotations);
  if (style === "oci" || first === undefined) return;
  throw new GantryError(
    "ERR_GANTRY_UNSUPPORTED",
    `Docker's manifests cannot hold annotations ("${first}"): leave them out, use labels, or use OCI media types`,
  );
}

/** A layer as the manifest names it: nothing but type, digest, size, and what the base's manifest told beyond. */
function styledLayer(layer: Layer, style: MediaTypeStyle): Layer {
  const { mediaType, digest, size, urls, annotations } = layer.descriptor;
  const descriptor: Descriptor = {
    mediaType: styledType(mediaType, style),
    digest,
    size,
    ...(urls === undefined || urls.length === 0 ? {} : { urls }),
    ...(style === "oci" ? someAnnotations(annotations ?? {}) : {}),
  };
  return {
    descriptor,
    diffId: layer.diffId,
    open: (options) => layer.open(options),
    ...(layer.origins === undefined ? {} : { origins: layer.origins }),
  };
}

function completeConfig(parts: Omit<ImageParts, "annotations" | "style">): ImageConfig {
  const { platform, config, layers, history, created } = parts;
  const { variant: _variant, ...rest } = config;
  const entryOf = ({ createdBy, layer }: ImageParts["history"][number]): HistoryEntry => {
    const entry = { created, created_by: createdBy, comment: "gantry" };
    return layer ? entry : { ...entry, empty_layer: true };
  };
  return orderConfig({
    ...rest,
    created,
    ...normalizePlatform(platform),
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
    history: [...(config.history ?? []), ...history.map(entryOf)],
  });
}

/**
 * An index of images, in the given order, with each one's platform. Throws ERR_GANTRY_USAGE for two images of one
 * platform, ERR_GANTRY_UNSUPPORTED for what style "docker" cannot hold.
 */
export function createIndex({
  images,
  annotations,
  style,
}: {
  readonly images: readonly Image[];
  readonly annotations: Readonly<Record<string, string>>;
  readonly style: MediaTypeStyle;
}): ImageIndex {
  refuseAnnotations(annotations, style);
  refuseTwins(images);
  const manifests = images.map((image) => entryOf(image, style));
  const mediaType = style === "oci" ? mediaTypes.index : mediaTypes.dockerList;
  const bytes = encode({ schemaVersion: 2, mediaType, manifests, ...someAnnotations(annotations) });
  return { ...contentOf(bytes, mediaType), kind: "index", bytes, manifests, children: async () => images };
}

function refuseTwins(images: readonly Image[]): void {
  const seen = new Set<string>();
  for (const { platform } of images) {
    const name = formatPlatform(platform);
    if (seen.has(name)) {
      throw new GantryError(
        "ERR_GANTRY_USAGE",
        `an index holds one image for each platform, got two for ${name}`,
      );
    }
    seen.add(name);
  }
}

function entryOf({ descriptor, platform }: Image, style: MediaTypeStyle): Descriptor {
  const { mediaType, digest, size } = descriptor;
  if (style === "docker" && mediaType !== mediaTypes.dockerManifest) {
    throw new GantryError(
      "ERR_GANTRY_UNSUPPORTED",
      `Docker's manifest list cannot hold the OCI image ${digest}: use OCI media types`,
    );
  }
  return { mediaType, digest, size, platform: orderPlatform(platform) };
}

function orderPlatform(platform: Platform): Platform {
  return inOrder({ ...normalizePlatform(platform) }, [
    "architecture",
    "os",
    "os.version",
    "os.features",
    "variant",
  ]) as unknown as Platform;
}

/** Bytes at hand as content: the descriptor is computed, `open` hands the bytes out in one piece. */
export function contentOf(bytes: Uint8Array, mediaType: string): Content {
  return {
    descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length },
    open: ({ start = 0, signal }: IoOptions & { readonly start?: number | undefined } = {}) =>
      once(bytes.subarray(start), signal),
  };
}

async function* once(
  bytes: Uint8Array,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  signal?.throwIfAborted();
  if (bytes.length > 0) yield bytes;
}

/** By key, so that the order in which they were given does not show. */
function someAnnotations(annotations: Readonly<Record<string, string>>): {
  readonly annotations?: Readonly<Record<string, string>>;
} {
  if (Object.keys(annotations).length === 0) return {};
  return { annotations: inOrder(annotations, []) as Readonly<Record<string, string>> };
}

function encode(document: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(document));
}
