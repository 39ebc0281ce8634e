import { during } from "./errors.js";
import type { Artifact } from "./model/content.js";
import type { IoOptions } from "./model/events.js";
import type { Digest, Platform } from "./model/oci.js";
import type { Destination, Published, Source } from "./model/place.js";
import { readArtifact } from "./places/artifact.js";

/** An artifact in one place, by name: without a name the only one there is. */
export interface CopyFrom {
  readonly source: Source;
  readonly name?: string | undefined;
}

/** A place, and the names the artifact gets there. */
export interface CopyTo {
  readonly destination: Destination;
  readonly names: readonly string[];
}

export interface CopyOptions extends IoOptions {
  /** Only the image for this platform, instead of everything the name stands for. */
  readonly platform?: Platform | undefined;
}

export interface Copied {
  readonly digest: Digest;
  readonly published: readonly Published[];
}

/** Brings an artifact from any place to any other as it is, digest and all. Nothing has a name before everything is there. */
export async function copyArtifact(
  { source, name }: CopyFrom,
  to: CopyTo,
  { platform, ...io }: CopyOptions = {},
): Promise<Copied> {
  const artifact = await readArtifact(source, name, { platform, ...io });
  return { digest: artifact.descriptor.digest, published: await putArtifact(artifact, to, io) };
}

/** Stages an artifact and moves the names; gives back what staging took where either fails. */
export async function putArtifact(
  artifact: Artifact,
  { destination, names }: CopyTo,
  io: IoOptions = {},
): Promise<readonly Published[]> {
  try {
    const staged = await destination.stage(artifact, names, io);
    try {
      return await staged.publish(io);
    } catch (error) {
      await staged.abort();
      throw error;
    }
  } catch (error) {
    throw during(`writing to ${destination.label}`, error, "ERR_GANTRY_OUTPUT");
  }
}
