import * as at from "./layout";
import { alignBits, putBits, putBytes } from "./bits";
import { assignCodes } from "./codes";
import { countSymbols } from "./count";
import { planHeader, writeHeader } from "./header";
import { findLengths } from "./huffman";
import { distanceExtra } from "./match";
import { lengthExtra, writeSequences } from "./sequences";

/** Writes the block that was gathered, these bytes of the input: with codes of its own, the fixed ones, or stored. */
export function writeBlock(from: usize, to: usize): void {
  countSymbols();
  // 14 bits, so that four literals and the seven bits before them fit in 64.
  findLengths(at.literalCounts, 288, 14, at.literalLengths);
  findLengths(at.distanceCounts, 30, 15, at.distanceLengths);
  const own = planHeader() + sizeWithOwnCodes();
  const fixed = sizeWithFixedCodes();
  if (sizeStored(to - from) <= min(own, fixed) + sizeOfExtraBits()) return writeStored(from, to);
  if (own < fixed) {
    putBits(0b100, 3);
    writeHeader();
  } else {
    putBits(0b010, 3);
    for (let symbol: u32 = 0; symbol < 288; symbol++)
      store<u8>(at.literalLengths + symbol, <u8>fixedLength(symbol));
    memory.fill(at.distanceLengths, 5, 30);
  }
  assignCodes(at.literalLengths, 288, at.literalCodes);
  assignCodes(at.distanceLengths, 30, at.distanceCodes);
  writeSequences();
}

/** Ends the output on a byte: with an empty stored block, as zlib's Z_SYNC_FLUSH does. */
export function writeFlush(): void {
  writeStoredHeader(0);
}

function writeStored(from: usize, to: usize): void {
  while (from < to) {
    const length = min<usize>(to - from, 0xffff);
    writeStoredHeader(<u32>length);
    putBytes(from, length);
    from += length;
  }
}

function writeStoredHeader(length: u32): void {
  putBits(0, 3);
  alignBits();
  putBits(length | ((~length & 0xffff) << 16), 32);
}

/** In bits, like the other sizes, without the three that begin a block. */
function sizeStored(length: usize): u32 {
  return 8 * <u32>length + 40 * ((<u32>length + 0xfffe) / 0xffff);
}

function sizeWithOwnCodes(): u32 {
  let size: u32 = 0;
  for (let symbol: u32 = 0; symbol < 286; symbol++)
    size += load<u32>(at.literalCounts + 4 * symbol) * <u32>load<u8>(at.literalLengths + symbol);
  for (let symbol: u32 = 0; symbol < 30; symbol++)
    size += load<u32>(at.distanceCounts + 4 * symbol) * <u32>load<u8>(at.distanceLengths + symbol);
  return size;
}

function sizeWithFixedCodes(): u32 {
  let size: u32 = 0;
  for (let symbol: u32 = 0; symbol < 286; symbol++)
    size += load<u32>(at.literalCounts + 4 * symbol) * fixedLength(symbol);
  for (let symbol: u32 = 0; symbol < 30; symbol++) size += load<u32>(at.distanceCounts + 4 * symbol) * 5;
  return size;
}

function sizeOfExtraBits(): u32 {
  let size: u32 = 0;
  for (let symbol: u32 = 0; symbol < 29; symbol++)
    size += load<u32>(at.literalCounts + 4 * (257 + symbol)) * lengthExtra(symbol);
  for (let symbol: u32 = 0; symbol < 30; symbol++)
    size += load<u32>(at.distanceCounts + 4 * symbol) * distanceExtra(symbol);
  return size;
}

/** RFC 1951 §3.2.6. */
function fixedLength(symbol: u32): u32 {
  if (symbol < 256) return symbol < 144 ? 8 : 9;
  return symbol < 280 ? 7 : 8;
}
