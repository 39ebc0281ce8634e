import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { createWorld } from "./bases.js";
import { createPrograms } from "./programs.js";
import { Semaphore } from "../concurrency.js";
import { openBlobStore } from "../blobs/store.js";
import { createListArchive } from "../context/archive/list-archive.js";
import { createExtract } from "../context/base-tree/extract.js";
import { createLayerCache, forgiving, noLayerCache } from "../cache/layer-cache.js";
import { cacheLocation } from "../cache/location.js";
import { openRecords } from "../cache/records.js";
import { createWorkerPool } from "../layer/pool.js";
import { lazyRemoteFiles } from "./remote.js";
import { openRegistrySession } from "../places/registry/session.js";
import { nodeSystem } from "../system.js";
import type { OnEvent } from "../model/events.js";
import type { CommonOptions } from "./options.js";
import type { LayerContext } from "../layer/materialise.js";
import type { NetworkOptions } from "../places/registry/network.js";
import type { RegistrySession } from "../places/registry/session.js";
import type { World } from "../plan/world.js";
import type { System } from "../system.js";

/** Everything with a lifetime that one run of the library uses; disposing it ends threads, sockets and temporary files. */
export interface Workspace extends AsyncDisposable {
  readonly system: System;
  readonly session: RegistrySession;
  readonly world: World;
  /** The folder of the local store. */
  readonly store: string;
  readonly layers: LayerContext;
}

/** Opens a workspace, unless the call was aborted before; nothing is started or written before it is used. */
export async function openWorkspace(
  options: CommonOptions & { readonly noCache?: boolean | undefined },
): Promise<Workspace> {
  const { system = nodeSystem(), noCache = false, onSpan } = options;
  options.signal?.throwIfAborted();
  const token = () => system.token(8);
  const folder = resolve(system.cwd, options.cacheDir ?? cacheLocation(system));
  const store = storeFolder(folder);
  const { authFile } = options;
  const network = { ...networkOptions(options), system, onSpan };
  const session = openRegistrySession({ ...network, authFile });
  const temporary = noCache ? join(folder, "tmp", token()) : undefined;
  const programs = createPrograms({ system, temporary: join(folder, "tmp") });
  const pool = createWorkerPool(Math.max(2, Math.min(system.cores, 8)), { onSpan });
  // Not synced: whoever reads a packed layer compares its digest, and an image that keeps one in the store syncs it.
  const blobs = openBlobStore(temporary ?? store, { token, durable: false, now: system.now });
  const onFailure = warnOnce(options.onEvent);
  const records = openRecords(recordsFolder(folder), { now: system.now });
  const kept = noCache ? undefined : records;
  const trees = noCache ? undefined : { blobs, records, onFailure };
  const extract = createExtract({ blobs, records: kept });
  const remote = lazyRemoteFiles({
    network,
    folder: join(folder, "tmp"),
    keeping: { blobs, records: kept, onFailure, naming: new Semaphore(1) },
    ...{ trees, extract },
  });
  return {
    system,
    session,
    world: createWorld({
      system,
      session,
      programs,
      documents: noCache ? undefined : { blobs, onFailure },
      ...{ trees, extract, remote },
      archive: createListArchive({ blobs, records: noCache ? undefined : records, onFailure }),
      sweeper: pool.sweeper,
    }),
    store,
    layers: {
      system,
      pool,
      blobs,
      onSpan,
      // Where it cannot be written the build goes on.
      cache: noCache ? noLayerCache : forgiving(createLayerCache(records), onFailure),
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([
        session.close(),
        pool.close(),
        programs[Symbol.asyncDispose](),
        remote[Symbol.asyncDispose](),
      ]);
      if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
    },
  };
}

/** One warning, however many things cannot be remembered. */
function warnOnce(onEvent: OnEvent | undefined): (error: unknown) => void {
  let told = false;
  return (error) => {
    if (told) return;
    told = true;
    const message = `nothing is remembered for the next build: ${(error as Error).message}`;
    onEvent?.({ type: "warning", code: "cache-not-written", message });
  };
}

/** How registries are reached, as a session takes it. */
export function networkOptions({
  system = nodeSystem(),
  insecure,
  caFiles,
  registries,
  registryConcurrency,
}: CommonOptions): NetworkOptions {
  const files = caFiles?.map((file) => resolve(system.cwd, file));
  return { system, insecure, caFiles: files, registries, concurrency: registryConcurrency };
}

/** The local store: an OCI layout whose blobs are also the cache's packed layers. */
export function storeFolder(cacheDir: string): string {
  return join(cacheDir, "store");
}

/** What is known of layers made before. */
export function recordsFolder(cacheDir: string): string {
  return join(cacheDir, "records");
}
