import { Damage } from "../broken.js";

/** Bits from the lowest on, as tables are written. */
export interface ForwardBits {
  take(count: number): number;
  /** Gives the last one back. */
  giveBack(): void;
  /** Bytes that were begun. */
  used(): number;
}

export function forwardBits(bytes: Uint8Array): ForwardBits {
  let at = 0;
  return {
    take(count) {
      let value = 0;
      for (let bit = 0; bit < count; bit++, at++) value |= (((bytes[at >> 3] ?? 0) >> (at & 7)) & 1) << bit;
      return value;
    },
    giveBack() {
      at--;
    },
    used() {
      if (at > bytes.length * 8) throw new Damage("has a table that is cut short");
      return (at + 7) >> 3;
    },
  };
}

/** Bits from the highest of the last byte on, behind the one that marks the end. Before the first byte there are zeros. */
export interface BackwardBits {
  /** 25 at most. */
  take(count: number): number;
  peek(count: number): number;
  drop(count: number): void;
  /** Bits that are left; negative where more were taken than there are. */
  left(): number;
}

export function backwardBits(bytes: Uint8Array): BackwardBits {
  const last = bytes.at(-1);
  if (last === undefined || last === 0) throw new Damage("has a bit stream without an end");
  let left = bytes.length * 8 - 8 + (31 - Math.clz32(last));
  const peek = (count: number) => {
    const from = left - count;
    if (from < 0) return count === 0 ? 0 : partial(bytes, left, count);
    const at = from >> 3;
    const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    return (word >>> (from & 7)) & ((1 << count) - 1);
  };
  return {
    take(count) {
      const value = peek(count);
      left -= count;
      return value;
    },
    peek,
    drop(count) {
      left -= count;
    },
    left: () => left,
  };
}

/** Near the beginning, where some of the bits asked for are not there. */
function partial(bytes: Uint8Array, left: number, count: number): number {
  if (left <= 0) return 0;
  let value = 0;
  for (let bit = left - 1; bit >= 0; bit--) value = (value << 1) | ((bytes[bit >> 3]! >> (bit & 7)) & 1);
  return value << (count - left);
}
