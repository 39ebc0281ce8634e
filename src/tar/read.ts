import { GantryError } from "../errors.js";
import { readNumber, readText, tarInvalid } from "./fields.js";
import { paddedSize } from "./header.js";
import { openTarInput } from "./input.js";
import type { TarInput } from "./input.js";
import { parseMember } from "./member.js";
import type { Extras, TarHeader } from "./member.js";
import { parsePax } from "./records.js";
import type { PaxRecords } from "./records.js";
import { expand, readSparse } from "./sparse.js";
import type { SparseFile } from "./sparse.js";

export type { TarHeader } from "./member.js";

/** A member with its body, which can be read once and only until the next member is asked for. */
export interface TarMember {
  readonly header: TarHeader;
  readonly body: AsyncIterable<Uint8Array>;
  /** Where the body begins in the archive, in bytes. */
  readonly bodyOffset: number;
}

/** What to call the archive in errors, and how much of it is read. */
export interface ReadTarOptions {
  readonly what?: string | undefined;
  /** The most members. */
  readonly maxMembers?: number | undefined;
  /**
   * Takes what Go's archive/tar takes, by which docker and BuildKit unpack archives, where it is clear what that means:
   * absolute names and "..", which end at the root, sizes of members without a body, repeated extended headers (the last
   * counts, GNU's before PAX), a file's name with a slash behind it, sparse files. Global headers mean nothing there.
   */
  readonly lenient?: boolean | undefined;
}

/**
 * The members of a tar (ustar, PAX, GNU long names and base-256), from a source that is not trusted. Where readers are
 * known to disagree it throws ERR_GANTRY_TAR_INVALID instead of guessing: checksums, malformed or repeated PAX headers,
 * sizes on members without a body, absolute names and "..", sparse files, names that are not UTF-8. The stream is always
 * read to its end, also behind the end of the archive, so that whoever counts or hashes it sees all of it.
 */
export async function* readTar(
  stream: AsyncIterable<Uint8Array>,
  { what = "the tar", maxMembers = 4_000_000, lenient = false }: ReadTarOptions = {},
): AsyncGenerator<TarMember, void, undefined> {
  const input = openTarInput(stream, what);
  const globals = new Map<string, Uint8Array>();
  try {
    for (let count = 1; ; count++) {
      const found = await readMember(input, { globals, what, lenient });
      if (found === undefined) break;
      if (count > maxMembers) {
        throw new GantryError(
          "ERR_GANTRY_LIMIT",
          `${what} has more than the ${maxMembers} members that it may`,
        );
      }
      const { stored } = found;
      const bodyOffset = input.offset;
      const body = readBody(input, bodyOffset, stored);
      yield {
        header: found.header,
        bodyOffset,
        body: found.pieces === undefined ? body : expand(found, body),
      };
      await skip(input, bodyOffset + paddedSize(stored) - input.offset);
    }
    await input.drain();
  } finally {
    await input.close();
  }
}

const blockSize = 512;
/** The most bytes of a PAX header or a GNU long name. */
const maxExtra = 1024 * 1024;

interface Reading {
  readonly globals: Map<string, Uint8Array>;
  readonly what: string;
  readonly lenient: boolean;
}

/** A member's header, and how much of it is in the archive; with `pieces` it is sparse. */
type Found =
  SparseFile | { readonly header: TarHeader; readonly stored: number; readonly pieces?: undefined };

/** Reads header blocks until one of a member; undefined at the end of the archive. */
async function readMember(input: TarInput, { globals, what, lenient }: Reading): Promise<Found | undefined> {
  const extras: Extras = {};
  for (;;) {
    const where = `${what}, header at byte ${input.offset}`;
    const block = await input.read(blockSize);
    if (block === undefined || isZero(block)) {
      if (block !== undefined) await checkEnd(input, where);
      if (Object.keys(extras).length > 0)
        throw tarInvalid(where, "a member was expected after an extended header");
      return undefined;
    }
    checkSum(block, where);
    const flag = String.fromCharCode(block[156]!);
    if (!"xgLK".includes(flag)) {
      const header = parseMember(block, { extras, globals, at: where, lenient });
      const sparse = lenient ? await readSparse(input, { header, block, pax: extras.pax, where }) : undefined;
      return sparse ?? { header, stored: header.size };
    }
    const bytes = await readExtra(input, readNumber(block.subarray(124, 136), "size", where), where);
    if (flag !== "g") addExtra(extras, flag, bytes, { where, lenient });
    else if (!lenient) addGlobals(globals, parsePax(bytes, where), where);
  }
}

