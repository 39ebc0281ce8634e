import type { Transform } from "node:stream";
import { createGunzip } from "node:zlib";
import { GantryError } from "../errors.js";
import { broken, Damage } from "./broken.js";
import { openInput } from "./input.js";
import type { Packing } from "./broken.js";
import type { Input } from "./input.js";
import { createUnzstd, canWriteZstd } from "./zstd.js";

export type { Packing } from "./broken.js";

/** What to call the stream in errors, and how much may come out of it. */
export interface DecompressOptions {
  /** "layer sha256:1234...". */
  readonly what: string;
  /** The most bytes that may come out. */
  readonly limit?: number | undefined;
  /** The most bytes that may come out for each byte in, looked at once 100 MiB are out. */
  readonly maxRatio?: number | undefined;
  /**
   * Hands everything out that comes before something damaged, for looking at the beginning of what may not be whole;
   * without it less may come, and faster.
   */
  readonly early?: boolean | undefined;
}

/**
 * The bytes behind gzip (RFC 1952), zstd (RFC 8878), bzip2 or xz, told by their first bytes; anything else passes as it
 * is. Any number of members, frames or streams, in any chunks. A stream cut short, a wrong checksum and bytes behind the
 * end are ERR_GANTRY_CONTENT_MISMATCH, too much output is ERR_GANTRY_LIMIT, an xz stream with filters that no archive has
 * ERR_GANTRY_UNSUPPORTED. The input is always read to its end where the output is.
 */
export async function* decompress(
  stream: AsyncIterable<Uint8Array>,
  { what, limit = Number.POSITIVE_INFINITY, maxRatio = 200, early = false }: DecompressOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const input = openInput(stream);
  try {
    let size = 0;
    for await (const chunk of unpack(input, { what, early })) {
      size += chunk.length;
      checkSize(size, input.taken, { what, limit, maxRatio });
      yield chunk;
    }
  } finally {
    await input.close();
  }
}

/** Which packing begins with these bytes (`headLength` are enough). */
export function sniff(head: Uint8Array): Packing {
  const hex = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, headLength)).toString("hex");
  if (hex.startsWith("1f8b")) return "gzip";
  if (hex.startsWith("fd377a585a00")) return "xz";
  // Three letters and a digit may begin a file's name too, and with it a tar.
  if (/^425a683[1-9](314159265359|177245385090)/.test(hex)) return "bzip2";
  const magic = head.length < 4 ? 0 : new DataView(head.buffer, head.byteOffset).getUint32(0, true);
  return magic === zstdMagic || isSkippable(magic) ? "zstd" : "none";
}

const headLength = 10;
const zstdMagic = 0xfd2fb528;
const chunkSize = 128 * 1024;
const ratioGrace = 100 * 1024 * 1024;

/** RFC 8878, 3.1.2: sixteen magic numbers of frames that hold no data. */
function isSkippable(magic: number): boolean {
  return magic >>> 4 === 0x184d2a5;
}

async function* unpack(input: Input, { what, early }: Unpacking): AsyncGenerator<Uint8Array> {
  const packing = sniff(await input.peek(headLength));
  if (packing === "none") return yield* rest(input);
  for (let head = await input.peek(headLength); head.length > 0; head = await input.peek(headLength)) {
    if (sniff(head) !== packing)
      throw broken(what, packing, `has other bytes behind its end, at ${input.taken}`);
    if (packing === "zstd" && head[0] !== 0x28) await skipFrame(input, what);
    else if (packing === "gzip" || (packing === "zstd" && canWriteZstd() && !early))
      yield* decode(input, packing, { what, early });
    else yield* decodeHere(input, packing, what);
  }
}

type Unpacking = Pick<Required<DecompressOptions>, "what"> & { readonly early: boolean };

