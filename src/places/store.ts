import { stat } from "node:fs/promises";
import type { Records } from "../cache/records.js";
import { isManifest, type Artifact, type Content, type Manifest } from "../model/content.js";
import type { IoOptions } from "../model/events.js";
import type { Digest } from "../model/oci.js";
import { readManifest } from "./artifact.js";
import { openLayout, type Layout } from "./layout/layout.js";
import { isMissing } from "./missing.js";

export interface OpenStoreOptions {
  readonly token: () => string;
  /** What the cache knows of layers; pruned with the blobs. */
  readonly records?: Records | undefined;
}

export interface PruneOptions extends IoOptions {
  /** Only what was written before this moment, in milliseconds since 1970, is removed: a build may be using the rest. */
  readonly before?: number | undefined;
}

export interface Pruned {
  readonly blobs: number;
  /** Of the blobs, in bytes. */
  readonly bytes: number;
  readonly records: number;
}

export interface Verified {
  readonly blobs: number;
  readonly bytes: number;
  /** Blobs whose bytes are not what their name says. */
  readonly corrupt: readonly Digest[];
  /** What a named image refers to and the store does not have. */
  readonly missing: readonly Digest[];
}

/** Gantry's own images and layers: a layout whose names are full references. */
export interface Store extends Layout {
  /** Removes what no name needs, blobs and cache records. Images that have a name stay whole. */
  prune(options?: PruneOptions): Promise<Pruned>;
  /** Reads every blob again. With `repair` the corrupt ones are removed, so that the next build makes them anew. */
  verify(options?: IoOptions & { readonly repair?: boolean | undefined }): Promise<Verified>;
}

/** Opens the local store in `dir`, an absolute path; nothing is made before something is put there. */
export function openStore(dir: string, { token, records }: OpenStoreOptions): Store {
  const layout = openLayout(dir, { token, label: "store" });
  return {
    ...layout,
    prune: (options) => pruneStore(layout, records, options),
    verify: (options) => verifyStore(layout, options),
  };
}

async function pruneStore(
  layout: Layout,
  records: Records | undefined,
  { before = Number.POSITIVE_INFINITY, ...io }: PruneOptions = {},
): Promise<Pruned> {
  const { present } = await reachable(layout, io);
  let [blobs, bytes, removed] = [0, 0, 0];
  for await (const { digest, size } of layout.blobs.list()) {
    io.signal?.throwIfAborted();
    if (present.has(digest) || !(await isOlder(layout.blobs.path(digest), before))) continue;
    await layout.blobs.remove(digest);
    blobs++;
    bytes += size;
  }
  await layout.blobs.sweep(before);
  for await (const { key, writtenAt } of records?.list() ?? []) {
    if (writtenAt >= before) continue;
    await records!.remove(key);
    removed++;
  }
  return { blobs, bytes, records: removed };
}

async function verifyStore(
  layout: Layout,
  { repair = false, ...io }: IoOptions & { readonly repair?: boolean | undefined } = {},
): Promise<Verified> {
  const corrupt: Digest[] = [];
  let [blobs, bytes] = [0, 0];
  for await (const { digest, size } of layout.blobs.list()) {
    io.signal?.throwIfAborted();
    blobs++;
    bytes += size;
    if (await layout.blobs.verify(digest)) continue;
    corrupt.push(digest);
    if (repair) await layout.blobs.remove(digest);
  }
  const { missing } = await reachable(layout, io);
  return { blobs, bytes, corrupt, missing: missing.filter((digest) => !corrupt.includes(digest)) };
}

interface Reachable {
  readonly present: ReadonlySet<Digest>;
  readonly missing: readonly Digest[];
}

/** Every digest that the names need. What cannot be read as a manifest is kept, and counts for itself alone. */
async function reachable(layout: Layout, io: IoOptions): Promise<Reachable> {
  const present = new Set<Digest>();
  const missing = new Set<Digest>();
  const visit = async (content: Content | Manifest): Promise<void> => {
    const { digest } = content.descriptor;
    if (present.has(digest) || missing.has(digest)) return;
    if ((await layout.blobs.size(digest)) === undefined) missing.add(digest);
    else present.add(digest);
    if (!isManifest(content)) return;
    for (const child of await content.children(io)) await visit(child);
  };
  for (const { descriptor } of await layout.list()) {
    const artifact = await readManifest(layout, descriptor, io);
    await visit(artifact);
  }
  return { present, missing: [...missing] };
}
