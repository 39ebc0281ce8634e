import { output } from "./layout";

/** Where the next whole byte of output goes. */
export let bytePosition: usize = output;
/** Bits that do not fill a byte yet, first lowest, and their number. */
export let pendingBits: u64 = 0;
export let pendingCount: u64 = 0;

/** Begins a new output. */
export function openBits(): void {
  setBits(output, 0, 0);
}

/** For who keeps them in locals meanwhile: a hot loop. */
export function setBits(position: usize, bits: u64, count: u64): void {
  bytePosition = position;
  pendingBits = bits;
  pendingCount = count;
}

/** Appends up to 56 bits. */
export function putBits(bits: u64, length: u64): void {
  const all = pendingBits | (bits << pendingCount);
  const count = pendingCount + length;
  store<u64>(bytePosition, all);
  setBits(bytePosition + <usize>(count >> 3), all >> (count & 56), count & 7);
}

/** Appends a code as codes.ts makes them. */
export function putCode(code: u32): void {
  putBits(code & 0xffff, code >> 16);
}

/** Fills up a byte that is begun with zeros. */
export function alignBits(): void {
  putBits(0, (8 - pendingCount) & 7);
}

/** Appends bytes from elsewhere in memory; the output must be at the end of a byte. */
export function putBytes(from: usize, length: usize): void {
  memory.copy(bytePosition, from, length);
  bytePosition += length;
}
