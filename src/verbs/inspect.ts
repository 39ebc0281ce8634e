import { parsePlatform } from "../model/platform.js";
import { openWorkspace } from "../build/workspace.js";
import { readArtifact } from "../places/artifact.js";
import { parsePlace } from "../places/name.js";
import { placeIn } from "./open-place.js";
import type { CommonOptions } from "../build/options.js";
import type { Artifact, Content } from "../model/content.js";
import type { IoOptions } from "../model/events.js";
import type { Descriptor, Digest, ImageConfig, Platform } from "../model/oci.js";

export interface InspectOptions extends CommonOptions {
  /** The image for this platform alone. */
  readonly platform?: string | undefined;
}

/** A manifest and what is below it, as data. */
export interface Inspection {
  /** The place as it was asked for; on the root alone. */
  readonly name?: string;
  readonly kind: "image" | "index" | "artifact";
  readonly descriptor: Descriptor;
  /** The manifest, byte for byte. */
  readonly bytes: Uint8Array;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Of an image. */
  readonly platform?: Platform;
  readonly config?: ImageConfig;
  readonly layers?: readonly InspectedLayer[];
  /** Of an index. */
  readonly manifests?: readonly Inspection[];
}

export interface InspectedLayer extends Descriptor {
  readonly diffId: Digest;
}

/** Reads manifests and configurations of what a name stands for in any place; layers are not read. */
export async function inspect(name: string, options: InspectOptions = {}): Promise<Inspection> {
  const place = parsePlace(name);
  const platform = options.platform === undefined ? undefined : parsePlatform(options.platform);
  const io = { signal: options.signal, onEvent: options.onEvent };
  await using workspace = await openWorkspace(options);
  const { source, name: wanted } = placeIn(workspace, place);
  const artifact = await readArtifact(await source(), wanted, { platform, ...io });
  return { name, ...(await describe(artifact, io)) };
}

async function describe(artifact: Artifact, io: IoOptions): Promise<Inspection> {
  const { kind, descriptor, bytes } = artifact;
  const { annotations } = JSON.parse(Buffer.from(bytes).toString()) as Pick<Inspection, "annotations">;
  const about = { kind, descriptor, bytes, ...(annotations === undefined ? {} : { annotations }) };
  if (kind === "artifact") return about;
  if (kind === "image") {
    const { platform, config, layers } = artifact;
    return {
      ...about,
      platform,
      config,
      layers: layers.map(({ descriptor, diffId }) => ({ ...descriptor, diffId })),
    };
  }
  const children = (await artifact.children(io)).filter(isArtifact);
  return { ...about, manifests: await Promise.all(children.map((child) => describe(child, io))) };
}

function isArtifact(content: Content | Artifact): content is Artifact {
  return "kind" in content;
}
