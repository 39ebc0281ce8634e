import { GantryError } from "../../errors.js";
import type { Reply } from "../../http/errors.js";
import type { Content } from "../../model/content.js";
import type { IoOptions } from "../../model/events.js";
import { isPassing, notRegistry } from "./host.js";
import { cutPieces, type Pieces } from "./pieces.js";
import { about, findProgress, receivedOf, sessionOf, type BlobPlace } from "./upload-session.js";
import { commit, judge, octets, watched, type Attempt, type Failure } from "./whole.js";

/** Where the session stands. */
interface Position {
  readonly location: URL;
  readonly offset: number;
}

/**
 * Sends a blob chunk by chunk (distribution-spec spec.md, "Pushing a blob in chunks"). After a failure the session is
 * asked how far it has come, and the upload goes on from there. Undefined is success.
 */
export async function sendInChunks(
  place: BlobPlace,
  content: Content,
  { location, chunk, onSent, source, ...io }: Attempt,
): Promise<Failure | undefined> {
  const { size } = content.descriptor;
  const pieces = cutPieces(content, io);
  const sending = { place, size, chunk, pieces, source, onSent, io };
  let at: Position = { location, offset: 0 };
  let fruitless = 0;
  try {
    while (at.offset < size) {
      const outcome = await sendChunk(sending, at);
      if ("offset" in outcome) {
        [at, fruitless] = [outcome, 0];
        continue;
      }
      const resumed =
        ++fruitless < place.host.backoff.attempts && (await resume(sending, at, outcome, fruitless));
      if (!resumed) return outcome;
      if (resumed.offset > at.offset) fruitless = 0;
      at = resumed;
      onSent?.(at.offset);
    }
    const failure = await commit(place, content.descriptor.digest, { location: at.location, ...io });
    // A registry that refuses the whole of what it took in chunks (ECR public, lost chunks) may take it in one piece.
    return failure?.reason === "refused" ? { ...failure, reason: "no chunks" } : failure;
  } finally {
    await pieces.close();
  }
}

interface Sending {
  readonly place: BlobPlace;
  readonly size: number;
  readonly chunk: number;
  readonly pieces: Pieces;
  readonly source: Attempt["source"];
  readonly onSent: Attempt["onSent"];
  readonly io: IoOptions;
}

/** One chunk: where the session then stands, or why it does not. */
async function sendChunk(
  { place, size, chunk, pieces, source, onSent, io }: Sending,
  { location, offset }: Position,
): Promise<Position | Failure> {
  const length = Math.min(chunk, size - offset);
  try {
    const reply = await place.host.call({
      method: "PATCH",
      url: location,
      headers: { ...octets, "content-range": `${offset}-${offset + length - 1}` },
      body: {
        size: length,
        replayable: false,
        open: (signal) => watched(pieces.take(offset, length, signal), source),
        onSent: (sent) => onSent?.(offset + sent),
      },
      slow: true,
      ...about(place, location),
      ...io,
    });
    return await standing(place, reply, { location, offset, length });
  } catch (error) {
    if ("error" in source || io.signal?.aborted === true || !(error instanceof GantryError)) throw error;
    return { error, reason: isPassing(error) ? "broken" : "refused" };
  }
}

/** Where the answer to a chunk says that the session stands; ECR answers 201 and may drop chunks without a word. */
async function standing(
  place: BlobPlace,
  reply: Reply,
  { location, offset, length }: Position & { readonly length: number },
): Promise<Position | Failure> {
  if (reply.status !== 202 && reply.status !== 201) {
    const failure = await judge(place, reply);
    // Gitea takes one PATCH and no more.
    if (failure?.reason === "refused" && offset > 0) return { ...failure, reason: "no chunks" };
    return failure ?? { error: notRegistry(place.host, `${reply.status} to a chunk`), reason: "no chunks" };
  }
  const received = receivedOf(reply) ?? offset + length;
  if (received > offset && received <= offset + length)
    return { location: sessionOf(reply) ?? location, offset: received };
  const error = notRegistry(place.host, `it took a chunk of ${length} bytes and stays at ${received}`);
  return { error, reason: "no chunks" };
}

/** Where to go on after a failure, once the registry has rested; undefined where this session is of no more use. */
async function resume(
  { place, size, io }: Sending,
  { location, offset }: Position,
  { reason }: Failure,
  failures: number,
): Promise<Position | undefined> {
  const worthwhile = ["broken", "passing", "expired", "refused way"].includes(reason);
  if (!worthwhile || (reason === "refused way" && failures > 1)) return undefined;
  await place.host.backoff.pause(failures, { signal: io.signal });
  const progress = await findProgress(place, location, io);
  // One byte and none look the same: at the beginning nothing is lost with the session.
  if (progress === undefined || progress.received === 0) return undefined;
  if (progress.received < offset || progress.received > size) return undefined;
  return { location: progress.location, offset: progress.received };
}