/** What Node has no decoder for; those are loaded where they are met. */
async function* decodeHere(
  input: Input,
  packing: Exclude<Packing, "none" | "gzip">,
  what: string,
): AsyncGenerator<Uint8Array> {
  try {
    if (packing === "bzip2") yield* (await import("./bzip2/bzip2.js")).unbzip2(input);
    else if (packing === "xz") yield* (await import("./xz/xz.js")).unxz(input, what);
    else yield* (await import("./zstd/zstd.js")).unpackZstdFrame(input);
  } catch (error) {
    throw error instanceof Damage ? broken(what, packing, error.message, error) : error;
  }
}

async function* rest(input: Input): AsyncGenerator<Uint8Array> {
  for (let chunk = await input.take(); chunk !== undefined; chunk = await input.take()) yield chunk;
}

/** Members until the decoder wants no more; what it left of its last chunk goes back to the input. */
async function* decode(
  input: Input,
  packing: "gzip" | "zstd",
  { what, early }: Unpacking,
): AsyncGenerator<Uint8Array> {
  const decoder = packing === "gzip" ? createGunzip({ chunkSize }) : createUnzstd(chunkSize);
  // A decoder that finds damage forgets what it made of the same piece.
  const feeding = feed(decoder, input, early ? 8 : undefined);
  try {
    for await (const chunk of decoder) yield chunk as Uint8Array;
    await feeding;
  } catch (error) {
    if (error instanceof GantryError || !isDecoderError(error)) throw error;
    throw broken(what, packing, `is damaged or cut short near byte ${input.taken} (${error.message})`, error);
  } finally {
    decoder.destroy();
    await feeding.catch(() => undefined);
  }
}

/**
 * Writes one chunk at a time, so that what is left over at the end is a part of the last one. A decoder that met its
 * end within a chunk ends its output; whether it calls back as well depends on Node's version.
 */
async function feed(decoder: Decoder, input: Input, most: number | undefined): Promise<void> {
  let written = 0;
  const over = new Promise<"over">((resolve) => {
    for (const event of ["end", "close", "error"]) decoder.once(event, () => resolve("over"));
  });
  try {
    for (;;) {
      const chunk = await input.take(most);
      if (chunk === undefined) return void decoder.end();
      written += chunk.length;
      const taken = new Promise<"taken">((resolve) => decoder.write(chunk, () => resolve("taken")));
      const ended = (await Promise.race([taken, over])) === "over";
      const left = written - decoder.bytesWritten;
      if (left > 0) input.unread(chunk.subarray(chunk.length - left));
      if (ended || left > 0) return;
    }
  } catch (error) {
    decoder.destroy(error as Error);
    throw error;
  }
}

type Decoder = Transform & { readonly bytesWritten: number };

/** Node's codes for what zlib and zstd say about their input: Z_DATA_ERROR, ZSTD_error_corruption_detected. */
function isDecoderError(error: unknown): error is Error {
  return error instanceof Error && /^(Z_|ZSTD_|ERR_ZSTD)/.test(String((error as NodeJS.ErrnoException).code));
}

/** A skippable frame: its magic, four bytes of length, and what nobody reads. */
async function skipFrame(input: Input, what: string): Promise<void> {
  const head = await input.peek(8);
  if (head.length < 8) throw broken(what, "zstd", "is cut short in a skippable frame");
  let left = 8 + new DataView(head.buffer, head.byteOffset).getUint32(4, true);
  while (left > 0) {
    const chunk = await input.take();
    if (chunk === undefined) throw broken(what, "zstd", "is cut short in a skippable frame");
    if (chunk.length > left) input.unread(chunk.subarray(left));
    left -= Math.min(chunk.length, left);
  }
}

function checkSize(
  size: number,
  taken: number,
  { what, limit, maxRatio }: Omit<Required<DecompressOptions>, "early">,
): void {
  if (size > (limit ?? size)) {
    throw new GantryError("ERR_GANTRY_LIMIT", `${what} unpacks to more than the ${limit} bytes that it may`);
  }
  if (size > ratioGrace && size > taken * (maxRatio ?? size)) {
    const said = `${what} unpacks to more than ${maxRatio} times its size`;
    throw new GantryError(
      "ERR_GANTRY_LIMIT",
      `${said}, as a decompression bomb does: it was not read further`,
    );
  }
}
