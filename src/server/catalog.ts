import { isDigest } from "../model/digest.js";
import type { Digest } from "../model/oci.js";
import { noLinks, type Link, type Links } from "./links.js";

/** What a registry must know of a manifest without reading it again. */
export interface ManifestRecord {
  readonly mediaType: string;
  /** Bytes. */
  readonly size: number;
  readonly subject?: Digest | undefined;
  readonly artifactType?: string | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** What one repository holds. Reading is from memory; a change is written down before it is seen. */
export interface Repository {
  readonly name: string;
  readonly blobs: ReadonlySet<Digest>;
  readonly manifests: ReadonlyMap<Digest, ManifestRecord>;
  readonly tags: ReadonlyMap<string, Digest>;
  addBlob(digest: Digest): Promise<void>;
  removeBlob(digest: Digest): Promise<void>;
  addManifest(digest: Digest, record: ManifestRecord): Promise<void>;
  /** Removes its tags too. */
  removeManifest(digest: Digest): Promise<void>;
  setTag(tag: string, digest: Digest): Promise<void>;
  removeTag(tag: string): Promise<void>;
}

/** All repositories of a registry. */
export interface Catalog {
  /** A repository into which something was put. */
  find(name: string): Repository | undefined;
  /** The repository, made where it is not there. The name has been checked. */
  at(name: string): Repository;
  /** Whether any repository has the blob. */
  holds(digest: Digest): boolean;
}

/** The catalog that the links tell of. */
export async function openCatalog(links: Links = noLinks): Promise<Catalog> {
  const repositories = new Map<string, OpenRepository>();
  const at = (name: string) => {
    let repository = repositories.get(name);
    if (repository === undefined) repositories.set(name, (repository = openRepository(name, links)));
    return repository;
  };
  for await (const link of links.load()) at(link.repository).recall(link, link.text);
  return {
    find: (name) => repositories.get(name),
    at,
    holds: (digest) => [...repositories.values()].some((repository) => repository.blobs.has(digest)),
  };
}

interface OpenRepository extends Repository {
  recall(link: Link, text: string): void;
}

function openRepository(name: string, links: Links): OpenRepository {
  const blobs = new Set<Digest>();
  const manifests = new Map<Digest, ManifestRecord>();
  const tags = new Map<string, Digest>();
  const inOrder = createQueue();

  const save = (kind: Link["kind"], key: string, text: string, then: () => void) =>
    inOrder(async () => {
      await links.save({ repository: name, kind, name: key }, text);
      then();
    });
  const forget = async (kind: Link["kind"], key: string, then: () => void) => {
    await links.remove({ repository: name, kind, name: key });
    then();
  };

  return {
    name,
    blobs,
    manifests,
    tags,
    addBlob: (digest) => save("_blobs", digest, "", () => blobs.add(digest)),
    removeBlob: (digest) => inOrder(() => forget("_blobs", digest, () => blobs.delete(digest))),
    addManifest: (digest, record) =>
      save("_manifests", digest, JSON.stringify(record), () => manifests.set(digest, record)),
    removeManifest: (digest) =>
      inOrder(async () => {
        for (const [tag, target] of tags)
          if (target === digest) await forget("_tags", tag, () => tags.delete(tag));
        await forget("_manifests", digest, () => manifests.delete(digest));
      }),
    setTag: (tag, digest) => save("_tags", tag, digest, () => tags.set(tag, digest)),
    removeTag: (tag) => inOrder(() => forget("_tags", tag, () => tags.delete(tag))),
    recall({ kind, name: key }, text) {
      if (kind === "_tags" && isDigest(text)) tags.set(key, text);
      if (kind === "_blobs" && isDigest(key)) blobs.add(key);
      if (kind === "_manifests" && isDigest(key)) manifests.set(key, JSON.parse(text) as ManifestRecord);
    },
  };
}

/** Runs changes one after the other, so that memory and disk agree on which came last. */
function createQueue(): (work: () => Promise<void>) => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  return (work) => {
    const next = last.then(work);
    last = next.catch(() => undefined);
    return next;
  };
}
