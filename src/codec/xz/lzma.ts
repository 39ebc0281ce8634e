import { Damage } from "../broken.js";
import { createRangeDecoder, even } from "./range.js";
import type { Window } from "../window.js";

/** Decodes LZMA, a chunk at a time; what it learned from one it knows in the next. */
export interface LzmaDecoder {
  /** How many bits of the position and of the byte before decide, in the one byte that the format has for it. */
  setProperties(byte: number): void;
  /** Forgets what it learned. */
  reset(): void;
  /** Appends so many bytes, for which there is room, to the window; throws Damage. `size` is the window's. */
  decode(
    packed: Uint8Array,
    window: Window,
    limits: { readonly length: number; readonly size: number },
  ): void;
}

const states = 12;
const mostPositions = 16;

/** Probabilities of a length: whether it is short or middling, and of each of the three kinds. */
interface Lengths {
  readonly choice: Uint16Array;
  readonly low: Uint16Array;
  readonly middle: Uint16Array;
  readonly high: Uint16Array;
}

export function createLzmaDecoder(): LzmaDecoder {
  const range = createRangeDecoder();
  const isMatch = new Uint16Array(states * mostPositions);
  const isRepeat = new Uint16Array(states);
  const isRepeat0 = new Uint16Array(states);
  const isRepeat0Long = new Uint16Array(states * mostPositions);
  const isRepeat1 = new Uint16Array(states);
  const isRepeat2 = new Uint16Array(states);
  const slots = new Uint16Array(4 * 64);
  const special = new Uint16Array(115);
  const aligned = new Uint16Array(16);
  const [matchLengths, repeatLengths] = [createLengths(), createLengths()];
  const tables = [isMatch, isRepeat, isRepeat0, isRepeat0Long, isRepeat1, isRepeat2, slots, special, aligned];
  let literals = new Uint16Array(0x300);
  let [literalContext, literalMask, positionMask] = [0, 0, 0];
  let [state, repeat0, repeat1, repeat2, repeat3] = [0, 0, 0, 0, 0];

  return {
    setProperties(byte) {
      const [context, position] = [byte % 9, Math.floor(byte / 9) % 5];
      // In xz both together are four bits at most.
      if (byte > 224 || context + position > 4) throw new Damage("has properties of LZMA that there are not");
      [literalContext, literalMask] = [context, (1 << position) - 1];
      positionMask = (1 << Math.floor(byte / 45)) - 1;
      literals = new Uint16Array(0x300 << (context + position));
    },
    reset() {
      for (const table of [...tables, literals]) table.fill(even);
      for (const { choice, low, middle, high } of [matchLengths, repeatLengths]) {
        for (const table of [choice, low, middle, high]) table.fill(even);
      }
      [state, repeat0, repeat1, repeat2, repeat3] = [0, 0, 0, 0, 0];
    },
    decode,
  };

  function decode(
    packed: Uint8Array,
    window: Window,
    { length, size }: { readonly length: number; readonly size: number },
  ): void {
    if (!range.begin(packed)) throw new Damage("has a chunk that begins with no LZMA");
    const { bytes, start, offset } = window;
    let at = window.position;
    const end = at + length;
    while (at < end) {
      const position = (at + offset) & positionMask;
      if (range.bit(isMatch, state * mostPositions + position) === 0) {
        const before = at > start ? bytes[at - 1]! : 0;
        const place = (((at + offset) & literalMask) << literalContext) + (before >>> (8 - literalContext));
        bytes[at] =
          state < 7 ? literal(place * 0x300) : matchedLiteral(place * 0x300, bytes[at - repeat0 - 1]!);
        at++;
        state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
        continue;
      }
      const count = match(position);
      const distance = repeat0 + 1;
      if (distance > at - start || distance > size) throw new Damage("repeats what is not there");
      if (count > end - at) throw new Damage("has a chunk that is longer than it says");
      for (const stop = at + count; at < stop; at++) bytes[at] = bytes[at - distance]!;
    }
    window.position = at;
    if (!range.isFinished()) throw new Damage("has a chunk of another length than it says");
  }

  function literal(from: number): number {
    let symbol = 1;
    while (symbol < 0x100) symbol = (symbol << 1) | range.bit(literals, from + symbol);
    return symbol;
  }

  /** A byte where a repetition ended: most likely another one than the repetition would have gone on with. */
  function matchedLiteral(from: number, other: number): number {
    let [symbol, matched, offset] = [1, other, 0x100];
    while (symbol < 0x100) {
      matched <<= 1;
      const expected = matched & offset;
      const bit = range.bit(literals, from + offset + expected + symbol);
      symbol = (symbol << 1) | bit;
      offset &= bit === 0 ? ~expected : expected;
    }
    return symbol;
  }

  /** Sets how far back a repetition begins, less one, and returns its length. */
  function match(position: number): number {
    if (range.bit(isRepeat, state) === 0) {
      [repeat3, repeat2, repeat1] = [repeat2, repeat1, repeat0];
      const length = lengthOf(matchLengths, position);
      repeat0 = distanceFor(length);
      state = state < 7 ? 7 : 10;
      return length;
    }
    if (range.bit(isRepeat0, state) === 0) {
      if (range.bit(isRepeat0Long, state * mostPositions + position) === 0) {
        state = state < 7 ? 9 : 11;
        return 1;
      }
    } else if (range.bit(isRepeat1, state) === 0) {
      [repeat0, repeat1] = [repeat1, repeat0];
    } else if (range.bit(isRepeat2, state) === 0) {
      [repeat0, repeat1, repeat2] = [repeat2, repeat0, repeat1];
    } else {
      [repeat0, repeat1, repeat2, repeat3] = [repeat3, repeat0, repeat1, repeat2];
    }
    const length = lengthOf(repeatLengths, position);
    state = state < 7 ? 8 : 11;
    return length;
  }

  function lengthOf({ choice, low, middle, high }: Lengths, position: number): number {
    if (range.bit(choice, 0) === 0) return 2 + range.tree(low, position << 3, 3);
    if (range.bit(choice, 1) === 0) return 10 + range.tree(middle, position << 3, 3);
    return 18 + range.tree(high, 0, 8);
  }

  function distanceFor(length: number): number {
    const slot = range.tree(slots, Math.min(length - 2, 3) << 6, 6);
    if (slot < 4) return slot;
    const bits = (slot >>> 1) - 1;
    const base = ((2 | (slot & 1)) << bits) >>> 0;
    if (slot < 14) return base + range.reverseTree(special, base - slot, bits);
    return base + range.direct(bits - 4) * 16 + range.reverseTree(aligned, 0, 4);
  }
}

function createLengths(): Lengths {
  return {
    choice: new Uint16Array(2),
    low: new Uint16Array(mostPositions << 3),
    middle: new Uint16Array(mostPositions << 3),
    high: new Uint16Array(256),
  };
}
