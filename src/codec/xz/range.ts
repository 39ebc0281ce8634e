/** Decodes bits by how probable each is (G. N. N. Martin, 1979), as LZMA packs them. */
export interface RangeDecoder {
  /** Begins with the packed bytes of a chunk; false where they cannot be the beginning of any. */
  begin(packed: Uint8Array): boolean;
  /** A bit whose probability is at an index of a table, and learns from it. */
  bit(table: Uint16Array, index: number): number;
  /** A number of so many bits, the highest first, from a tree of probabilities that begins at an index. */
  tree(table: Uint16Array, at: number, bits: number): number;
  /** The same with the lowest bit first. */
  reverseTree(table: Uint16Array, at: number, bits: number): number;
  /** A number of so many bits that are as probable as not. */
  direct(bits: number): number;
  /** Whether all bytes were used, and no more of them. */
  isFinished(): boolean;
}

/** Of a bit of which nothing is known: one half, of 2048. */
export const even = 1024;

export function createRangeDecoder(): RangeDecoder {
  let bytes = new Uint8Array(0);
  let [at, range, code] = [0, 0, 0];

  function bit(table: Uint16Array, index: number): number {
    const probability = table[index]!;
    const bound = Math.imul(range >>> 11, probability);
    let result = 0;
    if (code >>> 0 < bound >>> 0) {
      range = bound;
      table[index] = probability + ((2048 - probability) >>> 5);
    } else {
      range = (range - bound) | 0;
      code = (code - bound) | 0;
      table[index] = probability - (probability >>> 5);
      result = 1;
    }
    if ((range & 0xff000000) === 0) {
      range <<= 8;
      code = (code << 8) | bytes[at++]!;
    }
    return result;
  }

  return {
    begin(packed) {
      bytes = packed as Uint8Array<ArrayBuffer>;
      if (packed.length < 5 || packed[0] !== 0) return false;
      code = (packed[1]! << 24) | (packed[2]! << 16) | (packed[3]! << 8) | packed[4]!;
      [at, range] = [5, -1];
      return true;
    },
    bit,
    tree(table, from, bits) {
      let symbol = 1;
      for (let left = bits; left > 0; left--) symbol = (symbol << 1) | bit(table, from + symbol);
      return symbol - (1 << bits);
    },
    reverseTree(table, from, bits) {
      let [symbol, value] = [1, 0];
      for (let index = 0; index < bits; index++) {
        const next = bit(table, from + symbol);
        symbol = (symbol << 1) | next;
        value |= next << index;
      }
      return value;
    },
    direct(bits) {
      let value = 0;
      for (let left = bits; left > 0; left--) {
        range >>>= 1;
        const isOne = code >>> 0 >= range;
        if (isOne) code = (code - range) | 0;
        value = (value << 1) | (isOne ? 1 : 0);
        if ((range & 0xff000000) === 0) {
          range <<= 8;
          code = (code << 8) | bytes[at++]!;
        }
      }
      return value >>> 0;
    },
    isFinished: () => at === bytes.length && code === 0,
  };
}
