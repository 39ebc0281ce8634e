import { during, GantryError } from "../../errors.js";
import { afterAttempts, RegistryError } from "../../http/errors.js";
import { isPassingStatus } from "../../http/retry.js";
import type { HttpRequest } from "../../http/send.js";
import type { Content } from "../../model/content.js";
import type { IoOptions } from "../../model/events.js";
import type { Descriptor } from "../../model/oci.js";
import { rereading } from "../../model/reread.js";
import { sendInChunks } from "./chunks.js";
import { isPassing, pushScopes, shortDigest } from "./host.js";
import { chunkOf, climb, firstWay, type UploadWay } from "./ladder.js";
import { cancel, openSession, type BlobPlace } from "./upload-session.js";
import { isPassingReason, sendWhole, type Attempt, type Failure } from "./whole.js";

export interface UploadOptions extends IoOptions {
  /** A session that a refused mount opened. */
  readonly session?: URL | undefined;
  /** Told the bytes the network took so far; goes back where an upload begins anew or a part is sent again. */
  readonly onSent?: ((bytes: number) => void) | undefined;
}

/** Whether the repository has the blob; a registry that will not say counts as not having it. */
export async function hasBlob(
  place: BlobPlace,
  blob: Pick<Descriptor, "digest" | "size">,
  io: IoOptions,
): Promise<boolean> {
  return (await askForBlob(place, blob, io)) === "there";
}

/** Asks for a blob by HEAD; "unclear" where the answer says nothing of it. */
export async function askForBlob(
  { host, repository }: BlobPlace,
  { digest, size }: Pick<Descriptor, "digest" | "size">,
  io: IoOptions,
): Promise<"there" | "absent" | "unclear"> {
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
    const same =
      length === undefined ? reply.headers["docker-content-digest"] === digest : Number(length) === size;
    return same ? "there" : "unclear";
  }
  // Storage behind a registry refuses the question where it signed a URL for GET alone: that says nothing of the blob.
  if (reply.url.origin !== request.url.origin) return "unclear";
  if (reply.status === 401 || isPassingStatus(reply.status)) throw await host.refusal(reply, request);
  return reply.status === 404 ? "absent" : "unclear";
}

/**
 * Uploads a blob, streaming it from `content.open()`. A session never gets the same bytes twice: after a failure the
 * registry is asked whether it has the blob all the same; then a chunked upload goes on where its session stands, and
 * any other begins anew in another session, by a gentler way where this one was refused or broke twice.
 */
export function uploadBlob(place: BlobPlace, content: Content, options: UploadOptions): Promise<void> {
  let { session } = options;
  return rereading(() => {
    const opened = session;
    session = undefined;
    return upload(place, content, { ...options, session: opened });
  });
}

async function upload(
  place: BlobPlace,
  content: Content,
  { session, onSent, ...io }: UploadOptions,
): Promise<void> {
  const { host } = place;
  const { digest, size } = content.descriptor;
  const state = { way: firstWay(host, size), opened: session, broken: 0, expired: 0 };
  for (let attempt = 1; ; attempt++) {
    const { location, smallestChunk } = await sessionFor(place, state.opened, io);
    state.opened = undefined;
    const chunk = Math.max(chunkOf(host), smallestChunk);
    const failure = await tryOnce(place, content, { way: state.way, location, chunk, onSent, ...io });
    if (failure === undefined) return;
    await cancel(place, location);
    if (await hasBlob(place, content.descriptor, io)) return;
    if (failure.reason === "broken") state.broken++;
    if (failure.reason === "expired") state.expired++;
    const next = climb(host, state.way, { failure, broken: state.broken, size });
    // A token that ends twice while one body is on its way would end a third time.
    const over = next === undefined || state.expired > 2 || attempt >= host.backoff.attempts;
    const what = `uploading blob ${shortDigest(digest)} of ${size} bytes`;
    if (over) throw during(attempt === 1 ? what : `${what}, attempt ${attempt}`, counted(failure, attempt));
    state.way = next;
    if (isPassingReason(failure)) await host.backoff.pause(attempt, { signal: io.signal });
  }
}

function counted({ error }: Failure, attempt: number): Error {
  return error instanceof RegistryError ? afterAttempts(error, attempt) : error;
}

function sessionFor(
  place: BlobPlace,
  opened: URL | undefined,
  io: IoOptions,
): Promise<{ readonly location: URL; readonly smallestChunk: number }> {
  return opened === undefined
    ? openSession(place, io)
    : Promise.resolve({ location: opened, smallestChunk: 0 });
}

/** One attempt on one session: undefined is success. Throws where beginning anew is of no use: the source failed, or we stop. */
async function tryOnce(
  place: BlobPlace,
  content: Content,
  { way, ...attempt }: Omit<Attempt, "source"> & { readonly way: UploadWay },
): Promise<Failure | undefined> {
  const source: Attempt["source"] = {};
  try {
    const sending = { ...attempt, source };
    return await (way === "chunks"
      ? sendInChunks(place, content, sending)
      : sendWhole(place, content, { ...sending, way }));
  } catch (error) {
    const own = "error" in source || attempt.signal?.aborted === true || !(error instanceof GantryError);
    if (!own) return { error, reason: isPassing(error) ? "broken" : "refused" };
    await cancel(place, attempt.location);
    throw "error" in source ? source.error : error;
  }
}
