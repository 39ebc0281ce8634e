import { Damage } from "../broken.js";
import { readHuffmanTable, unpackHuffman } from "./huffman.js";
import type { HuffmanTable } from "./huffman.js";

/** The literals of a block, and what comes behind them. */
export interface Literals {
  readonly bytes: Uint8Array;
  readonly rest: Uint8Array;
  /** For blocks to come that use the same codes. */
  readonly table: HuffmanTable | undefined;
}

/** Reads the literals that a block begins with (RFC 8878, 3.1.1.3.1). */
export function readLiterals(block: Uint8Array, before: HuffmanTable | undefined, most: number): Literals {
  const kind = block[0]! & 3;
  return kind < 2 ? plainLiterals(block, kind, before, most) : packedLiterals(block, kind, before, most);
}

function plainLiterals(
  block: Uint8Array,
  kind: number,
  table: HuffmanTable | undefined,
  most: number,
): Literals {
  const format = (block[0]! >> 2) & 3;
  const head = format === 1 ? 2 : format === 3 ? 3 : 1;
  const size = number(block, head) >> (head === 1 ? 3 : 4);
  const taken = kind === 0 ? size : 1;
  checkSizes(size, most, block.length - head - taken);
  const within = block.subarray(head, head + taken);
  const bytes = kind === 0 ? within : new Uint8Array(size).fill(within[0]!);
  return { bytes, rest: block.subarray(head + taken), table };
}

function packedLiterals(
  block: Uint8Array,
  kind: number,
  before: HuffmanTable | undefined,
  most: number,
): Literals {
  const format = (block[0]! >> 2) & 3;
  const [head, bits] = [Math.max(3, format + 2), format < 2 ? 10 : format * 4 + 6];
  const stated = Math.floor(number(block, head) / 16);
  const [size, packed] = [stated % 2 ** bits, Math.floor(stated / 2 ** bits)];
  checkSizes(size, most, block.length - head - packed);
  let source = block.subarray(head, head + packed);
  let table = before;
  if (kind === 2) {
    const read = readHuffmanTable(source);
    source = source.subarray(read.used);
    table = read.table;
  }
  if (table === undefined) throw new Damage("has a block with codes of a block before it, and there is none");
  const bytes = new Uint8Array(size);
  if (format === 0) unpackHuffman(source, table, bytes);
  else unpackFour(source, table, bytes);
  return { bytes, rest: block.subarray(head + packed), table };
}

/** Four streams, behind the lengths of the first three. */
function unpackFour(source: Uint8Array, table: HuffmanTable, target: Uint8Array): void {
  const quarter = (target.length + 3) >> 2;
  if (source.length < 6 || quarter * 3 > target.length) throw new Damage("has literals that are cut short");
  let from = 6;
  for (let stream = 0; stream < 4; stream++) {
    const end = stream === 3 ? source.length : from + source[stream * 2]! + source[stream * 2 + 1]! * 256;
    if (end > source.length) throw new Damage("has literals that are cut short");
    const part = target.subarray(stream * quarter, stream === 3 ? target.length : (stream + 1) * quarter);
    unpackHuffman(source.subarray(from, end), table, part);
    from = end;
  }
}

/** Bytes as one number, the lowest first; five at most. */
function number(bytes: Uint8Array, length: number): number {
  let value = 0;
  for (let at = length - 1; at >= 0; at--) value = value * 256 + (bytes[at] ?? 0);
  return value;
}

function checkSizes(size: number, most: number, left: number): void {
  if (size > most) throw new Damage("has a block that is longer than it may be");
  if (left < 0) throw new Damage("has literals that are cut short");
}