/** Go refuses a zero block that stands alone, GNU tar ends there, others read on. */
async function checkEnd(input: TarInput, where: string): Promise<void> {
  const second = await input.read(blockSize);
  if (second !== undefined && !isZero(second)) {
    throw tarInvalid(where, "a single block of zeros stands between members");
  }
}

function isZero(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}

function checkSum(block: Uint8Array, where: string): void {
  const { unsigned, signed } = sumOf(block);
  const stated = readNumber(block.subarray(148, 156), "checksum", where);
  if (stated === unsigned || stated === signed) return;
  throw tarInvalid(
    where,
    `its checksum is ${stated}, but its bytes give ${unsigned}: it is damaged or not a tar`,
  );
}

/** Whether a file's first 512 bytes are a header of a tar, by their checksum: old archives have no other mark. */
export function isTarHeader(block: Uint8Array): boolean {
  if (block.length < blockSize || isZero(block)) return false;
  const { unsigned, signed } = sumOf(block);
  const field = /^[ \0]*([0-7]+)[ \0]*$/.exec(Buffer.from(block.subarray(148, 156)).toString("latin1"));
  const stated = Number.parseInt(field?.[1] ?? "", 8);
  return stated === unsigned || stated === signed;
}

/** The sum of all bytes with the sum's own field as spaces; historic writers summed signed bytes. */
function sumOf(block: Uint8Array): { readonly unsigned: number; readonly signed: number } {
  let unsigned = 8 * 0x20;
  let signed = unsigned;
  for (let index = 0; index < blockSize; index++) {
    if (index >= 148 && index < 156) continue;
    const byte = block[index]!;
    unsigned += byte;
    signed += byte < 0x80 ? byte : byte - 0x100;
  }
  return { unsigned, signed };
}

/** The body of an extended header. A PAX size before it says nothing of it: its own header does. */
async function readExtra(input: TarInput, size: number, where: string): Promise<Uint8Array> {
  if (size > maxExtra) {
    throw new GantryError(
      "ERR_GANTRY_LIMIT",
      `${where}: an extended header of ${size} bytes is over the ${maxExtra} that it may have`,
    );
  }
  const bytes = await input.read(paddedSize(size));
  if (bytes === undefined) throw tarInvalid(where, "the archive is cut short in an extended header");
  return bytes.subarray(0, size);
}

function addExtra(
  extras: Extras,
  flag: string,
  bytes: Uint8Array,
  { where, lenient }: { readonly where: string; readonly lenient: boolean },
): void {
  const key = flag === "x" ? "pax" : flag === "L" ? "longName" : "longLink";
  if (extras[key] !== undefined && !lenient)
    throw tarInvalid(where, "it repeats an extended header of the same member");
  if (flag === "x") extras.pax = parsePax(bytes, where, { allowSparse: lenient });
  else extras[key as "longName" | "longLink"] = readText(bytes, where);
}

/** Only what changes no name and no length may be said of all members: readers disagree about the rest. */
function addGlobals(globals: Map<string, Uint8Array>, records: PaxRecords, where: string): void {
  for (const [key, value] of records) {
    if (key === "path" || key === "linkpath" || key === "size") {
      throw tarInvalid(where, `a global PAX header must not set ${key}`);
    }
    globals.set(key, value);
  }
}

async function* readBody(input: TarInput, start: number, size: number): AsyncGenerator<Uint8Array> {
  for (let at = start; at < start + size;) {
    if (input.offset !== at) {
      throw new GantryError(
        "ERR_GANTRY_INTERNAL",
        "a tar member's body must be read before the next member is asked for",
      );
    }
    const chunk = await input.some(start + size - at);
    at += chunk.length;
    yield chunk;
  }
}

async function skip(input: TarInput, length: number): Promise<void> {
  for (let left = length; left > 0;) left -= (await input.some(left)).length;
}
