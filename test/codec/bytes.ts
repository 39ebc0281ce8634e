/** Bytes that do not compress, the same on every run (xorshift32). */
export function noise(length: number, seed: number = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed;
  for (let index = 0; index < length; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[index] = state & 0xff;
  }
  return bytes;
}

/** A stream in chunks of so many bytes. */
export async function* chunked(bytes: Uint8Array, size: number = bytes.length): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Bytes like those of a text: lines of words, some frequent and some rare, the same on every run. */
export function words(length: number, seed: number = 1): Buffer {
  const random = noise(Math.ceil(length / 2) + 4, seed);
  let text = "";
  for (let at = 0; text.length < length; at += 2) {
    const [first, second] = [random[at]!, random[at + 1]!];
    const rank = (first * second) >> 6;
    text += `${"the of and to import const return function value file path name type string".split(" ")[rank % 14]}`;
    text += rank > 300 ? `${rank.toString(36)}${second}` : "";
    text += first < 24 ? "\n" : " ";
  }
  return Buffer.from(text.slice(0, length));
}
