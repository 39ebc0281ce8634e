import { constants, crc32, deflateRawSync } from "node:zlib";
import { deflate, deflateVersion } from "./deflate/deflate.js";
import { isIncompressible, storedBlocks } from "./stored.js";
import { unpooled } from "./unpooled.js";

/** A stretch of a gzip member: deflate blocks that end on a byte, and the CRC-32 of the raw bytes. */
export interface GzipSegment {
  /** Over memory of its own, so that it can be transferred. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly crc: number;
}

/**
 * Compresses one stretch by itself (synchronous: for workers). gzipHeader, any number of segments in order and gzipEnd
 * make one gzip member (RFC 1952) that every reader knows; no segment refers to bytes of another. A stretch that
 * would not shrink is stored.
 */
export function gzipSegment(raw: Uint8Array, level: number): GzipSegment {
  const bytes = isIncompressible(raw)
    ? storedBlocks(raw)
    : level === 1
      ? deflate(raw)
      : zlibDeflate(raw, level);
  return { bytes, crc: crc32(raw) };
}

/** The ten bytes that begin a gzip member: no name, time 0, operating system unknown (255). */
export function gzipHeader(): Uint8Array {
  return Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff);
}

/** What ends a gzip member: an empty last block, the CRC-32 of all raw bytes and their number modulo 2^32. */
export function gzipEnd(crc: number, size: number): Uint8Array {
  const end = new Uint8Array(10);
  const view = new DataView(end.buffer);
  end[0] = 0x03;
  view.setUint32(2, crc, true);
  view.setUint32(6, size % 2 ** 32, true);
  return end;
}

/**
 * What decides the compressed bytes at a level, beside the input: this file and, above level 1, zlib's version and the
 * processor. For cache keys.
 */
export function gzipVersion(level: number): string {
  return level === 1 ? `2 ${deflateVersion}` : `2 node-zlib ${process.versions.zlib}/${process.arch}`;
}

function zlibDeflate(raw: Uint8Array, level: number): Uint8Array<ArrayBuffer> {
  const chunkSize = zlibBound(raw.length);
  return unpooled(deflateRawSync(raw, { level, finishFlush: constants.Z_SYNC_FLUSH, chunkSize }));
}

/**
 * Room for the worst case in one output buffer: with less, zlib may repeat the flush marker where a buffer happens to
 * end (zlib.h, deflate), and the bytes would depend on Node's buffer size.
 */
function zlibBound(length: number): number {
  return length + (length >>> 3) + (length >>> 6) + 128;
}

/** The CRC-32 of A followed by B, from the CRCs of both and B's length in bytes (of any size). */
export function combineCrc32(crcA: number, crcB: number, lengthB: number): number {
  return (multiply(powerOfX(lengthB), crcA) ^ crcB) >>> 0;
}

/** The CRC-32 polynomial, bits reversed: bit 31 is x^0. */
const polynomial = 0xedb88320;
const one = 0x80000000;

/** x^(8 * 2^n) for n = 0 to 52, by squaring x. */
const powers: readonly number[] = (() => {
  let power = 0x40000000;
  for (let squaring = 0; squaring < 3; squaring++) power = multiply(power, power);
  return Array.from({ length: 53 }, () => {
    const result = power;
    power = multiply(power, power);
    return result;
  });
})();

/** x^(8 * bytes) modulo the polynomial: what that many zero bytes do to a CRC. */
function powerOfX(bytes: number): number {
  let result = one;
  let rest = bytes;
  for (let bit = 0; rest > 0; bit++) {
    if (rest % 2 === 1) result = multiply(powers[bit]!, result);
    rest = Math.floor(rest / 2);
  }
  return result;
}

/** The product of two polynomials over GF(2), modulo CRC-32's. */
function multiply(a: number, b: number): number {
  let product = 0;
  let factor = b;
  for (let mask = one; mask !== 0; mask >>>= 1) {
    if ((a & mask) !== 0) product ^= factor;
    factor = (factor & 1) !== 0 ? (factor >>> 1) ^ polynomial : factor >>> 1;
  }
  return product >>> 0;
}
