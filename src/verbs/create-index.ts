import { allDone } from "../concurrency.js";
import { GantryError } from "../errors.js";
import { isManifest } from "../model/content.js";
import { createIndex as assembleIndex } from "../model/image.js";
import { formatPlatform } from "../model/platform.js";
import { openWorkspace } from "../build/workspace.js";
import { readArtifact } from "../places/artifact.js";
import { parsePlace } from "../places/name.js";
import { deliver } from "./copy.js";
import { placeIn } from "./open-place.js";
import type { Artifact, Content, Image } from "../model/content.js";
import type { IoOptions } from "../model/events.js";
import type { CopyOptions, CopyResult } from "./copy.js";

export interface CreateIndexOptions extends CopyOptions {
  /** Where the index goes: full references. */
  readonly tags: readonly string[];
  /** Images, or indexes whose images are taken, from any places. */
  readonly from: readonly string[];
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/**
 * Joins images that were pushed apart into one index and pushes it; images that the registry lacks travel with it.
 * Throws ERR_GANTRY_USAGE where two images are for the same platform.
 */
export async function createIndex({
  tags,
  from,
  annotations = {},
  ...options
}: CreateIndexOptions): Promise<CopyResult> {
  const [places, targets] = [from.map(parsePlace), tags.map(parsePlace)];
  if (targets.length === 0)
    throw new GantryError("ERR_GANTRY_NO_DESTINATION", "an index needs a tag: give -t REFERENCE");
  if (places.length === 0)
    throw new GantryError("ERR_GANTRY_USAGE", "an index needs images: name at least one");
  const io = { signal: options.signal, onEvent: options.onEvent };
  await using workspace = await openWorkspace(options);
  const read = await allDone(
    places.map(async (place) => {
      const { source, name } = placeIn(workspace, place);
      return imagesIn(await readArtifact(await source(), name, io), io);
    }),
  );
  const images = read.flat();
  checkPlatforms(images);
  return await deliver(assembleIndex({ images, annotations, style: "oci" }), targets, {
    workspace,
    ...options,
  });
}

async function imagesIn(artifact: Artifact | Content, io: IoOptions): Promise<Image[]> {
  if (!("kind" in artifact) || artifact.kind === "artifact") return [];
  if (artifact.kind === "image") return [artifact];
  const children = await artifact.children(io);
  const nested = await allDone(children.filter(isManifest).map((child) => imagesIn(child, io)));
  return nested.flat();
}

function checkPlatforms(images: readonly Image[]): void {
  const seen = new Set<string>();
  for (const { platform, descriptor } of images) {
    const name = formatPlatform(platform);
    if (seen.has(name)) {
      throw new GantryError(
        "ERR_GANTRY_USAGE",
        `two images are for ${name}, the second is ${descriptor.digest}: leave one out`,
      );
    }
    seen.add(name);
  }
}
