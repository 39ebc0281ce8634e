import { crc32 } from "node:zlib";
import { Damage } from "../broken.js";
import { parseBlockHeader, parseNumber } from "./block-header.js";
import { createCheck } from "./check.js";
import { read, unpackLzma2 } from "./lzma2.js";
import type { Input } from "../input.js";

/**
 * One xz stream's bytes (xz file format 1.2); the input is left behind it and the zeros that may pad it. Strict: every
 * checksum and length is compared, the index's too. Throws Damage, ERR_GANTRY_UNSUPPORTED for filters but LZMA2 and
 * ERR_GANTRY_LIMIT for dictionaries over 128 MiB.
 */
export async function* unxz(input: Input, what: string): AsyncGenerator<Uint8Array> {
  const start = await read(input, 12);
  const flags = start.subarray(6, 8);
  if (flags[0] !== 0 || flags[1]! > 15 || crc32(flags) !== littleEndian(start, 8))
    throw new Damage("has a header with a wrong checksum");
  const kind = flags[1]!;
  const blocks = createTally();
  for (;;) {
    const [size = 0] = await peek(input, 1);
    if (size === 0) break;
    yield* unpackBlock(input, { headerSize: (size + 1) * 4, kind, what, onEnd: blocks.add });
  }
  const indexSize = await readIndex(input, blocks);
  const end = await read(input, 12);
  if (crc32(end.subarray(4, 10)) !== littleEndian(end, 0) || end[10] !== 0x59 || end[11] !== 0x5a)
    throw new Damage("has an end with a wrong checksum");
  if ((littleEndian(end, 4) + 1) * 4 !== indexSize || end[8] !== flags[0] || end[9] !== flags[1])
    throw new Damage("has an end that does not fit its beginning");
  await skipPadding(input);
}

interface BlockOptions {
  readonly headerSize: number;
  readonly kind: number;
  readonly what: string;
  readonly onEnd: (size: number, unpacked: number) => void;
}

async function* unpackBlock(
  input: Input,
  { headerSize, kind, what, onEnd }: BlockOptions,
): AsyncGenerator<Uint8Array> {
  const header = parseBlockHeader(await read(input, headerSize), what);
  const check = createCheck(kind, what);
  const from = input.taken;
  let unpacked = 0;
  for await (const piece of unpackLzma2(input, header.dictionary)) {
    check.update(piece);
    unpacked += piece.length;
    yield piece;
  }
  const packed = input.taken - from;
  if (packed !== (header.packed ?? packed) || unpacked !== (header.unpacked ?? unpacked))
    throw new Damage("has a block of another length than it says");
  await readZeros(input, -packed & 3);
  const stated = await read(input, check.size);
  if (Buffer.compare(stated, check.digest()) !== 0)
    throw new Damage(`has a block before byte ${input.taken} with a wrong checksum`);
  onEnd(headerSize + packed + check.size, unpacked);
}

/** The blocks that came, for comparing them with the index without keeping them. */
interface Tally {
  add(size: number, unpacked: number): void;
  count(): number;
  checksum(): number;
}

function createTally(): Tally {
  const record = Buffer.alloc(16);
  let [count, crc] = [0, 0];
  return {
    add(size, unpacked) {
      record.writeDoubleLE(size, 0);
      record.writeDoubleLE(unpacked, 8);
      crc = crc32(record, crc);
      count++;
    },
    count: () => count,
    checksum: () => crc,
  };
}

/** The list of blocks behind them; its length. */
async function readIndex(input: Input, blocks: Tally): Promise<number> {
  const listed = createTally();
  let [crc, size] = [0, 0];
  const take = async (length: number) => {
    const bytes = await read(input, length);
    crc = crc32(bytes, crc);
    size += length;
  };
  const number = async () => {
    const bytes = await input.peek(9);
    if (bytes.length < 9 && bytes.every((byte) => byte >= 0x80)) throw new Damage("is cut short");
    const cursor = { at: 0 };
    const value = parseNumber(bytes, cursor);
    await take(cursor.at);
    return value;
  };
  await take(1);
  const count = await number();
  if (count !== blocks.count()) throw new Damage("has an index of another number of blocks");
  for (let left = count; left > 0; left--) listed.add(await number(), await number());
  if (listed.checksum() !== blocks.checksum()) throw new Damage("has an index of other blocks");
  const padding = -size & 3;
  if ((await peek(input, padding)).some((byte) => byte !== 0))
    throw new Damage("has an index that means nothing");
  await take(padding);
  const stated = await read(input, 4);
  if (littleEndian(stated, 0) !== crc) throw new Damage("has an index with a wrong checksum");
  return size + 4;
}

async function readZeros(input: Input, length: number): Promise<void> {
  if ((await read(input, length)).some((byte) => byte !== 0))
    throw new Damage("has bytes where zeros belong");
}

/** Zeros between streams, four at a time. */
async function skipPadding(input: Input): Promise<void> {
  for (let next = await input.peek(4); next.length > 0 && next[0] === 0; next = await input.peek(4)) {
    await readZeros(input, 4);
  }
}

async function peek(input: Input, length: number): Promise<Uint8Array> {
  const bytes = await input.peek(length);
  if (bytes.length < length) throw new Damage("is cut short");
  return bytes;
}

function littleEndian(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(at, true);
}
