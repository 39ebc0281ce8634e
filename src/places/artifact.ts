import { mapLimit, SingleFlight } from "../concurrency.js";
import { GantryError } from "../errors.js";
import { readAll } from "../model/digest.js";
import {
  checkConfig,
  configLimit,
  indexDepthLimit,
  manifestLimit,
  parseConfig,
  parseManifest,
} from "../model/manifest.js";
import { formatPlatform, matchesPlatform, selectPlatform } from "../model/platform.js";
import type { Artifact, Content, Image, ImageIndex, Layer, Manifest } from "../model/content.js";
import type { IoOptions } from "../model/events.js";
import type { Descriptor, Digest, IndexDocument, ManifestDocument, Platform } from "../model/oci.js";
import type { Source } from "../model/place.js";
import { rereading } from "../model/reread.js";
import { isManifestType } from "./media-types.js";

export interface ReadArtifactOptions extends IoOptions {
  /** The image for this platform instead of the index that holds it. */
  readonly platform?: Platform | undefined;
}

const manifestsAtOnce = 8;

/** An index that was read: its children are fetched one by one, as they are asked for. */
interface ReadIndex extends ImageIndex {
  child(descriptor: Descriptor, options?: IoOptions): Promise<Content | Manifest>;
}

/**
 * What a name of a source stands for: manifests and configs are read now (an index's children when asked for), blobs
 * when they are opened. Throws ERR_GANTRY_NOT_FOUND, ERR_GANTRY_MANIFEST_INVALID, ERR_GANTRY_CONTENT_MISMATCH,
 * ERR_GANTRY_LIMIT and, where a platform is asked for, ERR_GANTRY_PLATFORM_NOT_FOUND.
 */
export async function readArtifact(
  source: Source,
  name: string | undefined,
  { platform, ...io }: ReadArtifactOptions = {},
): Promise<Artifact> {
  const artifact = await readManifest(source, await source.resolve(name, io), io);
  return platform === undefined ? artifact : await imageOf(artifact, platform, { what: source.label, ...io });
}

/** The manifest that a descriptor names, with everything below it opened lazily from the same source. */
export function readManifest(source: Source, descriptor: Descriptor, io: IoOptions = {}): Promise<Artifact> {
  return readAt(source, descriptor, { depth: 0, ...io });
}

interface At extends IoOptions {
  /** Indexes above this manifest. */
  readonly depth: number;
}

async function readAt(source: Source, descriptor: Descriptor, { depth, ...io }: At): Promise<Artifact> {
  const what = `manifest ${descriptor.digest} of ${source.label}`;
  if (depth > indexDepthLimit) {
    throw new GantryError("ERR_GANTRY_LIMIT", `${what}: indexes nest deeper than ${indexDepthLimit} levels`);
  }
  const bytes = await readSmall(source, descriptor, { limit: manifestLimit, what, io });
  const { kind, mediaType, document } = parseManifest(bytes, descriptor.mediaType, what);
  const found = { ...descriptor, mediaType };
  const manifest = { descriptor: found, bytes, open: opener(bytes), ...originsOf(source) };
  if (kind === "index") return indexFrom(source, { ...manifest, document, depth });
  if (kind === "image") return await imageFrom(source, { ...manifest, document, io });
  const children = [document.config, ...document.layers].map((child) => contentOf(source, child));
  return { kind: "artifact", ...manifest, children: async () => children };
}

interface Found<Document> {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
  readonly open: Content["open"];
  readonly document: Document;
}

function indexFrom(
  source: Source,
  { document, depth, ...manifest }: Found<IndexDocument> & { depth: number },
): ReadIndex {
  const flights = new SingleFlight<Digest, Content | Manifest>();
  const child = (entry: Descriptor, io?: IoOptions) =>
    flights.get(entry.digest, async () =>
      isManifestType(entry.mediaType)
        ? await readAt(source, entry, { depth: depth + 1, signal: io?.signal, onEvent: io?.onEvent })
        : contentOf(source, entry),
    );
  return {
    kind: "index",
    ...manifest,
    manifests: document.manifests,
    child,
    children: (io) => mapLimit(document.manifests, manifestsAtOnce, (entry) => child(entry, io)),
  };
}

