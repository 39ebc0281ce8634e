import { Damage } from "../broken.js";
import { empty, openWindow, reserve } from "../window.js";
import { createLzmaDecoder } from "./lzma.js";
import type { Input } from "../input.js";

/**
 * The bytes of LZMA2 chunks up to their end, each chunk (2 MiB at most) as one piece; what was before may be repeated
 * from as far as `size` bytes back. Throws Damage.
 */
export async function* unpackLzma2(input: Input, size: number): AsyncGenerator<Uint8Array> {
  const window = openWindow();
  const decoder = createLzmaDecoder();
  let [needsEmptying, needsProperties, needsReset] = [true, true, true];
  for (;;) {
    const [control = 0] = await read(input, 1);
    if (control === 0) return;
    const isStored = control < 0x80;
    if (isStored && control > 2) throw new Damage("has a chunk of no kind that there is");
    if (control === 1 || control >= 0xe0) {
      empty(window);
      [needsEmptying, needsProperties] = [false, true];
    } else if (needsEmptying) throw new Damage("begins with a chunk that repeats what is before it");
    const length = await readLength(input, isStored ? 0 : control & 0x1f);
    reserve(window, size, length);
    const from = window.position;
    if (isStored) {
      window.bytes.set(await read(input, length), from);
      window.position += length;
    } else {
      const packedLength = await readLength(input, 0);
      if (control >= 0xc0) decoder.setProperties((await read(input, 1))[0]!);
      else if (needsProperties) throw new Damage("has a chunk without its properties");
      if (control >= 0xa0) decoder.reset();
      else if (needsReset) throw new Damage("has a chunk that goes on with nothing");
      [needsProperties, needsReset] = [false, false];
      decoder.decode(await read(input, packedLength), window, { length, size });
    }
    yield window.bytes.slice(from, window.position);
  }
}

/** Two bytes, the higher first, of a number less one; `high` is what is above them. */
async function readLength(input: Input, high: number): Promise<number> {
  const bytes = await read(input, 2);
  return high * 0x10000 + bytes[0]! * 0x100 + bytes[1]! + 1;
}

/** Exactly so many bytes. */
export async function read(input: Input, length: number): Promise<Uint8Array> {
  const bytes = await input.peek(length);
  if (bytes.length < length) throw new Damage("is cut short");
  input.skip(length);
  return bytes;
}
