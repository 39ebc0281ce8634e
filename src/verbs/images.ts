import { openWorkspace } from "../build/workspace.js";
import { formatPlatform } from "../model/platform.js";
import { readManifest } from "../places/artifact.js";
import { openStore } from "../places/store.js";
import { storeName } from "./open-place.js";
import type { CommonOptions } from "../build/options.js";
import type { Artifact, Content } from "../model/content.js";
import type { Descriptor, Digest } from "../model/oci.js";

/** An image of the local store. */
export interface StoredImage {
  readonly name: string;
  readonly descriptor: Descriptor;
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
    options.signal?.throwIfAborted();
    if (name === undefined) continue;
    const artifact = await readManifest(store, descriptor, { signal: options.signal });
    images.push({ name, descriptor, ...(await measure(artifact)) });
  }
  return images.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Takes names out of the local store and says what they stood for; blobs stay until `cache prune`. Throws
 * ERR_GANTRY_NOT_FOUND, having removed nothing, where one of them is not there.
 */
export async function removeImages(
  names: readonly string[],
  options: CommonOptions = {},
): Promise<Pick<StoredImage, "name" | "descriptor">[]> {
  await using workspace = await openWorkspace(options);
  const store = openStore(workspace.store, { token: () => workspace.system.token(8) });
  const found = await Promise.all(
    names.map(storeName).map(async (name) => ({ name, descriptor: await store.resolve(name, options) })),
  );
  for (const { name } of found) await store.remove(name, options);
  return found;
}

async function measure(
  artifact: Artifact,
): Promise<{ readonly platforms: readonly string[]; readonly size: number }> {
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
