import * as at from "./layout";
import { putBits, putCode } from "./bits";
import { assignCodes } from "./codes";
import { increment } from "./count";
import { findLengths } from "./huffman";

/** How many lengths the header of the block has: of literals, of distances, of code lengths; where its symbols end. */
let literalNumber: u32 = 0;
let distanceNumber: u32 = 0;
let codeLengthNumber: u32 = 0;
let symbolsEnd: usize = at.headerSymbols;

/** Prepares the header of a block with codes of its own (RFC 1951 §3.2.7), and returns its size in bits. */
export function planHeader(): u32 {
  literalNumber = withoutZeros(at.literalLengths, 286);
  distanceNumber = withoutZeros(at.distanceLengths, 30);
  memory.fill(at.codeLengthCounts, 0, 4 * 20);
  // The two lists are coded as one.
  memory.copy(at.tree, at.literalLengths, literalNumber);
  memory.copy(at.tree + literalNumber, at.distanceLengths, distanceNumber);
  codeRuns(at.tree, at.tree + literalNumber + distanceNumber);
  findLengths(at.codeLengthCounts, 19, 7, at.codeLengthLengths);
  assignCodes(at.codeLengthLengths, 19, at.codeLengthCodes);
  codeLengthNumber = 19;
  while (load<u8>(at.codeLengthLengths + inOrder(codeLengthNumber - 1)) == 0) codeLengthNumber--;
  let size = 14 + 3 * codeLengthNumber;
  for (let symbol = at.headerSymbols; symbol < symbolsEnd; symbol += 2) {
    size += <u32>load<u8>(at.codeLengthLengths + load<u8>(symbol)) + extraBits(load<u8>(symbol));
  }
  return size;
}

/** Writes the header that was planned. */
export function writeHeader(): void {
  putBits((literalNumber - 257) | ((distanceNumber - 1) << 5) | ((codeLengthNumber - 4) << 10), 14);
  for (let i: u32 = 0; i < codeLengthNumber; i++) putBits(load<u8>(at.codeLengthLengths + inOrder(i)), 3);
  for (let symbol = at.headerSymbols; symbol < symbolsEnd; symbol += 2) {
    putCode(load<u32>(at.codeLengthCodes + 4 * <usize>load<u8>(symbol)));
    putBits(load<u8>(symbol, 1), extraBits(load<u8>(symbol)));
  }
}

function withoutZeros(lengths: usize, number: u32): u32 {
  while (load<u8>(lengths + number - 1) == 0) number--;
  return number;
}

/** Code lengths to symbols, runs of equal ones as one. */
function codeRuns(from: usize, to: usize): void {
  symbolsEnd = at.headerSymbols;
  while (from < to) {
    const length = <u32>load<u8>(from);
    let run: u32 = 1;
    while (from + run < to && load<u8>(from + run) == length) run++;
    from += run;
    if (length == 0) run = codeRun(run, 18, 138, 11);
    if (length == 0) run = codeRun(run, 17, 10, 3);
    if (length != 0) run -= putSymbol(length, 0);
    if (length != 0) run = codeRun(run, 16, 6, 3);
    while (run > 0) run -= putSymbol(length, 0);
  }
}

/** As much of a run as the symbol can say; returns the rest. */
function codeRun(run: u32, symbol: u32, most: u32, fewest: u32): u32 {
  while (run >= fewest) {
    const part = min(run, most);
    putSymbol(symbol, part - fewest);
    run -= part;
  }
  return run;
}

function putSymbol(symbol: u32, extra: u32): u32 {
  increment(at.codeLengthCounts, symbol);
  store<u8>(symbolsEnd, <u8>symbol);
  store<u8>(symbolsEnd, <u8>extra, 1);
  symbolsEnd += 2;
  return 1;
}

function extraBits(symbol: u32): u32 {
  if (symbol < 16) return 0;
  return symbol == 18 ? 7 : symbol - 14;
}

/** The order in which code lengths are listed: 16 17 18 0 8 7 9 6 10 5 11 4 12 3 13 2 14 1 15. */
function inOrder(i: u32): u32 {
  if (i < 4) return i < 3 ? 16 + i : 0;
  const step = (i - 4) >> 1;
  return i & 1 ? 7 - step : 8 + step;
}
