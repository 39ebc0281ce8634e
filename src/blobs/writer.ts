import { GantryError } from "../errors.js";
import { algorithmOf, createHasher, type DigestAlgorithm } from "../model/digest.js";
import type { Digest } from "../model/oci.js";
import { toldHasher, type OnSpan } from "../model/spans.js";

/** What is known of the bytes before they come; commit refuses others. */
export interface Expected {
  readonly digest?: Digest | undefined;
  /** Bytes. */
  readonly size?: number | undefined;
}

/**
 * Takes a blob's bytes, one write after the other, and names them by digest at the end. Nothing is visible before
 * `commit`; after `commit` (resolved or not) or `abort` the writer is spent.
 */
export interface BlobWriter {
  /** Bytes taken so far. */
  readonly size: number;
  /** The buffer is not copied: leave it unchanged until the promise resolves. */
  write(bytes: Uint8Array): Promise<void>;
  /** Publishes the blob. Throws ERR_GANTRY_CONTENT_MISMATCH, and keeps nothing, where it is not what was expected. */
  commit(expected?: Expected): Promise<{ readonly digest: Digest; readonly size: number }>;
  /** Drops the bytes. Harmless after commit. */
  abort(): Promise<void>;
}

/** Where a writer's bytes go; what differs between a folder and memory. */
export interface Sink {
  append(bytes: Uint8Array): Promise<void>;
  /** All that was appended, from the beginning. */
  reread(): AsyncIterable<Uint8Array>;
  publish(digest: Digest, size: number): Promise<void>;
  discard(): Promise<void>;
}

/** A writer over a sink. Hashing runs on this thread while the sink's write is under way on another. */
export function createWriter(
  sink: Sink,
  {
    algorithm = "sha256",
    onSpan,
  }: { readonly algorithm?: DigestAlgorithm | undefined; readonly onSpan?: OnSpan | undefined } = {},
): BlobWriter {
  const hasher = toldHasher(createHasher(algorithm), onSpan, "packed");
  let size = 0;
  let spent = false;

  const digestBy = async (wanted: DigestAlgorithm): Promise<Digest> =>
    wanted === algorithm ? hasher.digest() : await hashAgain(sink, wanted);

  const publish = async ({ digest: wanted, size: wantedSize }: Expected) => {
    const digest = await digestBy(wanted === undefined ? algorithm : algorithmOf(wanted));
    if ((wanted !== undefined && wanted !== digest) || (wantedSize !== undefined && wantedSize !== size)) {
      throw mismatch({ digest: wanted ?? digest, size: wantedSize }, digest, size);
    }
    await sink.publish(digest, size);
    return { digest, size };
  };

  return {
    get size() {
      return size;
    },
    async write(bytes) {
      if (spent) throw new GantryError("ERR_GANTRY_INTERNAL", "a blob was written to after its end");
      const written = sink.append(bytes);
      hasher.update(bytes);
      await written;
      size += bytes.length;
    },
    async commit(expected = {}) {
      if (spent) throw new GantryError("ERR_GANTRY_INTERNAL", "a blob was committed twice");
      spent = true;
      try {
        return await publish(expected);
      } catch (error) {
        await sink.discard();
        throw error;
      }
    },
    async abort() {
      if (spent) return;
      spent = true;
      await sink.discard();
    },
  };
}

async function hashAgain(sink: Sink, algorithm: DigestAlgorithm): Promise<Digest> {
  const hasher = createHasher(algorithm);
  for await (const bytes of sink.reread()) hasher.update(bytes);
  return hasher.digest();
}

function mismatch(expected: Expected, digest: Digest, size: number): GantryError {
  const wanted =
    expected.size === undefined ? `${expected.digest}` : `${expected.digest} of ${expected.size} bytes`;
  return new GantryError(
    "ERR_GANTRY_CONTENT_MISMATCH",
    `blob is not what was expected: expected ${wanted}, got ${digest} of ${size} bytes`,
  );
}
