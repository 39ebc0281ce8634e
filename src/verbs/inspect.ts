import { isManifest } from "../model/content.js";
import { formatPlatform, parsePlatform } from "../model/platform.js";
import { openWorkspace } from "../build/workspace.js";
import { readArtifact } from "../places/artifact.js";
import { parsePlace } from "../places/name.js";
import { placeIn } from "./open-place.js";
import type { CommonOptions } from "../build/options.js";
import type { Artifact, Content, Image, Layer } from "../model/content.js";
import type { IoOptions } from "../model/events.js";
import type { Digest, ImageConfig } from "../model/oci.js";

export interface InspectOptions extends CommonOptions {
  /** The image for this platform alone. */
  readonly platform?: string | undefined;
}

/** A manifest and what is below it, as data: what `gantry inspect --json` prints. Sizes are in bytes. */
export interface Inspection {
  readonly kind: "image" | "index" | "artifact";
  readonly digest: Digest;
  readonly mediaType: string;
  /** Of the manifest itself. */
  readonly size: number;
  /** Of everything below it, each digest counted once. */
  readonly totalSize: number;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Of an image: "linux/arm64". */
  readonly platform?: string;
  readonly config?: ImageConfig;
  readonly layers?: readonly InspectedLayer[];
  /** Of an index. */
  readonly manifests?: readonly Inspection[];
}

export interface InspectedLayer {
  readonly digest: Digest;
  readonly diffId: Digest;
  readonly mediaType: string;
  readonly size: number;
  /** From the image's history. */
  readonly createdBy?: string;
}

export interface Inspected {
  readonly tree: Inspection;
  /** The root manifest, byte for byte. */
  readonly raw: Uint8Array;
}

/** Reads manifests and configurations of an image in any place; layers are not read. */
export async function inspect(name: string, options: InspectOptions = {}): Promise<Inspected> {
  const place = parsePlace(name);
  const platform = options.platform === undefined ? undefined : parsePlatform(options.platform);
  const io = { signal: options.signal, onEvent: options.onEvent };
  await using workspace = await openWorkspace(options);
  const { source, name: wanted } = placeIn(workspace, place);
  const artifact = await readArtifact(await source(), wanted, { platform, ...io });
  return { raw: artifact.bytes, tree: await describe(artifact, io, artifact.descriptor.annotations) };
}

async function describe(
  artifact: Artifact,
  io: IoOptions,
  annotations: Readonly<Record<string, string>> | undefined,
): Promise<Inspection> {
  const { kind, descriptor, bytes } = artifact;
  const own = (JSON.parse(Buffer.from(bytes).toString()) as { annotations?: Record<string, string> }).annotations;
  const about = {
    kind,
    digest: descriptor.digest,
    mediaType: descriptor.mediaType,
    size: descriptor.size,
    ...(own ?? annotations ? { annotations: { ...annotations, ...own } } : {}),
  };
  const sizes = new Map<Digest, number>();
  await addSizes(artifact, sizes, io);
  const totalSize = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  if (kind === "image") return { ...about, totalSize, ...describeImage(artifact) };
  if (kind === "artifact") return { ...about, totalSize };
  const children = (await artifact.children(io)).filter((child): child is Artifact => "kind" in child);
  const manifests = await Promise.all(children.map((child) => describe(child, io, child.descriptor.annotations)));
  return { ...about, totalSize, manifests };
}

function describeImage({ platform, config, layers }: Image): Pick<Inspection, "platform" | "config" | "layers"> {
  const madeBy = (config.history ?? []).filter(({ empty_layer: empty }) => empty !== true);
  return {
    platform: formatPlatform(platform),
    config,
    layers: layers.map((layer, at) => describeLayer(layer, madeBy[at]?.created_by)),
  };
}

function describeLayer({ descriptor, diffId }: Layer, createdBy: string | undefined): InspectedLayer {
  const { digest, mediaType, size } = descriptor;
  return { digest, diffId, mediaType, size, ...(createdBy === undefined ? {} : { createdBy }) };
}

async function addSizes(content: Content, sizes: Map<Digest, number>, io: IoOptions): Promise<void> {
  sizes.set(content.descriptor.digest, content.descriptor.size);
  if (!isManifest(content)) return;
  for (const child of await content.children(io)) await addSizes(child, sizes, io);
}
