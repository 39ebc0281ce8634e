import type { BlobStore } from "../blobs/store.js";
import { isDigest, readAll, verified } from "../model/digest.js";
import type { Content } from "../model/content.js";
import type { IoOptions } from "../model/events.js";
import { configLimit, parseManifest } from "../model/manifest.js";
import { mediaTypes, type Descriptor, type Digest } from "../model/oci.js";
import type { Source } from "../model/place.js";
import { isMismatch } from "../model/reread.js";
import { isManifestType } from "./media-types.js";

export interface KeepOptions {
  /** Where documents are kept: any store of blobs, with whatever else is in it. */
  readonly blobs: BlobStore;
  /** Told where one cannot be kept, which changes nothing else. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * A registry's source whose manifests and configurations are kept on disk: under their digest they never change, so that
 * a base that was read before costs one request, for what its tag names, and none where it is named by digest. What is
 * kept is verified as it is read; what proves damaged is removed and fetched again. Layers pass through.
 */
export function keepDocuments(source: Source, { blobs, onFailure }: KeepOptions): Source {
  // What a tag stood for came with the answer, and by its tag it is asked for again the next time.
  const atHand = new Set<Digest>();

  const keep = async (descriptor: Descriptor, bytes: Uint8Array, { signal }: IoOptions): Promise<void> => {
    try {
      await blobs.put(documentOf(descriptor, bytes), { signal });
    } catch (error) {
      signal?.throwIfAborted();
      onFailure(error);
    }
  };

  return {
    ...source,
    async resolve(name, io) {
      if (name === undefined || !isDigest(name)) {
        const found = await source.resolve(name, io);
        atHand.add(found.digest);
        return found;
      }
      return (await resolveKept(blobs, name)) ?? (await source.resolve(name, io));
    },
    async *read(descriptor, { start = 0, ...io } = {}) {
      if (!isDocument(descriptor) || atHand.has(descriptor.digest))
        return yield* source.read(descriptor, { start, ...io });
      let bytes = await readKept(blobs, descriptor);
      if (bytes === undefined) {
        const what = `${descriptor.digest} of ${source.label}`;
        bytes = await readAll(source.read(descriptor, io), { limit: configLimit, what });
        await keep(descriptor, bytes, io);
      }
      yield bytes.subarray(start);
    },
  };
}

function isDocument({ mediaType, size }: Descriptor): boolean {
  const isConfig = mediaType === mediaTypes.config || mediaType === mediaTypes.dockerConfig;
  return (isConfig || isManifestType(mediaType)) && size <= configLimit;
}

/** Only a document that says itself what it is can be resolved without the registry that would say so. */
async function resolveKept(blobs: BlobStore, digest: Digest): Promise<Descriptor | undefined> {
  const size = await blobs.size(digest).catch(() => undefined);
  const bytes = size === undefined ? undefined : await readKept(blobs, { digest, size });
  if (bytes === undefined) return undefined;
  try {
    const { mediaType, document } = parseManifest(bytes, undefined, digest);
    return document.mediaType === undefined ? undefined : { mediaType, digest, size: bytes.length };
  } catch {
    return undefined;
  }
}

/** A kept document, verified; undefined where there is none that can be used. */
async function readKept(
  blobs: BlobStore,
  { digest, size }: Pick<Descriptor, "digest" | "size">,
): Promise<Uint8Array | undefined> {
  if (size > configLimit) return undefined;
  try {
    if ((await blobs.size(digest)) === undefined) return undefined;
    await blobs.keep(digest);
    const bytes = verified(blobs.read(digest), { digest, size }, digest);
    return await readAll(bytes, { limit: configLimit, what: digest });
  } catch (error) {
    // A descriptor may lie about a document that is what its name says.
    if (isMismatch(error) && !(await blobs.verify(digest).catch(() => true))) await blobs.remove(digest);
    return undefined;
  }
}

function documentOf(descriptor: Descriptor, bytes: Uint8Array): Content {
  return {
    descriptor,
    open: async function* () {
      yield bytes;
    },
  };
}
