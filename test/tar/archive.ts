import { endOfArchive, headerLength, paddedSize, writeHeader } from "../../src/tar/header.js";
import type { TarEntry } from "../../src/tar/header.js";
import { readTar } from "../../src/tar/read.js";
import type { ReadTarOptions, TarHeader } from "../../src/tar/read.js";

/** A member to write: what differs from an empty file of root's. */
export type Member = Partial<Omit<TarEntry, "size">> & { readonly path: string; readonly body?: string };

export function entryOf({ body = "", ...rest }: Member): TarEntry {
  return { type: "file", mode: 0o644, uid: 0, gid: 0, mtime: 0, size: Buffer.byteLength(body), ...rest };
}

export function header(entry: TarEntry): Buffer {
  const target = Buffer.alloc(headerLength(entry));
  writeHeader(target, 0, entry);
  return target;
}

/** A whole archive, by Gantry's writer. */
export function archiveOf(...members: readonly Member[]): Buffer {
  const parts = members.flatMap((member) => [
    header(entryOf(member)),
    padded(Buffer.from(member.body ?? "")),
  ]);
  return Buffer.concat([...parts, endOfArchive]);
}

export function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(paddedSize(bytes.length) - bytes.length)]);
}

/** Fields of a header block as they stand in the archive: anything can be said, the checksum is right unless given. */
export interface RawHeader {
  readonly name?: string | Buffer;
  readonly size?: string | Buffer;
  readonly mode?: string;
  readonly uid?: string | Buffer;
  readonly mtime?: string | Buffer;
  readonly checksum?: string;
  readonly flag?: string;
  readonly link?: string;
  readonly magic?: string;
  readonly prefix?: string;
  /** Both numbers with a byte between them. */
  readonly device?: string;
}

/** One member of a hostile archive: header block and padded body. */
export function raw(fields: RawHeader, body: string | Buffer = ""): Buffer {
  const bytes = Buffer.from(body);
  const block = Buffer.alloc(512);
  const put = (value: string | Buffer, offset: number) =>
    void Buffer.from(value as string, "latin1").copy(block, offset);
  put(fields.name ?? "file", 0);
  put(fields.mode ?? "0000644", 100);
  put(fields.uid ?? "0000000", 108);
  put("0000000", 116);
  put(fields.size ?? bytes.length.toString(8).padStart(11, "0"), 124);
  put(fields.mtime ?? "00000000000", 136);
  put("        ", 148);
  put(fields.flag ?? "0", 156);
  put(fields.link ?? "", 157);
  put(fields.magic ?? "ustar\x0000", 257);
  put(fields.device ?? "", 329);
  put(fields.prefix ?? "", 345);
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(fields.checksum ?? `${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return Buffer.concat([block, padded(bytes)]);
}

/** The body of a PAX header. */
export function pax(records: Readonly<Record<string, string>>): Buffer {
  const lines = Object.entries(records).map(([key, value]) => {
    const rest = Buffer.byteLength(` ${key}=${value}\n`);
    let length = rest;
    while (rest + String(length).length !== length) length = rest + String(length).length;
    return `${length} ${key}=${value}\n`;
  });
  return Buffer.from(lines.join(""));
}

export const end: Buffer = Buffer.from(endOfArchive);

/** A stream in chunks of so many bytes. */
export async function* chunked(bytes: Uint8Array, size: number = bytes.length): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Everything an archive holds; bodies as text. */
export async function membersOf(
  archive: Uint8Array,
  { chunk, ...options }: ReadTarOptions & { readonly chunk?: number } = {},
): Promise<{ header: TarHeader; body: string }[]> {
  const members = [];
  for await (const { header, body } of readTar(chunked(archive, chunk), options)) {
    const parts: Uint8Array[] = [];
    for await (const part of body) parts.push(part);
    members.push({ header, body: Buffer.concat(parts).toString() });
  }
  return members;
}
