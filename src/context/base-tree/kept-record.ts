import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { digestOf, isDigest, readAll, verified } from "../../model/digest.js";
import type { BlobStore } from "../../blobs/store.js";
import type { Records } from "../../cache/records.js";
import type { Descriptor } from "../../model/oci.js";

/** The blob that a record names; undefined for a record that names none. */
export function blobOf(record: unknown): Pick<Descriptor, "digest" | "size"> | undefined {
  const { digest, size } = (record ?? {}) as Record<string, unknown>;
  if (typeof digest !== "string" || !isDigest(digest) || typeof size !== "number") return undefined;
  return { digest, size };
}

/** Where bytes are kept by key: packed as a blob, and what the blob's name is as a record. */
export interface Kept {
  readonly blobs: BlobStore;
  readonly records: Records;
}

/** The most that kept bytes may be, packed and unpacked: more than any list that is made. */
const limit = 1024 * 1024 * 1024;

/** What was kept under a key, decoded; undefined where that is nothing, or nothing that can be decoded. */
export async function readKept<T>(
  { blobs, records }: Kept,
  key: string,
  decode: (bytes: Uint8Array) => T | undefined,
): Promise<T | undefined> {
  const blob = blobOf(await records.get(key));
  if (blob === undefined) return undefined;
  try {
    if ((await blobs.size(blob.digest)) !== blob.size) return undefined;
    await blobs.keep(blob.digest);
    const packed = await readAll(verified(blobs.read(blob.digest), blob, blob.digest), {
      limit,
      what: blob.digest,
    });
    return decode(await promisify(gunzip)(packed, { maxOutputLength: limit }));
  } catch {
    // Of its size and damaged, it would stand in the way of the next one.
    await blobs.remove(blob.digest).catch(() => undefined);
    return undefined;
  }
}

/** Keeps bytes under a key. */
export async function keep(
  bytes: Uint8Array,
  {
    kept: { blobs, records },
    key,
    signal,
  }: { readonly kept: Kept; readonly key: string; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const packed = await promisify(gzip)(bytes, { level: 1 });
  const descriptor = { mediaType: "application/octet-stream", digest: digestOf(packed), size: packed.length };
  const open = async function* () {
    yield packed;
  };
  await blobs.put({ descriptor, open }, { signal });
  await records.put(key, { digest: descriptor.digest, size: descriptor.size });
}
