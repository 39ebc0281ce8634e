import { allDone, SingleFlight } from "../concurrency.js";
import { mediaTypes } from "../model/oci.js";
import { parseReference } from "../model/reference.js";
import { readArtifact } from "../places/artifact.js";
import { isManifest } from "../model/content.js";
import type { Artifact, Image, Layer, Manifest } from "../model/content.js";
import type { IoOptions } from "../model/events.js";
import type { Digest } from "../model/oci.js";
import type { Compression } from "../plan/plan.js";
import type { RegistrySession } from "../places/registry/session.js";

/** Finds a layer by its diffID in the images named, packed as asked for. */
export type Reuse = (diffId: Digest, compression: Compression) => Promise<Layer | undefined>;

/**
 * Looks layers up in the images of `--cache-from`: a layer with the same uncompressed content is used as it is, whoever
 * packed it, which trusts these images. One that cannot be read is a warning. "destination" stands for the image's own tags.
 */
export function createReuse(
  names: readonly string[],
  { session, tags, ...io }: { session: RegistrySession; tags: readonly string[] } & IoOptions,
): Reuse {
  const images = new SingleFlight<string, readonly Image[]>();
  const references = [...new Set(names.flatMap((name) => (name === "destination" ? tags : [name])))];
  for (const reference of references) parseReference(reference);
  return async (diffId, compression) => {
    for (const reference of references) {
      const found = await images.get(reference, () => readImages(reference, session, io));
      const layer = findLayer(found, diffId, compression);
      if (layer !== undefined) return layer;
    }
    return undefined;
  };
}

async function readImages(name: string, session: RegistrySession, io: IoOptions): Promise<readonly Image[]> {
  try {
    const reference = parseReference(name);
    const artifact = await readArtifact(
      session.source(reference),
      reference.digest ?? reference.tag ?? "latest",
      io,
    );
    return await imagesIn(artifact, io);
  } catch (error) {
    io.signal?.throwIfAborted();
    const message = `no layers are reused from ${name}: ${(error as Error).message}`;
    io.onEvent?.({ type: "warning", code: "CACHE_FROM", message });
    return [];
  }
}

async function imagesIn(artifact: Artifact | Manifest, io: IoOptions): Promise<Image[]> {
  if ("kind" in artifact && artifact.kind === "image") return [artifact];
  if (!("kind" in artifact) || artifact.kind !== "index") return [];
  const children = await artifact.children(io);
  const nested = await allDone(children.filter(isManifest).map((child) => imagesIn(child, io)));
  return nested.flat();
}

function findLayer(images: readonly Image[], diffId: Digest, { type }: Compression): Layer | undefined {
  for (const { layers } of images) {
    const found = layers.find((layer) => layer.diffId === diffId && packedAs(layer) === type);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Undefined where it cannot be used: an unknown packing (encrypted, say), or bytes that are not in the registry. */
function packedAs({ descriptor: { mediaType, urls } }: Layer): Compression["type"] | undefined {
  if (urls !== undefined) return undefined;
  if (mediaType === mediaTypes.layerTar || mediaType === mediaTypes.dockerLayerTar) return "none";
  if (mediaType === mediaTypes.layerGzip || mediaType === mediaTypes.dockerLayer) return "gzip";
  return mediaType === mediaTypes.layerZstd ? "zstd" : undefined;
}
