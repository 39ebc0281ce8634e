import { crc32 } from "node:zlib";
import { GantryError } from "../../errors.js";
import { Damage } from "../broken.js";

/** What a block says of itself before its bytes. */
export interface BlockHeader {
  /** How far back its bytes repeat others at most. */
  readonly dictionary: number;
  readonly packed: number | undefined;
  readonly unpacked: number | undefined;
}

/** Reads a block's header, all of it. The only filter that is known is LZMA2, which every archive has. */
export function parseBlockHeader(bytes: Uint8Array, what: string): BlockHeader {
  const end = bytes.length - 4;
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (crc32(bytes.subarray(0, end)) !== view.readUInt32LE(end))
    throw new Damage("has a block's header with a wrong checksum");
  const flags = bytes[1]!;
  if ((flags & 0x3c) !== 0) throw new Damage("has a block's header that means nothing");
  const cursor = { at: 2 };
  const within = bytes.subarray(0, end);
  const packed = (flags & 0x40) === 0 ? undefined : parseNumber(within, cursor);
  const unpacked = (flags & 0x80) === 0 ? undefined : parseNumber(within, cursor);
  const id = parseNumber(within, cursor);
  if (id !== lzma2 || (flags & 3) !== 0) throw unsupportedFilter(id, what);
  const length = parseNumber(within, cursor);
  const dictionary = dictionarySize(within[cursor.at] ?? 255);
  if (length !== 1 || dictionary === undefined)
    throw new Damage("has a block with properties that there are not");
  if (within.subarray(cursor.at + 1).some((byte) => byte !== 0))
    throw new Damage("has a block's header that means nothing");
  if (dictionary <= largestDictionary) return { dictionary, packed, unpacked };
  throw new GantryError(
    "ERR_GANTRY_LIMIT",
    `${what}: its xz stream needs ${dictionary} bytes of memory, ${largestDictionary} are allowed: pack it with a smaller dictionary (xz -9 or less)`,
  );
}

const lzma2 = 0x21;
/** Twice what xz -9 takes. */
const largestDictionary = 128 * 1024 * 1024;

function dictionarySize(bits: number): number | undefined {
  if (bits > 40) return undefined;
  return bits === 40 ? 2 ** 32 - 1 : (2 | (bits & 1)) * 2 ** ((bits >> 1) + 11);
}

/** A number of seven bits a byte, the lowest first; all but the last have their eighth bit. */
export function parseNumber(bytes: Uint8Array, cursor: { at: number }): number {
  let value = 0;
  for (let index = 0; index < 9; index++) {
    const byte = bytes[cursor.at++];
    if (byte === undefined) break;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte >= 0x80) continue;
    if ((byte === 0 && index > 0) || !Number.isSafeInteger(value)) break;
    return value;
  }
  throw new Damage("has a number that is none");
}

function unsupportedFilter(id: number, what: string): GantryError {
  const names: Readonly<Record<number, string>> = {
    3: "delta",
    4: "x86",
    5: "PowerPC",
    7: "ARM",
    10: "ARM64",
  };
  const name = names[id] ?? `0x${id.toString(16)}`;
  return new GantryError(
    "ERR_GANTRY_UNSUPPORTED",
    `${what}: its xz stream goes through a filter for other files than archives (${name}): pack it with plain xz`,
  );
}
