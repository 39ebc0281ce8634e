import { Damage } from "../broken.js";
import { longest, readCodes } from "./codes.js";
import type { Bits } from "./bits.js";
import type { Codes } from "./codes.js";

/** A block as it was before its bytes were sorted: `next` leads from each byte to the one behind it. */
export interface SortedBlock {
  /** In the low eight bits a byte, above them where the next one is. */
  readonly links: Uint32Array;
  readonly length: number;
  /** The link that leads to the first byte. */
  readonly first: number;
}

/** How many symbols share a set of codes before the next is chosen. */
const groupSize = 50;

/** Reads a block behind its checksum. `links` has room for as many bytes as a block of the stream may have. */
export function readBlock(bits: Bits, links: Uint32Array): SortedBlock {
  if (bits.take(1) !== 0) throw new Damage("is of a kind that bzip2 has not written since 1997");
  const origin = bits.take(24);
  const bytes = readUsedBytes(bits);
  const tables = bits.take(3);
  if (tables < 2 || tables > 6) throw new Damage("has a block with no possible number of codes");
  const selectors = readSelectors(bits, tables);
  const codes = Array.from({ length: tables }, () => readCodes(bits, bytes.length + 2));
  const counts = new Uint32Array(256);
  const length = readSymbols({ bits, bytes, selectors, codes, links, counts });
  if (origin >= length) throw new Damage("has a block that begins nowhere");
  link(links, length, counts);
  return { links, length, first: links[origin]! >>> 8 };
}

/** Which byte values occur: a bit for each sixteen of them, then one for each of those. */
function readUsedBytes(bits: Bits): Uint8Array {
  const used: number[] = [];
  const ranges = bits.take(16);
  for (let range = 0; range < 16; range++) {
    if ((ranges & (0x8000 >>> range)) === 0) continue;
    const values = bits.take(16);
    for (let value = 0; value < 16; value++)
      if ((values & (0x8000 >>> value)) !== 0) used.push(range * 16 + value);
  }
  if (used.length === 0) throw new Damage("has a block of no bytes");
  return Uint8Array.from(used);
}

/** Which codes each group of symbols has; a number of those that were used more recently, in ones ended by a zero. */
function readSelectors(bits: Bits, tables: number): Uint8Array {
  const count = bits.take(15);
  if (count === 0) throw new Damage("has a block without codes");
  const recent = Uint8Array.from({ length: tables }, (_, index) => index);
  const selectors = new Uint8Array(count);
  for (let at = 0; at < count; at++) {
    let index = 0;
    while (bits.take(1) === 1)
      if (++index >= tables) throw new Damage("has a block with codes that are not there");
    selectors[at] = toFront(recent, index);
  }
  return selectors;
}

interface Symbols {
  readonly bits: Bits;
  readonly bytes: Uint8Array;
  readonly selectors: Uint8Array;
  readonly codes: readonly Codes[];
  readonly links: Uint32Array;
  readonly counts: Uint32Array;
}

/** Writes the block's bytes into the low bits of `links`, and counts them by value. Symbols 0 and 1 are digits of a run. */
function readSymbols({ bits, bytes, selectors, codes, links, counts }: Symbols): number {
  const recent = bytes.slice();
  const end = bytes.length + 1;
  let [length, run, weight, left, group] = [0, 0, 1, 0, 0];
  let { shortest, last, base, symbols } = codes[0]!;
  for (;;) {
    if (left-- === 0) {
      if (group >= selectors.length) throw new Damage("has a block that goes on behind its last codes");
      ({ shortest, last, base, symbols } = codes[selectors[group++]!]!);
      left = groupSize - 1;
    }
    const ahead = bits.peek(longest);
    let size = shortest;
    while (size <= longest && ahead >>> (longest - size) > last[size]!) size++;
    if (size > longest) throw new Damage("has bits that are no code");
    bits.drop(size);
    const symbol = symbols[(ahead >>> (longest - size)) - base[size]!]!;
    if (symbol < 2) {
      run += weight << symbol;
      weight *= 2;
      if (run > links.length - length) throw new Damage("has a block that is longer than it may be");
      continue;
    }
    if (run > 0) {
      const byte = recent[0]!;
      links.fill(byte, length, length + run);
      counts[byte]! += run;
      length += run;
      [run, weight] = [0, 1];
    }
    if (symbol === end) return length;
    if (length === links.length) throw new Damage("has a block that is longer than it may be");
    const byte = toFront(recent, symbol - 1);
    links[length++] = byte;
    counts[byte]!++;
  }
}

function toFront(recent: Uint8Array, index: number): number {
  const value = recent[index]!;
  recent.copyWithin(1, 0, index);
  recent[0] = value;
  return value;
}

/** Turns the sorting back (Burrows and Wheeler, 1994): above each byte's bits the place of the one behind it. */
function link(links: Uint32Array, length: number, counts: Uint32Array): void {
  let sum = 0;
  for (let value = 0; value < 256; value++) {
    const count = counts[value]!;
    counts[value] = sum;
    sum += count;
  }
  for (let at = 0; at < length; at++) links[counts[links[at]! & 0xff]!++]! |= at << 8;
}
