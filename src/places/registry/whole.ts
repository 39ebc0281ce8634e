import type { Reply } from "../../http/errors.js";
import { isPassingStatus } from "../../http/retry.js";
import type { RequestBody } from "../../http/send.js";
import type { Content } from "../../model/content.js";
import type { IoOptions } from "../../model/events.js";
import type { Digest } from "../../model/oci.js";
import { notRegistry, pushScopes } from "./host.js";
import { about, sessionOf, withDigest, type BlobPlace } from "./upload-session.js";

/** One attempt to send a blob into one session. */
export interface Attempt extends IoOptions {
  readonly location: URL;
  /** Bytes of a chunk, where it is sent in chunks. */
  readonly chunk: number;
  readonly onSent?: ((bytes: number) => void) | undefined;
  /** Gets what the content's own stream threw. */
  readonly source: { error?: unknown };
}

/**
 * What came of an attempt. "broken" and "passing": the same may succeed the next time; "expired": the token ended;
 * "session gone": another session may do; "refused way" and "too large": another way may do; "no chunks": any way but
 * chunks may do; "refused": the blob may be there all the same (Nexus), else it is over.
 */
export interface Failure {
  readonly error: Error;
  readonly reason:
    "broken" | "passing" | "expired" | "session gone" | "refused way" | "too large" | "no chunks" | "refused";
}

/** Whether the same may succeed when the registry has rested; other failures need another way and no rest. */
export function isPassingReason({ reason }: Failure): boolean {
  return reason === "broken" || reason === "passing";
}

export const octets: Readonly<Record<string, string>> = { "content-type": "application/octet-stream" };

/** Sends all of a blob in one body: in the PUT that commits it, or in a PATCH before. Undefined is success. */
export async function sendWhole(
  place: BlobPlace,
  content: Content,
  { way, location, onSent, source, signal, onEvent }: Attempt & { readonly way: "put" | "patch" },
): Promise<Failure | undefined> {
  const io = { signal, onEvent };
  const body: RequestBody = {
    size: content.descriptor.size,
    replayable: false,
    open: (stop) => watched(content.open({ onEvent, signal: stop }), source),
    ...(onSent === undefined ? {} : { onSent }),
  };
  const sending = { headers: octets, body, slow: true, ...io };
  if (way === "put") {
    const url = withDigest(location, content.descriptor.digest);
    return judge(place, await place.host.call({ method: "PUT", url, ...about(place, location), ...sending }));
  }
  const reply = await place.host.call({
    method: "PATCH",
    url: location,
    ...about(place, location),
    ...sending,
  });
  if (reply.status !== 202 && reply.status !== 201) return judge(place, reply);
  return commit(place, content.descriptor.digest, { location: sessionOf(reply) ?? location, ...io });
}

/** Ends a session whose bytes are all there. */
export async function commit(
  place: BlobPlace,
  digest: Digest,
  { location, ...io }: IoOptions & { readonly location: URL },
): Promise<Failure | undefined> {
  const url = withDigest(location, digest);
  return judge(
    place,
    await place.host.call({ method: "PUT", url, slow: true, ...about(place, location), ...io }),
  );
}

/** What a registry's answer to a part or the end of an upload means. */
export async function judge({ host, repository }: BlobPlace, reply: Reply): Promise<Failure | undefined> {
  const { status } = reply;
  if (status === 201 || status === 204) return undefined;
  if (status >= 200 && status < 300)
    return { error: notRegistry(host, `${status} to an upload, expected 201`), reason: "refused" };
  const error = await host.refusal(reply, { scopes: pushScopes(repository) });
  if (error.registryCode === "BLOB_UPLOAD_UNKNOWN") return { error, reason: "session gone" };
  if (status === 401) return { error, reason: "expired" };
  if (isPassingStatus(status)) return { error, reason: "passing" };
  if (status === 413) return { error, reason: "too large" };
  return { error, reason: [404, 405, 411, 416].includes(status) ? "refused way" : "refused" };
}

/** Notes what the source throws: it is no fault of the registry. */
export async function* watched(
  bytes: AsyncIterable<Uint8Array>,
  source: { error?: unknown },
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* bytes;
  } catch (error) {
    source.error = error;
    throw error;
  }
}
