import { GantryError } from "../errors.js";
import { openWorkspace } from "../build/workspace.js";
import { parseReference } from "../model/reference.js";
import { listReferrers as askReferrers } from "../places/registry/referrers.js";
import { listTags as askTags } from "../places/registry/tags.js";
import type { CommonOptions } from "../build/options.js";
import type { Descriptor } from "../model/oci.js";

/** The tags of a repository ("localhost:5000/app"), in the order of their bytes. Throws ERR_GANTRY_NOT_FOUND where there is none. */
export async function listTags(name: string, options: CommonOptions = {}): Promise<readonly string[]> {
  const { registry, repository, tag, digest } = parseReference(name);
  if (tag !== undefined || digest !== undefined) {
    throw new GantryError(
      "ERR_GANTRY_USAGE",
      `"${name}" names one image: leave out what follows the repository`,
    );
  }
  const io = { signal: options.signal, onEvent: options.onEvent };
  await using workspace = await openWorkspace(options);
  return await askTags(await workspace.session.open(registry, io), repository, io);
}

export interface ListReferrersOptions extends CommonOptions {
  /** Those of one type alone. */
  readonly artifactType?: string | undefined;
}

/** What refers to an image as its subject (signatures, SBOMs, attestations), in its own repository. */
export async function listReferrers(
  name: string,
  { artifactType, ...options }: ListReferrersOptions = {},
): Promise<readonly Descriptor[]> {
  const reference = parseReference(name);
  const { signal, onEvent } = options;
  const io = { signal, onEvent };
  await using workspace = await openWorkspace(options);
  const { digest } = await workspace.session.source(reference).resolve(undefined, io);
  const host = await workspace.session.open(reference.registry, io);
  return await askReferrers(host, { repository: reference.repository, digest, artifactType }, io);
}
