import { GantryError } from "../../errors.js";
import type { HttpRequest } from "../../http/send.js";
import type { IoOptions } from "../../model/events.js";
import type { Digest } from "../../model/oci.js";
import { pushScopes } from "./host.js";
import { sessionOf, type BlobPlace } from "./upload-session.js";

/**
 * Asks the registry to take a blob over from another of its repositories. A refusal, however it is put, only means that
 * the blob has to be uploaded: into `session`, where the registry opened one instead.
 */
export async function mountBlob(
  place: BlobPlace,
  { digest, from }: { readonly digest: Digest; readonly from: string },
  io: IoOptions,
): Promise<{ readonly mounted: boolean; readonly session?: URL }> {
  const { host, repository } = place;
  const url = host.at(`${repository}/blobs/uploads/`);
  url.search = `?mount=${digest}&from=${encodeURIComponent(from)}`;
  const request: HttpRequest = {
    method: "POST",
    url,
    lane: "control",
    scopes: pushScopes(repository, from),
    ...io,
  };
  try {
    const reply = await host.call(request);
    if (reply.status === 201) return { mounted: true };
    const session = reply.status === 202 ? sessionOf(reply) : undefined;
    return { mounted: false, ...(session === undefined ? {} : { session }) };
  } catch (error) {
    if (io.signal?.aborted === true || !(error instanceof GantryError)) throw error;
    return { mounted: false };
  }
}
