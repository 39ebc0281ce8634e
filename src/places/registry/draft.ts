import { GantryError } from "../../errors.js";
import type { Reply } from "../../http/errors.js";
import type { RequestBody } from "../../http/send.js";
import { startStep, type IoOptions, type Step } from "../../model/events.js";
import type { Digest } from "../../model/oci.js";
import type { Draft } from "../../model/place.js";
import { notRegistry, shortDigest, type RegistryHost } from "./host.js";
import { takesDrafts } from "./ladder.js";
import { createPipe, type Pipe } from "./pipe.js";
import { about, cancel, openSession, receivedOf, sessionOf, type BlobPlace } from "./upload-session.js";
import { commit, judge, octets } from "./whole.js";

export interface DraftOptions extends IoOptions {
  /** What the bytes are, for progress: "layer /app". */
  readonly label?: string | undefined;
  /** How many bytes will come, where that is known. */
  readonly size?: number | undefined;
  /** Milliseconds that the first bytes wait for the registry to be ready for them. */
  readonly patience?: number | undefined;
}

export interface DraftPlace {
  readonly repository: string;
  open(io: IoOptions): Promise<RegistryHost>;
  /** Told of a blob that the repository now holds. */
  hold(digest: Digest): void;
}

/** Bytes that are all in a session. */
interface Filled {
  readonly place: BlobPlace;
  readonly location: URL;
}

const longestStart = 5000;

/**
 * Sends a blob while it is made: a session, one PATCH with a body that ends when the blob does, and the PUT that names
 * its digest (distribution-spec spec.md, "Pushing a blob in chunks": its streamed form, which docker's own push uses).
 * The bytes are gone when they are sent, so nothing is tried again: whatever goes wrong gives the draft up and its
 * session back. It takes an upload's lane only where one is free, since whoever waits for one while others pack might
 * hold them up, and holds it until the blob is whole.
 */
export function openDraft(
  { repository, open, hold }: DraftPlace,
  { label = "a layer", size, patience = longestStart, signal: stopped, onEvent }: DraftOptions = {},
): Draft {
  const stop = new AbortController();
  const signal = stopped === undefined ? stop.signal : AbortSignal.any([stopped, stop.signal]);
  const io = { signal, onEvent };
  const pipe = createPipe(size);
  let step: Step | undefined;

  let over = false;

  const send = async (place: BlobPlace, location: URL): Promise<Filled | undefined> => {
    const onSent = (total: number): void => {
      pipe.taken(total);
      step ??= startStep(onEvent, { name: `upload ${label} to ${place.host.registry}`, kind: "upload" });
      step.progress(total, size);
    };
    const body: RequestBody = {
      size,
      replayable: false,
      open: () => readOnce(pipe, place),
      onSent,
      onSettled: pipe.close,
    };
    const request = { method: "PATCH", url: location, headers: octets, body } as const;
    const how = { slow: true, impatient: true, ...about(place, location), ...io };
    const reply = await place.host.call({ ...request, ...how });
    if (tookAll(reply, pipe)) return { place, location: sessionOf(reply) ?? location };
    await learn(place, reply);
    return undefined;
  };

  const fill = async (host: RegistryHost): Promise<Filled | undefined> => {
    if (!takesDrafts(host, size)) return undefined;
    const place = { host, repository };
    const { location } = await openSession(place, io);
    let filled: Filled | undefined;
    try {
      filled = await send(place, location);
      return filled;
    } finally {
      if (filled === undefined) await cancel(place, location);
    }
  };

  const filling = open(io)
    .then(fill)
    .catch((error: unknown) => {
      if (error instanceof GantryError || signal.aborted) return undefined;
      throw error;
    })
    // Only now no request has hold of the bytes: their memory is about to be another's.
    .finally(pipe.release);
  filling.catch(() => undefined);

  const giveUp = async (filled: Filled | undefined): Promise<void> => {
    if (filled !== undefined) await cancel(filled.place, filled.location);
    step?.end("given up, sent again when it is whole");
  };

  return {
    async write(bytes) {
      stopped?.throwIfAborted();
      const late = () => void (pipe.begun || stop.abort());
      const timer = pipe.begun ? undefined : setTimeout(late, patience);
      await pipe.write(bytes);
      clearTimeout(timer);
      stopped?.throwIfAborted();
    },
    async commit({ digest, size: whole }) {
      pipe.end();
      const filled = await filling;
      over = true;
      if (filled !== undefined && pipe.given === whole && (await finish(filled, digest, io))) {
        hold(digest);
        step?.end(shortDigest(digest));
        return true;
      }
      await giveUp(filled);
      stopped?.throwIfAborted();
      return false;
    },
    async abort() {
      stop.abort();
      pipe.close();
      const filled = await filling;
      if (!over) await giveUp(filled);
      over = true;
    },
  };
}

/** The bytes are gone once they were read: a redirect that asks for them again ends the draft. */
function readOnce(pipe: Pipe, { host }: BlobPlace): AsyncIterable<Uint8Array> {
  if (!pipe.begun) return pipe.read();
  throw notRegistry(host, "it wants bytes again that were sent while they were made");
}

/** Whether the session has all of the bytes; ECR answers 201, and may drop some without a word. */
function tookAll(reply: Reply, pipe: Pipe): boolean {
  if (!pipe.whole || (reply.status !== 202 && reply.status !== 201)) return false;
  const received = receivedOf(reply);
  // Of one byte a Range says the same as of none.
  return received === undefined || received === pipe.given || pipe.given === 1;
}

/** A registry that takes no body of this kind, or not all of it, is not offered another. */
async function learn(place: BlobPlace, reply: Reply): Promise<void> {
  const failure = await judge(place, reply);
  const dropped = reply.status >= 200 && reply.status < 300;
  if (dropped || failure?.reason === "refused way" || failure?.reason === "too large")
    place.host.learnt.noDrafts = true;
}

/** Names the digest of what the session has; false where the registry does not agree. */
async function finish({ place, location }: Filled, digest: Digest, io: IoOptions): Promise<boolean> {
  try {
    return (await commit(place, digest, { location, ...io })) === undefined;
  } catch (error) {
    if (error instanceof GantryError || io.signal?.aborted === true) return false;
    throw error;
  }
}
