import { Damage } from "../broken.js";
import { forwardBits } from "./bits.js";

/** A table of finite state entropy (RFC 8878, 4.1): for each state its symbol and how the next state is found. */
export interface FseTable {
  /** The logarithm of the number of states. */
  readonly log: number;
  readonly symbols: Uint8Array;
  /** How many bits are read for the next state, and what they are added to. */
  readonly bits: Uint8Array;
  readonly base: Uint16Array;
}

/** Reads a table of at most so many states and symbols; `used` is how many bytes it took. */
export function readFseTable(
  bytes: Uint8Array,
  { mostLog, mostSymbols }: { readonly mostLog: number; readonly mostSymbols: number },
): { readonly table: FseTable; readonly used: number } {
  const bits = forwardBits(bytes);
  const log = bits.take(4) + 5;
  if (log > mostLog) throw new Damage("has a table that is larger than it may be");
  const counts: number[] = [];
  for (let left = 1 << log; left > 0;) {
    const count = readCount(bits, left);
    left -= Math.abs(count);
    counts.push(count);
    if (count === 0) {
      for (let repeat = 3; repeat === 3;) {
        repeat = bits.take(2);
        for (let zero = 0; zero < repeat; zero++) counts.push(0);
      }
    }
    if (counts.length > mostSymbols) throw new Damage("has a table of more symbols than there are");
  }
  return { table: buildFseTable(counts, log), used: bits.used() };
}

/** A count; the lower half of what is possible takes a bit less. -1 means less than one. */
function readCount(bits: ReturnType<typeof forwardBits>, left: number): number {
  const size = 32 - Math.clz32(left + 1);
  const value = bits.take(size);
  const low = value & ((1 << (size - 1)) - 1);
  const short = (1 << size) - 2 - left;
  if (low < short) {
    bits.giveBack();
    return low - 1;
  }
  return (value === low ? value : value - short) - 1;
}

/** The table for symbols that are so frequent. */
export function buildFseTable(counts: readonly number[], log: number): FseTable {
  const size = 1 << log;
  const table = {
    log,
    symbols: new Uint8Array(size),
    bits: new Uint8Array(size),
    base: new Uint16Array(size),
  };
  const next = spread(counts, table.symbols);
  for (let state = 0; state < size; state++) {
    const count = next[table.symbols[state]!]!++;
    const bits = log - (31 - Math.clz32(count));
    table.bits[state] = bits;
    table.base[state] = (count << bits) - size;
  }
  return table;
}

/** Puts each symbol where its states are; returns how many it has. */
function spread(counts: readonly number[], symbols: Uint8Array): number[] {
  const size = symbols.length;
  let high = size;
  counts.forEach((count, symbol) => {
    if (count < 0) symbols[--high] = symbol;
  });
  const [step, mask] = [(size >> 1) + (size >> 3) + 3, size - 1];
  let at = 0;
  counts.forEach((count, symbol) => {
    for (let each = 0; each < count; each++) {
      symbols[at] = symbol;
      do at = (at + step) & mask;
      while (at >= high);
    }
  });
  if (at !== 0) throw new Damage("has a table that does not add up");
  return counts.map((count) => Math.abs(count));
}

/** The table of a single symbol, which takes no bits. */
export function singleFseTable(symbol: number): FseTable {
  return { log: 0, symbols: Uint8Array.of(symbol), bits: new Uint8Array(1), base: new Uint16Array(1) };
}
