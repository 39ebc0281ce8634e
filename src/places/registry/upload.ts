import { GantryError } from "../../errors.js";
import type { Reply } from "../../http/errors.js";
import { guardFor, resolveLocation } from "../../http/redirects.js";
import { isPassingStatus } from "../../http/retry.js";
import type { HttpRequest, RequestBody } from "../../http/send.js";
import type { Content } from "../../model/content.js";
import type { IoOptions } from "../../model/events.js";
import type { Digest } from "../../model/oci.js";
import { isPassing, notRegistry, pushScopes, type RegistryHost } from "./host.js";

/** A blob of one repository. */
export interface BlobPlace {
  readonly host: RegistryHost;
  readonly repository: string;
}

export interface UploadOptions extends IoOptions {
  /** A session that a refused mount opened. */
  readonly session?: URL | undefined;
  /** Told the bytes the network took so far; goes back to 0 when an upload begins anew. */
  readonly onSent?: ((bytes: number) => void) | undefined;
}

/** Whether the repository has the blob; a registry that will not say counts as not having it. */
export async function hasBlob(
  { host, repository }: BlobPlace,
  { digest, size }: { readonly digest: Digest; readonly size: number },
  io: IoOptions,
): Promise<boolean> {
  const request: HttpRequest = {
    method: "HEAD",
    url: host.at(`${repository}/blobs/${digest}`),
    lane: "control",
    scopes: pushScopes(repository),
    ...io,
  };
  const reply = await host.call(request);
  if (reply.status === 200) {
    // A web server that answers everything with a page has another length.
    const length = reply.headers["content-length"];
    return length === undefined ? reply.headers["docker-content-digest"] === digest : Number(length) === size;
  }
  if (reply.status === 401 || isPassingStatus(reply.status)) throw await host.refusal(reply, request);
  return false;
}

/**
 * Uploads a blob, streaming it from `content.open()`. A session never gets its bytes twice: after a failure the
 * registry is asked whether it has the blob all the same, and else a new session begins.
 */
export async function uploadBlob(
  place: BlobPlace,
  content: Content,
  { session, onSent, ...io }: UploadOptions,
): Promise<void> {
  const { host } = place;
  let opened = session;
  for (let attempt = 1; ; attempt++) {
    const location = opened ?? (await openSession(place, io));
    opened = undefined;
    const error = await fill(place, content, { location, onSent, ...io });
    if (error === undefined) return;
    await cancel(place, location);
    if (await hasBlob(place, content.descriptor, io)) return;
    if (!error.again || attempt === host.backoff.attempts) throw error.error;
    await host.backoff.pause(location.host, attempt, { signal: io.signal });
  }
}

interface Failure {
  readonly error: Error;
  readonly again: boolean;
}

/** One attempt on one session: undefined is success. Throws where beginning anew is of no use: the source failed, or we stop. */
async function fill(
  place: BlobPlace,
  content: Content,
  { location, onSent, ...io }: UploadOptions & { readonly location: URL },
): Promise<Failure | undefined> {
  const { host } = place;
  const source: { error?: unknown } = {};
  const body: RequestBody = {
    size: content.descriptor.size,
    replayable: false,
    open: (signal) => watched(content.open({ ...io, signal }), source),
    ...(onSent === undefined ? {} : { onSent }),
  };
  const way = host.learnt.uploads;
  try {
    const reply = await (way === "put" ? putWhole : patchThenPut)(place, content, { location, body, io });
    if (reply.status === 201 || reply.status === 204) return undefined;
    return await judge(host, reply, { way, request: { scopes: pushScopes(place.repository) } });
  } catch (error) {
    if ("error" in source || io.signal?.aborted === true || !(error instanceof GantryError)) {
      await cancel(place, location);
      throw "error" in source ? source.error : error;
    }
    return { error, again: isPassing(error) };
  }
}

interface Sending {
  readonly location: URL;
  readonly body: RequestBody;
  readonly io: IoOptions;
}

const octets = { "content-type": "application/octet-stream" };

function putWhole(
  place: BlobPlace,
  { descriptor }: Content,
  { location, body, io }: Sending,
): Promise<Reply> {
  return place.host.call({
    method: "PUT",
    url: withDigest(location, descriptor.digest),
    headers: octets,
    body,
    ...about(place, location),
    ...io,
  });
}

/** For registries and proxies that take no whole blob in the last request. */
async function patchThenPut(
  place: BlobPlace,
  { descriptor }: Content,
  { location, body, io }: Sending,
): Promise<Reply> {
  const patched = await place.host.call({
    method: "PATCH",
    url: location,
    headers: octets,
    body,
    ...about(place, location),
    ...io,
  });
  if (patched.status !== 202 && patched.status !== 201) return patched;
  const next = sessionOf(patched) ?? location;
  return place.host.call({
    method: "PUT",
    url: withDigest(next, descriptor.digest),
    ...about(place, next),
    ...io,
  });
}

function about(
  { host, repository }: BlobPlace,
  location: URL,
): Pick<HttpRequest, "lane" | "scopes" | "guard"> {
  return { lane: "upload", scopes: pushScopes(repository), ...guardFor(location, { url: host.at("") }) };
}

async function judge(
  host: RegistryHost,
  reply: Reply,
  { way, request }: { readonly way: "put" | "patch"; readonly request: Pick<HttpRequest, "scopes"> },
): Promise<Failure> {
  if (reply.status >= 200 && reply.status < 300)
    return { error: notRegistry(host, `${reply.status} to an upload, expected 201`), again: false };
  const error = await host.refusal(reply, request);
  const otherWay =
    [404, 405, 411, 413, 416].includes(reply.status) && error.registryCode !== "BLOB_UPLOAD_UNKNOWN";
  if (otherWay && way === "put") host.learnt.uploads = "patch";
  // 401: the token ended while the body was on its way, and the next attempt has a new one.
  const again =
    isPassingStatus(reply.status) ||
    reply.status === 401 ||
    error.registryCode === "BLOB_UPLOAD_UNKNOWN" ||
    (otherWay && way === "put");
  return { error, again };
}

/** Opens an upload session and returns its URL. */
async function openSession(place: BlobPlace, io: IoOptions): Promise<URL> {
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
  return location;
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
    .filter((part) => part !== "" && !part.startsWith("digest="));
  const url = new URL(location);
  url.search = `?${[...rest, `digest=${digest}`].join("&")}`;
  return url;
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

async function* watched(
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
