import { Damage } from "../broken.js";
import { backwardBits } from "./bits.js";
import { readFseTable } from "./fse.js";

/** Huffman codes by the bits that are ahead (RFC 8878, 4.2). */
export interface HuffmanTable {
  /** How many bits are looked at. */
  readonly log: number;
  readonly symbols: Uint8Array;
  /** How many of them are the code. */
  readonly bits: Uint8Array;
}

const mostBits = 11;

/** Reads the codes of literals; `used` is how many bytes they took. */
export function readHuffmanTable(bytes: Uint8Array): { readonly table: HuffmanTable; readonly used: number } {
  const [head] = bytes;
  if (head === undefined) throw cutShort();
  const count = head - 127;
  const used = 1 + (head < 128 ? head : (count + 1) >> 1);
  const within = bytes.subarray(1, used);
  if (bytes.length < used) throw cutShort();
  return { table: buildTable(head < 128 ? unpackWeights(within) : plainWeights(within, count)), used };
}

function plainWeights(bytes: Uint8Array, count: number): number[] {
  return Array.from({ length: count }, (_, at) =>
    at % 2 === 0 ? bytes[at >> 1]! >> 4 : bytes[at >> 1]! & 15,
  );
}

/** Two states take turns until the bits are used up. */
function unpackWeights(bytes: Uint8Array): number[] {
  const { table, used } = readFseTable(bytes, { mostLog: 6, mostSymbols: 256 });
  const bits = backwardBits(bytes.subarray(used));
  const weights: number[] = [];
  let [state, other] = [bits.take(table.log), bits.take(table.log)];
  if (bits.left() < 0) throw cutShort();
  for (;;) {
    weights.push(table.symbols[state]!);
    state = table.base[state]! + bits.take(table.bits[state]!);
    if (bits.left() < 0) {
      weights.push(table.symbols[other]!);
      return weights;
    }
    if (weights.length > 254) throw new Damage("has more codes than there are bytes");
    [state, other] = [other, state];
  }
}

/** What is missing to a whole is the weight of the last symbol. */
function buildTable(weights: number[]): HuffmanTable {
  if (weights.length > 255 || weights.some((weight) => weight > mostBits))
    throw new Damage("has codes that there are not");
  const sum = weights.reduce((total, weight) => total + ((1 << weight) >> 1), 0);
  const log = 32 - Math.clz32(sum);
  const rest = (1 << log) - sum;
  if (sum === 0 || log > mostBits || (rest & (rest - 1)) !== 0)
    throw new Damage("has codes that do not add up");
  const all = [...weights, 32 - Math.clz32(rest)];
  const [symbols, bits] = [new Uint8Array(1 << log), new Uint8Array(1 << log)];
  let at = 0;
  for (let weight = 1; weight <= log; weight++) {
    all.forEach((each, symbol) => {
      if (each !== weight) return;
      const width = 1 << (weight - 1);
      symbols.fill(symbol, at, at + width);
      bits.fill(log + 1 - weight, at, at + width);
      at += width;
    });
  }
  return { log, symbols, bits };
}

/** Decodes a stream that holds exactly so many symbols as the target does. */
export function unpackHuffman(
  bytes: Uint8Array,
  { log, symbols, bits }: HuffmanTable,
  target: Uint8Array,
): void {
  const stream = backwardBits(bytes);
  for (let at = 0; at < target.length; at++) {
    const ahead = stream.peek(log);
    target[at] = symbols[ahead]!;
    stream.drop(bits[ahead]!);
  }
  if (stream.left() !== 0) throw new Damage("has literals of another length than it says");
}

function cutShort(): Damage {
  return new Damage("has a block that is cut short");
}
