import * as at from "./layout";
import { bytePosition, openBits } from "./bits";
import { writeBlock, writeFlush } from "./block";
import { findSequences, openSearch, position } from "./match";

/** Where the input is to be put. */
export function inputAt(): usize {
  return at.input;
}

/** The most bytes of input. */
export function inputSize(): u32 {
  return at.maxInput;
}

/** Where the output lies afterwards. */
export function outputAt(): usize {
  return at.output;
}

/** Compresses so many bytes of input, into blocks that end on a byte, and returns how many bytes they are. */
export function deflate(length: u32): usize {
  openBits();
  openSearch();
  const end = at.input + length;
  while (position < end) {
    const from = position;
    findSequences(end);
    writeBlock(from, position);
  }
  if (length > 0) writeFlush();
  return bytePosition - at.output;
}

/** RFC 1951 §3.2.5: as many symbols of distances in each power of two as two, of lengths as four. */
function fillTables(): void {
  for (let rest: u32 = 0; rest < at.maxDistance; rest++) {
    const place = rest < 256 ? rest : 256 + (rest >> 7);
    store<u8>(at.distanceSymbols + place, <u8>symbolOf(rest, 1));
  }
  for (let rest: u32 = 0; rest < 255; rest++) store<u8>(at.lengthSymbols + rest, <u8>symbolOf(rest, 2));
  store<u8>(at.lengthSymbols + 255, 28); // 258 has a symbol of its own
}

/** The symbol of a number where each power of two is split in 2 ** split equal parts. */
function symbolOf(number: u32, split: u32): u32 {
  if (number < <u32>(2 << split)) return number;
  const extra = 31 - clz(number) - split;
  return (extra << split) + (number >> extra);
}

fillTables();
