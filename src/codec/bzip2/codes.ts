import { Damage } from "../broken.js";
import type { Bits } from "./bits.js";

/** The longest code that the format allows. */
export const longest = 20;

/** A set of Huffman codes, by length: canonical, the shorter ones first. */
export interface Codes {
  readonly shortest: number;
  /** For each length the last code of it, -1 where there is none; every code fits the last of them. */
  readonly last: Int32Array;
  /** For each length what is subtracted from a code of it for its place in `symbols`. */
  readonly base: Int32Array;
  readonly symbols: Uint16Array;
}

/** Reads the lengths of the codes, each as steps up or down from the one before. */
export function readCodes(bits: Bits, count: number): Codes {
  const lengths = new Uint8Array(count);
  let length = bits.take(5);
  for (let symbol = 0; symbol < count; symbol++) {
    for (;;) {
      if (length < 1 || length > longest) throw new Damage("has a code of no possible length");
      if (bits.take(1) === 0) break;
      length += bits.take(1) === 0 ? 1 : -1;
    }
    lengths[symbol] = length;
  }
  return codesOf(lengths);
}

function codesOf(lengths: Uint8Array): Codes {
  const [last, base] = [new Int32Array(longest + 1).fill(-1), new Int32Array(longest + 1)];
  const symbols = new Uint16Array(lengths.length);
  let [code, placed, shortest] = [0, 0, longest];
  for (let length = 1; length <= longest; length++) {
    const first = placed;
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      if (lengths[symbol] === length) symbols[placed++] = symbol;
    }
    base[length] = code - first;
    code += placed - first;
    if (code > 1 << length) throw new Damage("has more codes than there can be");
    if (placed > first) {
      last[length] = code - 1;
      shortest = Math.min(shortest, length);
    }
    code <<= 1;
  }
  return { shortest, last, base, symbols };
}
