import { during } from "../../errors.js";
import { digestOf, verified } from "../../model/digest.js";
import type { IoOptions } from "../../model/events.js";
import { parseManifest } from "../../model/manifest.js";
import type { Descriptor, Digest } from "../../model/oci.js";
import type { Source } from "../../model/place.js";
import type { OpenOptions } from "../../model/content.js";
import type { Reference } from "../../model/reference.js";
import { isDigest } from "../../model/digest.js";
import { readBlob } from "./download.js";
import type { RegistryHost } from "./host.js";
import { getManifest, isManifestType } from "./manifests.js";

/**
 * One repository as a source. `resolve` takes a tag or digest, else the reference's own, else "latest"; the bytes it
 * fetched are kept in `known`, so that reading what it named costs no second request and a moving tag changes nothing.
 */
export function createRegistrySource(
  { registry, repository, tag, digest }: Reference,
  {
    open,
    known,
  }: { readonly open: (io: IoOptions) => Promise<RegistryHost>; readonly known: Map<Digest, Uint8Array> },
): Source {
  const label = `${registry}/${repository}`;

  const fetchManifest = async (reference: string, io: IoOptions) => {
    try {
      return await getManifest(await open(io), { repository, reference }, io);
    } catch (error) {
      io.signal?.throwIfAborted();
      throw during(
        `reading ${label}${isDigest(reference) ? "@" : ":"}${reference}`,
        error,
        "ERR_GANTRY_NETWORK",
      );
    }
  };

  const resolve = async (
    name: string | undefined,
    { signal, onEvent }: IoOptions = {},
  ): Promise<Descriptor> => {
    const reference = name ?? digest ?? tag ?? "latest";
    const what = `${label}${isDigest(reference) ? "@" : ":"}${reference}`;
    const { bytes, contentType } = await fetchManifest(reference, { signal, onEvent });
    const actual = isDigest(reference) ? reference : digestOf(bytes);
    await drain(verified(only(bytes), { digest: actual, size: bytes.length }, `manifest ${what}`));
    const { mediaType } = parseManifest(bytes, contentType, what);
    known.set(actual, bytes);
    return { mediaType, digest: actual, size: bytes.length };
  };

  async function* read(
    descriptor: Descriptor,
    { start = 0, signal, onEvent }: OpenOptions = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    if (!isManifestType(descriptor.mediaType)) {
      yield* readBlob(await open({ signal, onEvent }), repository, { descriptor, start, signal, onEvent });
      return;
    }
    const what = `manifest ${label}@${descriptor.digest}`;
    const bytes =
      known.get(descriptor.digest) ?? (await fetchManifest(descriptor.digest, { signal, onEvent })).bytes;
    for await (const chunk of verified(only(bytes), descriptor, what)) {
      known.set(descriptor.digest, bytes);
      if (start < chunk.length) yield chunk.subarray(start);
    }
  }

  return { label, origin: { registry, repository }, resolve, read };
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

async function drain(bytes: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of bytes);
}
