import * as at from "./layout";
import { alignBits, bitAt, bitCount, openBits } from "./bits";
import { writeBlock, writeFlush, writeStored } from "./block";
import { findSequences, openSearch, position } from "./match";

/** Where the input is to be put, and how much of it at most. */
export function inputAt(): usize {
  return at.input;
}
export function inputSize(): u32 {
  return at.maxInput;
}
export function outputAt(): usize {
  return at.output;
}

/** Compresses so many bytes at inputAt() and returns the number of bytes at outputAt(). */
export function deflate(length: u32): u32 {
  openBits();
  openSearch();
  const end = at.input + length;
  while (position < end) {
    const from = position;
    findSequences(end);
    writeBlock(from, position);
  }
  if (length > 0) writeFlush();
  return <u32>(bitAt() - at.output);
}

function fillTables(): void {
  let symbol: u32 = 0;
  for (let d: u32 = 0; d < 32768; d++) {
    // distance - 1: symbols of two for each power of two
    let s = d;
    if (d >= 4) {
      const n = 31 - clz(d);
      s = 2 * n + ((d >> (n - 1)) & 1);
    }
    if (d < 256) store<u8>(at.distanceSymbols + d, <u8>s);
    else store<u8>(at.distanceSymbols + 256 + (d >> 7), <u8>s);
  }
  for (let l: u32 = 0; l < 256; l++) {
    let s = l;
    if (l >= 8) {
      const n = 31 - clz(l);
      s = 4 * (n - 1) + ((l >> (n - 2)) & 3);
    }
    store<u8>(at.lengthSymbols + l, <u8>s);
  }
  store<u8>(at.lengthSymbols + 255, 28);
}
fillTables();
