/** Reads bits, the highest first. Behind the end there are zeros, of which `isBeyond` tells. */
export interface Bits {
  /** The next bits as a number, 24 at most. */
  take(count: number): number;
  /** The same without taking them. */
  peek(count: number): number;
  /** Takes bits that were looked at. */
  drop(count: number): void;
  /** Where the next bit is, counted from the first of the bytes. */
  position(): number;
  /** Whether more bits were taken than there are. */
  isBeyond(): boolean;
}

/** The bits of bytes from a bit on. */
export function readBits(bytes: Uint8Array, from: number): Bits {
  let at = from >>> 3;
  let held = 0;
  let count = 0;
  const peek = (wanted: number) => {
    while (count < wanted) {
      held = (held << 8) | (at < bytes.length ? bytes[at]! : 0);
      at++;
      count += 8;
    }
    return (held >>> (count - wanted)) & ((1 << wanted) - 1);
  };
  const drop = (wanted: number) => {
    count -= wanted;
  };
  const take = (wanted: number) => {
    const value = peek(wanted);
    count -= wanted;
    return value;
  };
  take(from & 7);
  return {
    take,
    peek,
    drop,
    position: () => at * 8 - count,
    isBeyond: () => at * 8 - count > bytes.length * 8,
  };
}
