import * as at from "./layout";
import { bytePosition, pendingBits, pendingCount, putCode, setBits } from "./bits";
import { endOfBlock } from "./count";
import { distanceExtra, sequencesEnd } from "./match";

/**
 * Writes the block's literals and matches by its codes. Bits gather in 64 and all of them are stored each time, but only
 * whole bytes are passed: four literals of 14 bits, or a match of 14 + 5 + 15 + 13, fit beside the seven that are left.
 */
export function writeSequences(): void {
  joinLengthCodes();
  let to = bytePosition;
  let bits = pendingBits;
  let count = pendingCount;
  let literal = at.literals;
  for (let sequence = at.sequences; ; sequence += 8) {
    let left = load<u32>(sequence);
    for (; left >= 4; left -= 4, literal += 4) {
      const bytes = load<u32>(literal);
      const first = codeOf(bytes & 255);
      const second = codeOf((bytes >> 8) & 255);
      const third = codeOf((bytes >> 16) & 255);
      const fourth = codeOf(bytes >> 24);
      bits |= (first & 0xffff) << count;
      count += first >> 16;
      bits |= (second & 0xffff) << count;
      count += second >> 16;
      bits |= (third & 0xffff) << count;
      count += third >> 16;
      bits |= (fourth & 0xffff) << count;
      count += fourth >> 16;
      store<u64>(to, bits);
      to += <usize>(count >> 3);
      bits >>= count & 56;
      count &= 7;
    }
    for (; left > 0; left--, literal++) {
      const code = codeOf(load<u8>(literal));
      bits |= (code & 0xffff) << count;
      count += code >> 16;
    }
    store<u64>(to, bits);
    to += <usize>(count >> 3);
    bits >>= count & 56;
    count &= 7;
    if (sequence == sequencesEnd) break;

    const match = load<u32>(sequence, 4);
    const length = <u64>load<u32>(at.lengthCodes + 4 * (match & 255));
    const symbol = (match >> 8) & 31;
    const distance = <u64>load<u32>(at.distanceCodes + 4 * symbol);
    bits |= (length & 0xffffff) << count;
    count += length >> 24;
    bits |= (distance & 0xffff) << count;
    count += distance >> 16;
    bits |= (<u64>(match >> 13)) << count;
    count += distanceExtra(symbol);
    store<u64>(to, bits);
    to += <usize>(count >> 3);
    bits >>= count & 56;
    count &= 7;
  }
  setBits(to, bits, count);
  putCode(<u32>codeOf(endOfBlock));
}

function codeOf(symbol: u32): u64 {
  return load<u32>(at.literalCodes + 4 * symbol);
}

/** For each length the bits of its code and of its extra bits, so that one load gives both. */
function joinLengthCodes(): void {
  for (let length: u32 = 0; length < 256; length++) {
    const symbol = <u32>load<u8>(at.lengthSymbols + length);
    const code = load<u32>(at.literalCodes + 4 * (257 + symbol));
    const codeBits = code >> 16;
    const extra = length & ((1 << lengthExtra(symbol)) - 1);
    const joined = (code & 0xffff) | (extra << codeBits) | ((codeBits + lengthExtra(symbol)) << 24);
    store<u32>(at.lengthCodes + 4 * length, joined);
  }
}

/** The number of extra bits of a length's symbol less 257 (RFC 1951 §3.2.5). */
export function lengthExtra(symbol: u32): u32 {
  return symbol < 8 || symbol == 28 ? 0 : (symbol - 4) >> 2;
}
