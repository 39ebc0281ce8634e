import { Damage } from "../broken.js";
import { openWindow, reserve } from "../window.js";
import { readLiterals } from "./literals.js";
import { runSequences } from "./sequences.js";
import { createXxhash64 } from "./xxhash64.js";
import type { Input } from "../input.js";
import type { HuffmanTable } from "./huffman.js";
import type { History } from "./sequences.js";

/**
 * One zstd frame's bytes (RFC 8878), for a Node that has no zstd; the input is left behind it. Strict: the stated size
 * and the checksum are compared. Throws Damage, also for windows over 128 MiB, as node:zlib does.
 */
export async function* unpackZstdFrame(input: Input): AsyncGenerator<Uint8Array> {
  const { size, unpacked, hasChecksum } = await readHeader(input);
  const window = openWindow();
  const history: History = { tables: undefined, offsets: [1, 4, 8] };
  const hash = hasChecksum ? createXxhash64() : undefined;
  const most = Math.min(size, mostInBlock);
  let [codes, total]: [HuffmanTable | undefined, number] = [undefined, 0];
  for (let isLast = false; !isLast;) {
    const head = littleEndian(await read(input, 3));
    isLast = (head & 1) === 1;
    const [kind, length] = [(head >> 1) & 3, head >> 3];
    if (kind === 3 || length > most) throw new Damage("has a block of no possible kind or length");
    reserve(window, size, most);
    const from = window.position;
    const block = await read(input, kind === 1 ? 1 : length);
    if (kind === 2) {
      if (length < 2) throw new Damage("has a block that is cut short");
      const literals = readLiterals(block, codes, most);
      codes = literals.table;
      runSequences(literals.rest, literals.bytes, { window, size, most, history });
    } else {
      if (kind === 0) window.bytes.set(block, from);
      else window.bytes.fill(block[0]!, from, from + length);
      window.position += length;
    }
    const piece = window.bytes.slice(from, window.position);
    hash?.update(piece);
    total += piece.length;
    if (piece.length > 0) yield piece;
  }
  if (total !== (unpacked ?? total)) throw new Damage("has a frame of another length than it says");
  if (hash === undefined) return;
  if (littleEndian(await read(input, 4)) !== hash.low())
    throw new Damage(`has a frame before byte ${input.taken} with a wrong checksum`);
}

const mostInBlock = 128 * 1024;
const largestWindow = 2 ** 27;

interface FrameHeader {
  /** Of the window. */
  readonly size: number;
  readonly unpacked: number | undefined;
  readonly hasChecksum: boolean;
}

async function readHeader(input: Input): Promise<FrameHeader> {
  const flags = (await read(input, 5))[4]!;
  if ((flags & 8) !== 0) throw new Damage("has a frame that means nothing");
  const isSingle = (flags & 0x20) !== 0;
  const window = isSingle ? undefined : windowSize((await read(input, 1))[0]!);
  const dictionary = littleEndian(await read(input, [0, 1, 2, 4][flags & 3]!));
  if (dictionary !== 0) throw new Damage(`needs the dictionary ${dictionary}, which is not in it`);
  const length = [isSingle ? 1 : 0, 2, 4, 8][flags >> 6]!;
  const stated = littleEndian(await read(input, length)) + (length === 2 ? 256 : 0);
  const unpacked = length === 0 ? undefined : stated;
  const size = window ?? stated;
  if (size > largestWindow)
    throw new Damage(`needs a window of ${size} bytes, which is over ${largestWindow}`);
  return { size, unpacked, hasChecksum: (flags & 4) !== 0 };
}

function windowSize(byte: number): number {
  const base = 2 ** (10 + (byte >> 3));
  return base + (base / 8) * (byte & 7);
}

async function read(input: Input, length: number): Promise<Uint8Array> {
  const bytes = await input.peek(length);
  if (bytes.length < length) throw new Damage("is cut short");
  input.skip(length);
  return bytes;
}

function littleEndian(bytes: Uint8Array): number {
  return bytes.reduceRight((value, byte) => value * 256 + byte, 0);
}
