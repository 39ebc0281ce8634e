import { createCipheriv } from "node:crypto";

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Bytes without pattern, the same for the same seed, from any offset on: the key stream of AES in counter mode. */
export function* randomBytes(
  seed: number,
  { start = 0, size }: { readonly start?: number | undefined; readonly size: number },
): Generator<Uint8Array> {
  const key = Buffer.alloc(16);
  key.writeUInt32BE(seed >>> 0);
  const counter = Buffer.alloc(16);
  counter.writeBigUInt64BE(BigInt(Math.floor(start / 16)), 8);
  const cipher = createCipheriv("aes-128-ctr", key, counter);
  cipher.update(Buffer.alloc(start % 16));
  const zeros = Buffer.alloc(256 * 1024);
  for (let left = size - start; left > 0; left -= zeros.length)
    yield cipher.update(left < zeros.length ? zeros.subarray(0, left) : zeros);
}