async function imageFrom(
  source: Source,
  { document, io, ...manifest }: Found<ManifestDocument> & { readonly io: IoOptions },
): Promise<Image> {
  const what = `config ${document.config.digest} of ${source.label}`;
  const bytes = await readSmall(source, document.config, { limit: configLimit, what, io });
  const config = parseConfig(bytes, what);
  checkConfig(config, document);
  const configContent = { ...contentOf(source, document.config), open: opener(bytes) };
  const layers = document.layers.map((layer, index): Layer => ({
    ...contentOf(source, layer),
    diffId: config.rootfs.diff_ids[index]!,
  }));
  return {
    kind: "image",
    ...manifest,
    platform: platformOf(config),
    config,
    configContent,
    layers,
    children: async () => [configContent, ...layers],
  };
}

async function readSmall(
  source: Source,
  descriptor: Descriptor,
  { limit, what, io }: { readonly limit: number; readonly what: string; readonly io: IoOptions },
): Promise<Uint8Array> {
  if (descriptor.size > limit) {
    throw new GantryError("ERR_GANTRY_LIMIT", `${what} has ${descriptor.size} bytes, ${limit} are allowed`);
  }
  return await rereading(() => readAll(source.read(descriptor, io), { limit, what }));
}

function contentOf(source: Source, descriptor: Descriptor): Content {
  return { descriptor, open: (options) => source.read(descriptor, options), ...originsOf(source) };
}

function originsOf(source: Source): Pick<Content, "origins"> {
  return source.origin === undefined ? {} : { origins: [source.origin] };
}

function opener(bytes: Uint8Array): Content["open"] {
  return async function* (options) {
    yield bytes.subarray(options?.start ?? 0);
  };
}

function platformOf({ os, architecture, variant, ...config }: Image["config"]): Platform {
  return {
    os,
    architecture,
    ...(variant === undefined ? {} : { variant }),
    ...(config["os.version"] === undefined ? {} : { "os.version": config["os.version"] }),
    ...(config["os.features"] === undefined ? {} : { "os.features": config["os.features"] }),
  };
}

/**
 * The image an artifact holds for a platform: the artifact itself, or the best match of an index. Throws
 * ERR_GANTRY_PLATFORM_NOT_FOUND listing what there is; ERR_GANTRY_MANIFEST_INVALID where it is not an image at all.
 */
export async function imageOf(
  artifact: Artifact,
  platform: Platform,
  { what = artifact.descriptor.digest, ...io }: IoOptions & { readonly what?: string | undefined } = {},
): Promise<Image> {
  let found: Content | Manifest | Artifact = artifact;
  while ("kind" in found && found.kind === "index") {
    found = await childOf(found, selectPlatform(found.manifests, platform, what), io);
  }
  if (!("kind" in found) || found.kind !== "image") {
    throw new GantryError(
      "ERR_GANTRY_MANIFEST_INVALID",
      `${what} is not an image (${found.descriptor.mediaType})`,
    );
  }
  if (!matchesPlatform(platform, found.platform)) {
    const [wanted, there] = [formatPlatform(platform), formatPlatform(found.platform)];
    throw new OtherPlatformError(`${what} has no image for ${wanted}, only for ${there}`, found);
  }
  return found;
}

/** The one image there is is for another platform; it is there for whoever can say more about it. */
export class OtherPlatformError extends GantryError {
  readonly image: Image;

  constructor(message: string, image: Image) {
    super("ERR_GANTRY_PLATFORM_NOT_FOUND", message);
    this.image = image;
  }
}

async function childOf(index: ImageIndex, wanted: Descriptor, io: IoOptions): Promise<Content | Manifest> {
  if ("child" in index) return await (index as ReadIndex).child(wanted, io);
  const children = await index.children(io);
  return children.find((child) => child.descriptor.digest === wanted.digest)!;
}
