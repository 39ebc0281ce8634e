import * as at from "./layout";
import { literalsEnd, sequencesEnd } from "./match";

/** The symbol that ends a block. */
export const endOfBlock: u32 = 256;

/** Counts the symbols of the block that was gathered. */
export function countSymbols(): void {
  memory.fill(at.literalCounts, 0, at.countsEnd - at.literalCounts);
  countLiterals();
  store<u32>(at.literalCounts + 4 * endOfBlock, 1);
  for (let sequence = at.sequences; sequence < sequencesEnd; sequence += 8) {
    const match = load<u32>(sequence, 4);
    increment(at.lengthCounts, match & 255);
    increment(at.distanceCounts, (match >> 8) & 31);
  }
  for (let length: u32 = 0; length < 256; length++) {
    const count = at.literalCounts + 4 * (257 + <u32>load<u8>(at.lengthSymbols + length));
    store<u32>(count, load<u32>(count) + load<u32>(at.lengthCounts + 4 * length));
  }
  countTwoDistances();
}

/** In four tables in turn: a counter that was just written is slow to read. */
function countLiterals(): void {
  let literal = at.literals;
  for (; literal + 4 <= literalsEnd; literal += 4) {
    const bytes = load<u32>(literal);
    increment(at.literalCounts, bytes & 255);
    increment(at.literalCounts2, (bytes >> 8) & 255);
    increment(at.literalCounts3, (bytes >> 16) & 255);
    increment(at.literalCounts4, bytes >> 24);
  }
  for (; literal < literalsEnd; literal++) increment(at.literalCounts, load<u8>(literal));
  for (let byte: usize = 0; byte < 4 * 256; byte += 4) {
    const others =
      load<u32>(at.literalCounts2 + byte) +
      load<u32>(at.literalCounts3 + byte) +
      load<u32>(at.literalCounts4 + byte);
    store<u32>(at.literalCounts + byte, load<u32>(at.literalCounts + byte) + others);
  }
}

/** Makes two distances at least occur: a code of fewer is allowed, but some decoders refuse it. */
function countTwoDistances(): void {
  let used: u32 = 0;
  for (let symbol: u32 = 0; symbol < 30; symbol++) {
    used += <u32>(load<u32>(at.distanceCounts + 4 * symbol) != 0);
  }
  for (let symbol: u32 = 0; used < 2; symbol++) {
    if (load<u32>(at.distanceCounts + 4 * symbol) != 0) continue;
    increment(at.distanceCounts, symbol);
    used++;
  }
}

/** Counts one more of a symbol. */
export function increment(counts: usize, symbol: u32): void {
  const count = counts + 4 * symbol;
  store<u32>(count, load<u32>(count) + 1);
}
