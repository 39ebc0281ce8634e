import { isManifest, type Artifact, type Content, type Manifest } from "../model/content.js";
import type { IoOptions } from "../model/events.js";
import type { Digest } from "../model/oci.js";
import { isForeign } from "./media-types.js";

/** What a place must hold for an artifact: blobs in any order, manifests each behind those it refers to. */
export interface Graph {
  readonly blobs: readonly Content[];
  /** The root comes last. */
  readonly manifests: readonly Manifest[];
}

/** Lists everything below and including the root, each digest once; layers that are fetched from their `urls` are left out. */
export async function listGraph(root: Artifact, options: IoOptions = {}): Promise<Graph> {
  const blobs = new Map<Digest, Content>();
  const manifests = new Map<Digest, Manifest>();
  const visit = async (manifest: Manifest): Promise<void> => {
    if (manifests.has(manifest.descriptor.digest)) return;
    for (const child of await manifest.children(options)) {
      if (isManifest(child)) await visit(child);
      else if (!isForeign(child.descriptor)) blobs.set(child.descriptor.digest, child);
    }
    manifests.set(manifest.descriptor.digest, manifest);
  };
  await visit(root);
  for (const digest of manifests.keys()) blobs.delete(digest);
  return { blobs: [...blobs.values()], manifests: [...manifests.values()] };
}
