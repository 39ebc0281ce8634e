import { Damage } from "../broken.js";
import { backwardBits } from "./bits.js";
import { buildFseTable, readFseTable, singleFseTable } from "./fse.js";
import type { Window } from "../window.js";
import type { FseTable } from "./fse.js";

/** The tables that a block may use again: of lengths of literals, of offsets and of lengths of matches. */
export type Tables = readonly [literals: FseTable, offsets: FseTable, matches: FseTable];

/** What blocks of a frame hand on to each other. */
export interface History {
  tables: Partial<Tables> | undefined;
  /** The offsets that were used last. */
  readonly offsets: [number, number, number];
}

interface Kind {
  readonly mostLog: number;
  readonly mostSymbols: number;
  /** The table that needs none written (RFC 8878, 3.1.1.3.2.2). */
  readonly common: FseTable;
}

const kinds: readonly [Kind, Kind, Kind] = [
  {
    mostLog: 9,
    mostSymbols: 36,
    common: buildFseTable(
      [4, 3, ...list(11, 2), ...list(3, 1), ...list(9, 2), 3, 2, ...list(5, 1), ...list(4, -1)],
      6,
    ),
  },
  {
    mostLog: 8,
    mostSymbols: 32,
    common: buildFseTable([...list(6, 1), ...list(3, 2), ...list(15, 1), ...list(5, -1)], 5),
  },
  {
    mostLog: 9,
    mostSymbols: 53,
    common: buildFseTable([1, 4, 3, ...list(6, 2), ...list(37, 1), ...list(7, -1)], 6),
  },
];

function list(length: number, value: number): number[] {
  return Array.from({ length }, () => value);
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** Of fewer bytes a loop of ours is done before a call of the engine's begins. */
const worthACall = 64;

/** What codes of lengths begin at, and how many bits are added. */
const literalBits = Uint8Array.of(...list(16, 0), ...list(4, 1), 2, 2, 3, 3, 4, ...range(6, 16));
const literalBase = bases(literalBits, 0);
const matchBits = Uint8Array.of(...list(32, 0), ...list(4, 1), 2, 2, 3, 3, 4, 4, 5, ...range(7, 16));
const matchBase = bases(matchBits, 3);

function bases(bits: Uint8Array, first: number): Uint32Array {
  let sum = first;
  return Uint32Array.from(bits, (count) => {
    const base = sum;
    sum += 1 << count;
    return base;
  });
}

/** Carries out a block's sequences (RFC 8878, 3.1.1.3.2 and 3.1.1.4) on the window, which has room for `most` bytes. */
export function runSequences(
  section: Uint8Array,
  literals: Uint8Array,
  {
    window,
    size,
    most,
    history,
  }: {
    readonly window: Window;
    readonly size: number;
    readonly most: number;
    readonly history: History;
  },
): void {
  const { count, from } = readCount(section);
  const end = window.position + most;
  let taken = 0;
  if (count > 0) {
    const { tables, rest } = readTables(section.subarray(from), history);
    history.tables = tables;
    const [literalTable, offsetTable, matchTable] = tables;
    const bits = backwardBits(rest);
    let literalState = bits.take(literalTable.log);
    let offsetState = bits.take(offsetTable.log);
    let matchState = bits.take(matchTable.log);
    const { bytes, start } = window;
    let at = window.position;
    for (let left = count; left > 0; left--) {
      const offsetCode = offsetTable.symbols[offsetState]!;
      const matchCode = matchTable.symbols[matchState]!;
      const literalCode = literalTable.symbols[literalState]!;
      const value = 2 ** offsetCode + takeLong(bits, offsetCode);
      const match = matchBase[matchCode]! + bits.take(matchBits[matchCode]!);
      const literal = literalBase[literalCode]! + bits.take(literalBits[literalCode]!);
      if (left > 1) {
        literalState = literalTable.base[literalState]! + bits.take(literalTable.bits[literalState]!);
        matchState = matchTable.base[matchState]! + bits.take(matchTable.bits[matchState]!);
        offsetState = offsetTable.base[offsetState]! + bits.take(offsetTable.bits[offsetState]!);
      }
      const offset = offsetFor(value, literal, history.offsets);
      if (literal > literals.length - taken || literal + match > end - at) throw tooLong();
      for (const stop = taken + literal; taken < stop;) bytes[at++] = literals[taken++]!;
      if (offset === 0 || offset > at - start || offset > size) throw new Damage("repeats what is not there");
      if (match > worthACall && offset >= match) {
        bytes.copyWithin(at, at - offset, at - offset + match);
        at += match;
      } else for (const stop = at + match; at < stop; at++) bytes[at] = bytes[at - offset]!;
    }
    if (bits.left() !== 0) throw new Damage("has a block with other sequences than it says");
    window.position = at;
  } else if (from !== section.length) throw new Damage("has a block with bytes behind its end");
  if (literals.length - taken > end - window.position) throw tooLong();
  window.bytes.set(literals.subarray(taken), window.position);
  window.position += literals.length - taken;
}

function readCount(section: Uint8Array): { readonly count: number; readonly from: number } {
  const [first = -1, second = 0, third = 0] = section;
  const from = first < 128 ? 1 : first < 255 ? 2 : 3;
  if (section.length < from || first < 0) throw new Damage("has a block that is cut short");
  if (first < 128) return { count: first, from };
  return { count: first < 255 ? (first - 128) * 256 + second : second + third * 256 + 0x7f00, from };
}

function readTables(section: Uint8Array, { tables: before }: History): { tables: Tables; rest: Uint8Array } {
  const [modes = 3] = section;
  if ((modes & 3) !== 0) throw new Damage("has a block that means nothing");
  let rest = section.subarray(1);
  const [one, two, three] = kinds.map(({ common, ...limits }, index) => {
    const mode = (modes >> (6 - index * 2)) & 3;
    if (mode === 0) return common;
    if (mode === 1) {
      const [symbol = 255] = rest;
      if (symbol >= limits.mostSymbols) throw new Damage("has a table of symbols that there are not");
      rest = rest.subarray(1);
      return singleFseTable(symbol);
    }
    if (mode === 2) {
      const { table, used } = readFseTable(rest, limits);
      rest = rest.subarray(used);
      return table;
    }
    const again = before?.[index];
    if (again === undefined)
      throw new Damage("has a block with tables of a block before it, and there is none");
    return again;
  });
  return { tables: [one!, two!, three!], rest };
}

/** Up to 31 bits, more than are read at once. */
function takeLong(bits: ReturnType<typeof backwardBits>, count: number): number {
  if (count <= 24) return bits.take(count);
  const high = bits.take(count - 16);
  return high * 0x10000 + bits.take(16);
}

/** An offset, or which of those that were used last (RFC 8878, 3.1.1.5). */
function offsetFor(value: number, literal: number, last: [number, number, number]): number {
  if (value > 3) {
    [last[2], last[1], last[0]] = [last[1], last[0], value - 3];
    return value - 3;
  }
  const index = value - 1 + (literal === 0 ? 1 : 0);
  if (index === 0) return last[0];
  const offset = index === 3 ? last[0] - 1 : last[index]!;
  if (index > 1) last[2] = last[1];
  last[1] = last[0];
  last[0] = offset;
  return offset;
}

function tooLong(): Damage {
  return new Damage("has a block that is longer than it may be");
}
