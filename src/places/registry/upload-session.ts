import type { Reply } from "../../http/errors.js";
import { guardFor, resolveLocation } from "../../http/redirects.js";
import type { HttpRequest } from "../../http/send.js";
import type { IoOptions } from "../../model/events.js";
import type { Digest } from "../../model/oci.js";
import { notRegistry, pushScopes, type RegistryHost } from "./host.js";

/** A blob of one repository. */
export interface BlobPlace {
  readonly host: RegistryHost;
  readonly repository: string;
}

/** Opens an upload session (distribution-spec spec.md, "Pushing blobs") and returns its URL. */
export async function openSession(
  place: BlobPlace,
  io: IoOptions,
): Promise<{ readonly location: URL; readonly smallestChunk: number }> {
  const { host, repository } = place;
  const request: HttpRequest = {
    method: "POST",
    url: host.at(`${repository}/blobs/uploads/`),
    lane: "control",
    scopes: pushScopes(repository),
    ...io,
  };
  const reply = await host.call(request);
  if (reply.status >= 400) throw await host.refusal(reply, request);
  if (reply.status !== 202)
    throw notRegistry(host, `${reply.status} to the beginning of an upload, expected 202`);
  const location = sessionOf(reply);
  if (location === undefined) throw notRegistry(host, "the beginning of an upload has no Location");
  return { location, smallestChunk: Number(reply.headers["oci-chunk-min-length"] ?? 0) || 0 };
}

/** How far a session has come and where it goes on; undefined where the registry does not say, or has dropped it. */
export async function findProgress(
  place: BlobPlace,
  location: URL,
  io: IoOptions,
): Promise<{ readonly location: URL; readonly received: number } | undefined> {
  const request: HttpRequest = { method: "GET", url: location, ...about(place, location), ...io };
  const reply = await place.host.call({ ...request, lane: "control" });
  const received = receivedOf(reply);
  if (reply.status < 200 || reply.status >= 300 || received === undefined) return undefined;
  return { location: sessionOf(reply) ?? location, received };
}

/**
 * The bytes that a reply's `Range: 0-LAST` tells of. `0-0` counts as none: registries send it for one byte too.
 */
export function receivedOf({ headers }: Reply): number | undefined {
  const last = /^(?:bytes=)?0-(\d{1,15})$/.exec(headers["range"]?.trim() ?? "")?.[1];
  if (last === undefined) return undefined;
  return last === "0" ? 0 : Number(last) + 1;
}

/** The session's URL in a reply. */
export function sessionOf(reply: Reply): URL | undefined {
  const location = reply.headers["location"];
  return location === undefined || location === "" ? undefined : resolveLocation(location, reply.url);
}

/** The URL with the digest, the rest of its query left byte for byte: it may be signed. */
export function withDigest(location: URL, digest: Digest): URL {
  const rest = location.search
    .slice(1)
    .split("&")
    .filter((part) => !part.startsWith("digest="))
    .join("&");
  const url = new URL(location);
  url.search = `?${rest}${rest === "" || rest.endsWith("&") ? "" : "&"}digest=${digest}`;
  return url;
}

/** What every request to a session has: a session may be on another host, which is then guarded and gets no credentials. */
export function about(
  { host, repository }: BlobPlace,
  location: URL,
): Pick<HttpRequest, "lane" | "scopes" | "guard"> {
  return { lane: "upload", scopes: pushScopes(repository), ...guardFor(location, { url: host.at("") }) };
}

/** Gives a session back; whether the registry takes it changes nothing. Also runs when the user has stopped us, hence its own short limit. */
export async function cancel(place: BlobPlace, location: URL): Promise<void> {
  const signal = AbortSignal.timeout(2000);
  const request: HttpRequest = {
    ...about(place, location),
    method: "DELETE",
    url: location,
    lane: "control",
    signal,
  };
  try {
    (await place.host.stream(request)).discard();
  } catch {
    // The registry drops it by itself in time.
  }
}
