import { Damage } from "../broken.js";
import { readBits } from "./bits.js";
import { readBlock } from "./block.js";
import type { Input } from "../input.js";
import type { SortedBlock } from "./block.js";

/**
 * One bzip2 stream's bytes; the input is left behind its end. Strict: the checksums of blocks and of the whole are
 * compared. Throws Damage. Holds a block, which is 900,000 bytes at most, packed and unpacked.
 */
export async function* unbzip2(input: Input): AsyncGenerator<Uint8Array> {
  const level = (await input.peek(4))[3]! - 0x30;
  if (!(level >= 1 && level <= 9)) throw new Damage("states no size of its blocks");
  input.skip(4);
  const links = new Uint32Array(level * 100_000);
  let [bit, whole] = [0, 0];
  for (;;) {
    const bytes = await input.peek(longestBlock(links.length));
    const bits = readBits(bytes, bit);
    const kind = bits.take(24) * 2 ** 24 + bits.take(24);
    const stated = bits.take(16) * 0x10000 + bits.take(16);
    if (bits.isBeyond()) throw cutShort();
    if (kind === streamEnd) {
      if (stated !== whole) throw new Damage("has another checksum than its bytes give");
      return input.skip(Math.ceil(bits.position() / 8));
    }
    if (kind !== blockStart) throw new Damage(`has no block at byte ${input.taken}, where one was expected`);
    const block = readWhole(() => readBlock(bits, links), bits.isBeyond);
    const crc = yield* unpackRuns(block);
    if (crc !== stated) throw new Damage(`has a block before byte ${input.taken} with a wrong checksum`);
    whole = (((whole << 1) | (whole >>> 31)) ^ crc) >>> 0;
    input.skip(bits.position() >>> 3);
    bit = bits.position() & 7;
  }
}

/** The numbers that blocks begin with and that end a stream: pi, and the square root of pi. */
const blockStart = 0x314159265359;
const streamEnd = 0x177245385090;

/** What a block takes at most: every symbol of the longest code, and the codes before them. */
function longestBlock(size: number): number {
  return Math.ceil(size * 2.5) + 64 * 1024;
}

/** Damage that comes of reading behind the end is no damage of what is there. */
function readWhole<T>(read: () => T, isBeyond: () => boolean): T {
  try {
    const result = read();
    if (!isBeyond()) return result;
  } catch (error) {
    if (!isBeyond()) throw error;
  }
  throw cutShort();
}

function cutShort(): Damage {
  return new Damage("is cut short");
}

const pieceSize = 128 * 1024;

/** The bytes of a block, where a byte behind four equal ones says how many more of them follow; returns their checksum. */
function* unpackRuns({ links, length, first }: SortedBlock): Generator<Uint8Array, number> {
  let piece = new Uint8Array(pieceSize);
  let [filled, at, crc, same, before] = [0, first, 0xffffffff, 0, -1];
  for (let left = length; left > 0; left--) {
    const link = links[at]!;
    at = link >>> 8;
    const byte = link & 0xff;
    const count = same === 4 ? byte : 1;
    const value = same === 4 ? before : byte;
    same = same === 4 ? 0 : byte === before ? same + 1 : 1;
    before = same === 0 ? -1 : byte;
    if (filled + count > pieceSize) {
      yield piece.subarray(0, filled);
      [piece, filled] = [new Uint8Array(pieceSize), 0];
    }
    for (let copy = 0; copy < count; copy++) {
      piece[filled++] = value;
      crc = (crc << 8) ^ crcTable[(crc >>> 24) ^ value]!;
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
  return ~crc >>> 0;
}

/** CRC-32 with the highest bit first. */
const crcTable = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  return crc;
});
