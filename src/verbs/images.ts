import { openWorkspace } from "../build/workspace.js";
import { formatPlatform } from "../model/platform.js";
import { readManifest } from "../places/artifact.js";
import { openStore } from "../places/store.js";
import { storeName } from "./open-place.js";
import type { CommonOptions } from "../build/options.js";
import type { Artifact, Content } from "../model/content.js";
import type { Digest } from "../model/oci.js";

/** An image of the local store. */
export interface StoredImage {
  readonly name: string;
  readonly digest: Digest;
  readonly mediaType: string;
  /** Platforms as "linux/amd64", in the index's order. */
  readonly platforms: readonly string[];
  /** Bytes of everything it needs, each digest counted once. */
  readonly size: number;
}

/** The images of the local store that have a name, by name. */
export async function listImages(options: CommonOptions = {}): Promise<StoredImage[]> {
  await using workspace = await openWorkspace(options);
  const store = openStore(workspace.store, { token: () => workspace.system.token(8) });
  const images: StoredImage[] = [];
  for (const { name, descriptor } of await store.list()) {
    if (name === undefined) continue;
    const artifact = await readManifest(store, descriptor, { signal: options.signal });
    const { digest, mediaType } = descriptor;
    images.push({ name, digest, mediaType, ...(await measure(artifact)) });
  }
  return images.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Takes a name out of the local store; its blobs stay until `cache prune`. Throws ERR_GANTRY_NOT_FOUND. */
export async function removeImage(name: string, options: CommonOptions = {}): Promise<void> {
  await using workspace = await openWorkspace(options);
  const store = openStore(workspace.store, { token: () => workspace.system.token(8) });
  await store.remove(storeName(name), options);
}

async function measure(artifact: Artifact): Promise<{ readonly platforms: readonly string[]; readonly size: number }> {
  const sizes = new Map<Digest, number>();
  const platforms: string[] = [];
  const visit = async (content: Artifact | Content): Promise<void> => {
    sizes.set(content.descriptor.digest, content.descriptor.size);
    if (!("kind" in content)) return;
    if (content.kind === "image") platforms.push(formatPlatform(content.platform));
    for (const child of await content.children()) await visit(child);
  };
  await visit(artifact);
  return { platforms, size: [...sizes.values()].reduce((sum, size) => sum + size, 0) };
}
