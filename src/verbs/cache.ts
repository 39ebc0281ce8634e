import { cacheLocation } from "../cache/location.js";
import { openRecords } from "../cache/records.js";
import { recordsFolder, storeFolder } from "../build/workspace.js";
import { openStore } from "../places/store.js";
import { nodeSystem } from "../system.js";
import type { CommonOptions } from "../build/options.js";
import type { Digest } from "../model/oci.js";
import type { Pruned, Store, Verified } from "../places/store.js";

/** What the cache holds. */
export interface CacheListing {
  readonly folder: string;
  readonly blobs: readonly { readonly digest: Digest; readonly size: number }[];
  /** Bytes of all blobs. */
  readonly size: number;
  /** Facts about layers made before. */
  readonly records: number;
}

/** Every blob in the cache, which the local store shares. */
export async function listCache(options: CommonOptions = {}): Promise<CacheListing> {
  const { folder, store, records } = open(options);
  const blobs: { digest: Digest; size: number }[] = [];
  for await (const blob of store.blobs.list()) {
    options.signal?.throwIfAborted();
    blobs.push(blob);
  }
  let count = 0;
  for await (const _ of records.list()) count++;
  return { folder, blobs, size: blobs.reduce((sum, { size }) => sum + size, 0), records: count };
}

/** Reads every blob again and says which are not what their name says. */
export async function verifyCache(options: CommonOptions = {}): Promise<Verified> {
  return open(options).store.verify({ signal: options.signal, onEvent: options.onEvent });
}

export interface PruneCacheOptions extends CommonOptions {
  /** Also what was written or used within the last day; no build may be running then. */
  readonly all?: boolean | undefined;
}

/** A build that runs needs what it packed or found in the cache, and has no name for it before its end. */
const inUse = 24 * 60 * 60 * 1000;

/**
 * Removes what no named image of the local store needs and no build has used for a day. Named images stay whole. Safe
 * beside running builds, unless `all` is set.
 */
export async function pruneCache({ all = false, ...options }: PruneCacheOptions = {}): Promise<Pruned> {
  const { signal, onEvent, system = nodeSystem() } = options;
  const before = all ? Number.POSITIVE_INFINITY : system.now() - inUse;
  return open({ ...options, system }).store.prune({ before, signal, onEvent });
}

function open({ system = nodeSystem(), cacheDir, signal }: CommonOptions): {
  readonly folder: string;
  readonly store: Store;
  readonly records: ReturnType<typeof openRecords>;
} {
  signal?.throwIfAborted();
  const folder = cacheDir ?? cacheLocation(system);
  const records = openRecords(recordsFolder(folder));
  return {
    folder,
    records,
    store: openStore(storeFolder(folder), { token: () => system.token(8), records }),
  };
}
