import { stat } from "node:fs/promises";
import type { Records, StoredRecord } from "../cache/records.js";
import { GantryError } from "../errors.js";
import { isDigest, readAll } from "../model/digest.js";
import type { OpenOptions } from "../model/content.js";
import type { IoOptions } from "../model/events.js";
import { manifestLimit, parseManifest } from "../model/manifest.js";
import type { Descriptor, Digest } from "../model/oci.js";
import { isMismatch } from "../model/reread.js";
import { emptyIndexFile, findEntry } from "./layout/index-file.js";
import { openLayout, type Layout } from "./layout/layout.js";
import { isForeign, isManifestType } from "./media-types.js";

export interface OpenStoreOptions {
  readonly token: () => string;
  /** The clock that marks blobs as used; see BlobStoreOptions. */
  readonly now?: (() => number) | undefined;
  /** What the cache knows of layers; pruned with the blobs. */
  readonly records?: Records | undefined;
}

export interface PruneOptions extends IoOptions {
  /** Only what was written or used before this moment, in milliseconds since 1970, is removed: a build may be using the rest. */
  readonly before?: number | undefined;
}

export interface Pruned {
  readonly blobs: number;
  /** Of the blobs, in bytes. */
  readonly bytes: number;
  readonly records: number;
  /** Blobs that no name needs and that stay because they are too young, and their bytes. */
  readonly recentBlobs: number;
  readonly recentBytes: number;
}

export interface Verified {
  readonly blobs: number;
  readonly bytes: number;
  /** Blobs whose bytes are not what their name says. */
  readonly corrupt: readonly Digest[];
  /** What a named image refers to and the store does not have. */
  readonly missing: readonly Digest[];
}

/** Gantry's own images and layers: a layout whose names are full references; reading a damaged blob removes it. */
export interface Store extends Layout {
  /** Removes what no name needs, blobs and cache records. Images that have a name stay whole, and are not packed again. */
  prune(options?: PruneOptions): Promise<Pruned>;
  /** Reads every blob again. With `repair` the corrupt ones are removed, so that the next build makes them anew. */
  verify(options?: IoOptions & { readonly repair?: boolean | undefined }): Promise<Verified>;
}

/** Opens the local store in `dir`, an absolute path; nothing is made before something is put there. */
export function openStore(dir: string, { token, now, records }: OpenStoreOptions): Store {
  const layout = openLayout(dir, { token, now, label: "the local store" });
  return {
    ...layout,
    // Before anything was put there it is empty, not broken.
    resolve: async (name) => {
      const manifests = (await layout.list()).map(({ descriptor }) => descriptor);
      return findEntry({ ...emptyIndexFile, manifests }, name, layout.label);
    },
    read: (descriptor, open) => readOrRemove(layout, descriptor, open),
    prune: (options) => pruneStore(layout, records, options),
    verify: (options) => verifyStore(layout, options),
  };
}

/** A damaged blob goes when it is met: while it lies there, nothing would bring it in again. */
async function* readOrRemove(
  { read, blobs }: Layout,
  descriptor: Descriptor,
  open: OpenOptions | undefined,
): AsyncGenerator<Uint8Array> {
  const { digest } = descriptor;
  try {
    yield* read(descriptor, open);
  } catch (error) {
    // A descriptor may lie about a blob that is what its name says.
    if (!isMismatch(error) || (await blobs.verify(digest))) throw error;
    await blobs.remove(digest);
    const message = `the local store's copy of ${digest} is damaged and was removed: build the image again`;
    throw new GantryError("ERR_GANTRY_STORE", message, { cause: error });
  }
}

async function pruneStore(
  layout: Layout,
  records: Records | undefined,
  { before = Number.POSITIVE_INFINITY, ...io }: PruneOptions = {},
): Promise<Pruned> {
  const { present, unreadable } = await reachable(layout);
  if (unreadable.length > 0) {
    throw new GantryError(
      "ERR_GANTRY_STORE",
      `the store keeps everything: what ${unreadable.join(", ")} needs cannot be read; remove the image or repair the store`,
    );
  }
  const pruned = { blobs: 0, bytes: 0, records: 0, recentBlobs: 0, recentBytes: 0 };
  for await (const { digest, size } of layout.blobs.list()) {
    io.signal?.throwIfAborted();
    if (present.has(digest)) continue;
    if (await isOlder(layout.blobs.path(digest), before)) {
      await layout.blobs.remove(digest);
      pruned.blobs++;
      pruned.bytes += size;
    } else {
      pruned.recentBlobs++;
      pruned.recentBytes += size;
    }
  }
  await layout.blobs.sweep(before);
  pruned.records = records === undefined ? 0 : await pruneRecords(records, layout, before);
  return pruned;
}

/** What is known of a layer lives as long as the packed layer does: it saves hashing the files and packing them again. */
async function pruneRecords(records: Records, layout: Layout, before: number): Promise<number> {
  const known = new Set<unknown>();
  for await (const record of records.list()) {
    if (await isOfKept(record, layout)) known.add((record.value as { readonly diffId?: unknown }).diffId);
  }
  let removed = 0;
  for await (const { key, value, writtenAt } of records.list()) {
    const { diffId } = (value ?? {}) as { readonly diffId?: unknown };
    if (writtenAt >= before || (diffId !== undefined && known.has(diffId))) continue;
    await records.remove(key);
    removed++;
  }
  return removed;
}

async function isOfKept({ value }: StoredRecord, { blobs }: Layout): Promise<boolean> {
  const { digest } = (value ?? {}) as { readonly digest?: unknown };
  return typeof digest === "string" && isDigest(digest) && (await blobs.size(digest)) !== undefined;
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
  const { missing } = await reachable(layout);
  return { blobs, bytes, corrupt, missing: missing.filter((digest) => !corrupt.includes(digest)) };
}

interface Reachable {
  readonly present: ReadonlySet<Digest>;
  readonly missing: readonly Digest[];
  /** Manifests that say nothing of what they need. */
  readonly unreadable: readonly Digest[];
}

/** Every digest that the entries of index.json need. */
async function reachable(layout: Layout): Promise<Reachable> {
  const present = new Set<Digest>();
  const missing = new Set<Digest>();
  const unreadable: Digest[] = [];
  const visit = async (descriptor: Descriptor): Promise<void> => {
    const { digest, mediaType } = descriptor;
    if (present.has(digest) || missing.has(digest) || isForeign(descriptor)) return;
    if ((await layout.blobs.size(digest)) === undefined) {
      missing.add(digest);
      return;
    }
    present.add(digest);
    if (!isManifestType(mediaType)) return;
    const children = await childrenOf(layout, descriptor).catch(() => void unreadable.push(digest));
    for (const child of children ?? []) await visit(child);
  };
  for (const { descriptor } of await layout.list()) await visit(descriptor);
  return { present, missing: [...missing], unreadable };
}

async function childrenOf(layout: Layout, descriptor: Descriptor): Promise<readonly Descriptor[]> {
  const what = `manifest ${descriptor.digest} of ${layout.label}`;
  const bytes = await readAll(layout.read(descriptor), { limit: manifestLimit, what });
  const { kind, document } = parseManifest(bytes, descriptor.mediaType, what);
  return kind === "index" ? document.manifests : [document.config, ...document.layers];
}

async function isOlder(path: string, before: number): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && found.mtimeMs < before;
}
