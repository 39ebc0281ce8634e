import { output } from "./layout";

/** Where the next whole byte goes. */
let at: usize = output;
/** Bits that are not stored yet, the first one lowest: fewer than 8 between two calls. */
let pending: u64 = 0;
let count: u64 = 0;

/** Begins a new output. */
export function openBits(): void {
  at = output;
  pending = 0;
  count = 0;
}

/** Appends up to 48 bits. */
export function putBits(bits: u64, length: u64): void {
  pending |= bits << count;
  count += length;
  store<u64>(at, pending);
  at += <usize>(count >> 3);
  pending >>= count & 56;
  count &= 7;
}

/** Fills up the byte begun with zeros. */
export function alignBits(): void {
  if (count > 0) putBits(0, 8 - count);
}

/** Appends bytes of memory; the end must be on a byte. */
export function putBytes(from: usize, length: usize): void {
  memory.copy(at, from, length);
  at += length;
}

export function bitAt(): usize {
  return at;
}
export function bitPending(): u64 {
  return pending;
}
export function bitCount(): u64 {
  return count;
}
export function setBits(newAt: usize, newPending: u64, newCount: u64): void {
  at = newAt;
  pending = newPending;
  count = newCount;
}
