import { createHash } from "node:crypto";
import { GantryError } from "../errors.js";
import { quote } from "./quote.js";
import type { Descriptor, Digest } from "./oci.js";

export type DigestAlgorithm = "sha256" | "sha512";

const pattern = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

/** Whether a text is a digest of a registered algorithm: lower-case hex of the right length (image-spec descriptor.md, "Digests"). */
export function isDigest(text: string): text is Digest {
  return pattern.test(text);
}

/** The text as a digest; throws ERR_GANTRY_DIGEST_INVALID saying what is wrong with it. */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new GantryError("ERR_GANTRY_DIGEST_INVALID", `invalid digest ${quote(text)}: ${fault(text)}`);
}

function fault(text: string): string {
  const colon = text.indexOf(":");
  const algorithm = text.slice(0, Math.max(colon, 0));
  const hex = text.slice(colon + 1);
  const expected = algorithm === "sha256" ? 64 : algorithm === "sha512" ? 128 : undefined;
  if (colon < 0 || expected === undefined) {
    return 'expected "sha256:" and 64 hex digits or "sha512:" and 128 hex digits';
  }
  if (hex.length !== expected)
    return `expected ${expected} hex digits after "${algorithm}:", got ${hex.length}`;
  return "expected lower-case hex digits only (0-9, a-f)";
}

/** A digest in the making. */
export interface Hasher {
  update(bytes: Uint8Array): void;
  /** Ends the hashing; to be called once. */
  digest(): Digest;
}

/** A hasher of one of the two registered algorithms. */
export function createHasher(algorithm: DigestAlgorithm = "sha256"): Hasher {
  const hash = createHash(algorithm);
  return {
    update: (bytes) => void hash.update(bytes),
    digest: () => `${algorithm}:${hash.digest("hex")}`,
  };
}

/** The digest of bytes at hand. */
export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = "sha256"): Digest {
  const hasher = createHasher(algorithm);
  hasher.update(bytes);
  return hasher.digest();
}

/** The algorithm a digest was made with. */
export function algorithmOf(digest: Digest): DigestAlgorithm {
  return digest.startsWith("sha512:") ? "sha512" : "sha256";
}

/**
 * The same bytes, checked on the way: throws ERR_GANTRY_CONTENT_MISMATCH as soon as there is one byte too many, and for
 * too few bytes or another digest before the last chunk is handed out. The stream is always read to its end, so bytes
 * behind the declared size never go unseen.
 */
export async function* verified(
  stream: AsyncIterable<Uint8Array>,
  { digest, size }: Pick<Descriptor, "digest" | "size">,
  what: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const hasher = createHasher(algorithmOf(digest));
  let received = 0;
  let held: Uint8Array | undefined;
  for await (const chunk of stream) {
    received += chunk.length;
    if (received > size) throw mismatch(what, `expected ${size} bytes, got more`);
    hasher.update(chunk);
    if (chunk.length === 0) continue;
    if (held !== undefined) yield held;
    held = chunk;
  }
  if (received !== size) throw mismatch(what, `expected ${size} bytes, got ${received}`);
  const actual = hasher.digest();
  if (actual !== digest) throw mismatch(what, `expected ${digest}, got ${actual}`);
  if (held !== undefined) yield held;
}

function mismatch(what: string, problem: string): GantryError {
  return new GantryError(
    "ERR_GANTRY_CONTENT_MISMATCH",
    `${what} is not what its descriptor says: ${problem}`,
  );
}

/** All bytes of a stream that must be small; stops with ERR_GANTRY_LIMIT at the first byte over `limit`. */
export async function readAll(
  stream: AsyncIterable<Uint8Array>,
  { limit, what }: { readonly limit: number; readonly what: string },
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let received = 0;
  for await (const chunk of stream) {
    received += chunk.length;
    if (received > limit) {
      throw new GantryError("ERR_GANTRY_LIMIT", `${what} is larger than the ${limit} bytes allowed`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, received);
}
