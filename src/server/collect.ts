import { mkdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { openBlobStore, type BlobStore } from "../blobs/store.js";
import { isDigest } from "../model/digest.js";
import type { IoOptions } from "../model/events.js";
import type { Digest } from "../model/oci.js";
import { nodeSystem, type System } from "../system.js";
import type { ManifestRecord } from "./catalog.js";
import { linkPath, openLinks, type Link } from "./links.js";
import { readManifestFacts } from "./manifest-record.js";

export interface CollectOptions extends IoOptions {
  /** Milliseconds for which what was pushed, mounted or asked for is left alone, referenced or not; a day unless given. */
  readonly lease?: number | undefined;
  /** Only says what would go. */
  readonly dryRun?: boolean | undefined;
  readonly system?: System | undefined;
}

/** What a collection removed, or would. */
export interface Collected {
  readonly blobs: number;
  readonly bytes: number;
  /** Blobs that nothing references and that are too young to go. */
  readonly youngBlobs: number;
  readonly youngBytes: number;
}

const day = 24 * 60 * 60 * 1000;

/**
 * Removes from a registry's folder the blobs that no manifest of any repository references, once nobody has pushed,
 * mounted or asked for them during the lease. A server may be running on the folder and pushes be going on: whoever is
 * told that a blob is there finds it there for the lease. Throws ERR_GANTRY_STORE for faults of the disk.
 */
export async function collectGarbage(
  dir: string,
  { lease = day, dryRun = false, system = nodeSystem(), signal }: CollectOptions = {},
): Promise<Collected> {
  signal?.throwIfAborted();
  const repositories = join(dir, "repositories");
  const before = system.now() - lease;
  const blobs = openBlobStore(dir, { token: () => system.token(16) });
  const { marked, links } = await mark(repositories, blobs);
  await mkdir(join(dir, "tmp"), { recursive: true });
  // Where the store keeps what is not whole: a collection that is killed leaves nothing that the next does not sweep.
  const aside = () => join(dir, "tmp", system.token(16));
  const collected = { blobs: 0, bytes: 0, youngBlobs: 0, youngBytes: 0 };
  for await (const { digest, size } of blobs.list()) {
    signal?.throwIfAborted();
    if (marked.has(digest)) continue;
    const gone = await removeOld(blobs.path(digest), { before, dryRun, aside: aside() });
    collected[gone ? "blobs" : "youngBlobs"]++;
    collected[gone ? "bytes" : "youngBytes"] += size;
  }
  if (dryRun) return collected;
  for (const link of links) {
    signal?.throwIfAborted();
    if ((await blobs.size(link.digest)) !== undefined) continue;
    await removeOld(linkPath(repositories, link), { before, dryRun, aside: aside() });
  }
  await blobs.sweep(before);
  return collected;
}

/** Everything that the manifests of all repositories need, and the links to blobs. */
async function mark(
  repositories: string,
  blobs: BlobStore,
): Promise<{
  readonly marked: ReadonlySet<Digest>;
  readonly links: readonly (Link & { readonly digest: Digest })[];
}> {
  const marked = new Set<Digest>();
  const links: (Link & { readonly digest: Digest })[] = [];
  for await (const { repository, kind, name, text } of openLinks(repositories).load()) {
    if (!isDigest(name)) continue;
    if (kind === "_blobs") links.push({ repository, kind, name, digest: name });
    if (kind !== "_manifests" || marked.has(name)) continue;
    marked.add(name);
    for (const needed of await neededBy(blobs.path(name), text)) marked.add(needed);
  }
  return { marked, links };
}

/** What a manifest names; of one whose bytes are gone, nothing. */
async function neededBy(path: string, record: string): Promise<readonly Digest[]> {
  const bytes = await readFile(path).catch(() => undefined);
  if (bytes === undefined) return [];
  const facts = readManifestFacts(bytes, (JSON.parse(record) as ManifestRecord).mediaType);
  return [...facts.blobs, ...facts.manifests];
}

/**
 * Removes a file last used before `before`. It is moved aside first and looked at again: one that was used in between
 * goes back, and whoever looked for it meanwhile was told that it is not there.
 */
async function removeOld(
  path: string,
  { before, dryRun, aside }: { readonly before: number; readonly dryRun: boolean; readonly aside: string },
): Promise<boolean> {
  const isOld = async (file: string) =>
    ((await stat(file).catch(() => undefined))?.mtimeMs ?? Infinity) < before;
  if (!(await isOld(path))) return false;
  if (dryRun) return true;
  const moved = await rename(path, aside).then(
    () => true,
    () => false,
  );
  if (!moved) return false;
  if (await isOld(aside)) {
    await rm(aside, { force: true });
    return true;
  }
  await rename(aside, path);
  return false;
}
