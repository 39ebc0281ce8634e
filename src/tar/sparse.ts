import { readNumber, rootedPath, tarInvalid } from "./fields.js";
import { paxCount, paxText } from "./records.js";
import type { TarInput } from "./input.js";
import type { TarHeader } from "./member.js";
import type { PaxRecords } from "./records.js";

/** A file of which an archive leaves stretches of zeros out. */
export interface SparseFile {
  /** With the file's whole size. */
  readonly header: TarHeader;
  /** Bytes in the archive, from where the input is now. */
  readonly stored: number;
  /** Where in the file they belong. */
  readonly pieces: readonly Piece[];
}

interface Piece {
  readonly offset: number;
  readonly length: number;
}

interface Member {
  readonly header: TarHeader;
  readonly block: Uint8Array;
  readonly pax: PaxRecords | undefined;
  readonly where: string;
}

/**
 * Reads on where a member is a sparse file, as GNU tar (the type "S") and, in PAX records, bsdtar and GNU tar write them
 * (GNU tar's manual, "Storing Sparse Files": versions 0.1 and 1.0); undefined for other members.
 */
export async function readSparse(input: TarInput, member: Member): Promise<SparseFile | undefined> {
  const { header, block, pax = new Map<string, Uint8Array>(), where } = member;
  if (String.fromCharCode(block[156]!) === "S") {
    const size = readNumber(block.subarray(483, 495), "size", where);
    return checked(
      {
        header: { ...header, size, isSparse: true },
        stored: header.size,
        pieces: await readBlocks(input, member),
      },
      where,
    );
  }
  if (![...pax.keys()].some((key) => key.startsWith("GNU.sparse."))) return undefined;
  const name = paxText(pax, "GNU.sparse.name", where) ?? header.name;
  const named = { ...header, name, path: rootedPath(name, where), isSparse: true };
  const size = paxCount(pax, "GNU.sparse.realsize", where) ?? paxCount(pax, "GNU.sparse.size", where);
  if (size === undefined) throw tarInvalid(where, "a sparse file must state its size");
  if (paxText(pax, "GNU.sparse.major", where) === "1") {
    const from = input.offset;
    const pieces = await readMap(input, header.size, where);
    return checked(
      { header: { ...named, size }, stored: header.size - (input.offset - from), pieces },
      where,
    );
  }
  const map = paxText(pax, "GNU.sparse.map", where);
  if (map === undefined)
    throw tarInvalid(where, "sparse files of this kind are not supported: pack them without holes");
  return checked(
    { header: { ...named, size }, stored: header.size, pieces: paired(map.split(","), where) },
    where,
  );
}

/** GNU's own list: four pieces in the header, and 21 in each block behind it as long as one says that more follow. */
async function readBlocks(input: TarInput, { block, where }: Member): Promise<Piece[]> {
  const pieces = piecesIn(block.subarray(386, 482), where);
  for (let more = block[482] !== 0; more;) {
    const next = await input.read(512);
    if (next === undefined)
      throw tarInvalid(where, "the archive is cut short in a list of a sparse file's pieces");
    pieces.push(...piecesIn(next.subarray(0, 504), where));
    more = next[504] !== 0;
  }
  return pieces;
}

function piecesIn(fields: Uint8Array, where: string): Piece[] {
  const pieces: Piece[] = [];
  for (let at = 0; at < fields.length && fields[at] !== 0; at += 24) {
    const offset = readNumber(fields.subarray(at, at + 12), "piece", where);
    pieces.push({ offset, length: readNumber(fields.subarray(at + 12, at + 24), "piece", where) });
  }
  return pieces;
}

/** The list as lines of numbers before the bytes, in whole blocks. */
async function readMap(input: TarInput, size: number, where: string): Promise<Piece[]> {
  let text = "";
  for (let read = 0; ; read += 512) {
    const block = read < size ? await input.read(512) : undefined;
    if (block === undefined) throw tarInvalid(where, "a sparse file's list of pieces does not end");
    text += Buffer.from(block).toString("latin1");
    const lines = text.split("\n");
    const count = Number(lines[0]);
    if (lines.length > 1 && lines.length > count * 2 + 1) return paired(lines.slice(1, count * 2 + 1), where);
    if (read > longestMap) throw tarInvalid(where, "a sparse file has more pieces than are read");
  }
}

const longestMap = 1024 * 1024;

function paired(numbers: readonly string[], where: string): Piece[] {
  if (numbers.length % 2 !== 0 || numbers.some((text) => !/^[0-9]{1,15}$/.test(text)))
    throw tarInvalid(where, "a sparse file's list of pieces is malformed");
  return Array.from({ length: numbers.length / 2 }, (_, index) => ({
    offset: Number(numbers[index * 2]),
    length: Number(numbers[index * 2 + 1]),
  }));
}

function checked(file: SparseFile, where: string): SparseFile {
  let [end, sum] = [0, 0];
  for (const { offset, length } of file.pieces) {
    if (offset < end) throw tarInvalid(where, "a sparse file's pieces overlap");
    end = offset + length;
    sum += length;
  }
  if (end <= file.header.size && sum === file.stored) return file;
  throw tarInvalid(where, "a sparse file's pieces are not as long as it says");
}

const zeros = new Uint8Array(64 * 1024);

/** The file's bytes, from those that are stored. */
export async function* expand(
  { header, pieces }: SparseFile,
  stored: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let at = 0;
  const gap = function* (to: number) {
    for (; at < to; at += Math.min(zeros.length, to - at)) yield zeros.subarray(0, to - at);
  };
  const left = [...pieces.filter(({ length }) => length > 0)].reverse();
  for await (const chunk of stored) {
    for (let from = 0; from < chunk.length;) {
      const piece = left.at(-1)!;
      if (at < piece.offset) yield* gap(piece.offset);
      const part = chunk.subarray(from, from + piece.offset + piece.length - at);
      yield part;
      from += part.length;
      at += part.length;
      if (at === piece.offset + piece.length) left.pop();
    }
  }
  yield* gap(header.size);
}
