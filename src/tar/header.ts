import { maxId, maxOctal11, paxLength, writePax } from "./pax.js";

/** One member of a tar that Gantry writes. A plan's Entry is one. */
export interface TarEntry {
  /** Without leading or trailing slash. */
  readonly path: string;
  readonly type: "file" | "directory" | "symlink" | "hardlink" | "char" | "block" | "fifo";
  /** Permission bits with setuid, setgid and sticky: 0-0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  /** Bytes that follow the header; looked at only where the type is file. */
  readonly size: number;
  /** Of a symlink its text, of a hardlink the path of an earlier member. */
  readonly linkTarget?: string;
  /** Of a char or block device: numbers up to 0o7777777. */
  readonly device?: { readonly major: number; readonly minor: number };
  /** Extended attributes by name. */
  readonly xattrs?: Readonly<Record<string, Uint8Array>>;
}

/** Names the bytes this writer makes: a cache key holds it. Changes whenever the same entry gives other bytes. */
export const tarVersion = "1";

/** What ends a tar: two blocks of zeros. Shared, so write it and never transfer its buffer. */
export const endOfArchive: Uint8Array = new Uint8Array(1024);

/** The bytes a file of this size takes in a tar: up to the next multiple of 512. */
export function paddedSize(size: number): number {
  return Math.ceil(size / blockSize) * blockSize;
}

/** The bytes that writeHeader will write: 512, or at least 1536 where the entry needs a PAX header. */
export function headerLength(entry: TarEntry): number {
  if (isPlain(entry)) return blockSize;
  const length = paxLength(entry);
  return length === 0 ? blockSize : 2 * blockSize + paddedSize(length);
}

/**
 * Writes an entry's header blocks at the offset and returns the offset behind them. The format is POSIX ustar, with a
 * PAX header (pax(1), "x" records sorted by key) for what ustar cannot hold: names and link targets over 100 bytes or
 * not ASCII, sizes from 8 GiB, ids over 0o7777777, times before 1970, with fractions or from 2242. The ustar prefix
 * field is never used: readers disagree about it. ERR_GANTRY_TAR_INVALID names an entry that no tar can hold.
 */
export function writeHeader(target: Buffer, offset: number, entry: TarEntry): number {
  if (isPlain(entry)) return writeBlock(target, offset, entry, entry.path, entry.linkTarget ?? "");
  // A device that needs no records was looked at more closely.
  if (paxLength(entry) === 0) return writeBlock(target, offset, entry, entry.path, entry.linkTarget ?? "");
  const records = offset + blockSize;
  const length = writePax(target, records, entry);
  const end = records + paddedSize(length);
  target.fill(0, records + length, end);
  writeBlock(target, offset, { ...paxHeader, size: length }, paxHeader.path, "");
  return writeBlock(target, end, fallback(entry), asciiField(entry.path), asciiField(entry.linkTarget ?? ""));
}

const blockSize = 512;

/** The header of the records themselves; a reader that knows no PAX makes a small file of it. */
const paxHeader = { path: "PaxHeader", type: "pax", mode: 0o644, uid: 0, gid: 0, mtime: 0 } as const;

const typeFlags = {
  file: 0x30,
  hardlink: 0x31,
  symlink: 0x32,
  char: 0x33,
  block: 0x34,
  directory: 0x35,
  fifo: 0x36,
  pax: 0x78,
} as const;

type BlockEntry = Omit<TarEntry, "type" | "linkTarget"> & { readonly type: keyof typeof typeFlags };

/** What all blocks have in common: numbers of zeros, a checksum of spaces, magic, version and no device. */
const template = Buffer.alloc(blockSize);
template.write("0000000\x000000000\x000000000\x0000000000000\x0000000000000\x00        ", 100, "latin1");
template.write("ustar\x0000", 257, "latin1");
template.write("0000000\x000000000\x00", 329, "latin1");
const templateSum = template.reduce((sum, byte) => sum + byte, 0);

/** Whether a ustar block alone holds the entry. Whatever is odd answers no: the PAX writer names the fault. */
function isPlain({ path, type, uid, gid, mtime, size, linkTarget, device, xattrs }: TarEntry): boolean {
  const isLink = type === "symlink" || type === "hardlink";
  return (
    isField(path, type === "directory" ? 99 : 100) &&
    (type === "file" ? isOctal(size, maxOctal11) : !isLink || isField(linkTarget ?? "", 100)) &&
    xattrs === undefined &&
    device === undefined &&
    isOctal(uid, maxId) &&
    isOctal(gid, maxId) &&
    isOctal(mtime, maxOctal11)
  );
}

function isField(text: string, room: number): boolean {
  return text.length > 0 && text.length <= room && !beyondAscii.test(text);
}

const beyondAscii = /[^\x01-\x7f]/;

function isOctal(value: number, max: number): boolean {
  return value >= 0 && value <= max && Number.isInteger(value);
}

/** Sums while it writes, so that the checksum costs no second pass. */
function writeBlock(target: Buffer, offset: number, entry: BlockEntry, name: string, link: string): number {
  const { type, mode, uid, gid, mtime } = entry;
  target.set(template, offset);
  let sum = templateSum;
  sum += writeText(target, offset, name);
  if (type === "directory" && name.length < 100) sum += target[offset + name.length] = 0x2f;
  sum += writeOctal(target, offset + 107, mode & 0o7777);
  sum += writeOctal(target, offset + 115, uid);
  sum += writeOctal(target, offset + 123, gid);
  if (type === "file" || type === "pax") sum += writeOctal(target, offset + 135, entry.size);
  sum += writeOctal(target, offset + 147, mtime);
  sum += target[offset + 156] = typeFlags[type];
  if (type === "symlink" || type === "hardlink") sum += writeText(target, offset + 157, link);
  if (entry.device !== undefined) {
    sum += writeOctal(target, offset + 336, entry.device.major);
    sum += writeOctal(target, offset + 344, entry.device.minor);
  }
  writeChecksum(target, offset + 148, sum);
  return offset + blockSize;
}

/** Six digits, a NUL and the space that is there. */
function writeChecksum(target: Buffer, offset: number, sum: number): void {
  for (let index = offset; index < offset + 6; index++) target[index] = 0x30;
  writeOctal(target, offset + 6, sum);
  target[offset + 6] = 0;
}

/** Writes characters up to 0xff as bytes and returns their sum. */
function writeText(target: Buffer, offset: number, text: string): number {
  let sum = 0;
  for (let index = 0; index < text.length; index++) sum += target[offset + index] = text.charCodeAt(index);
  return sum;
}

/** Writes digits over the template's zeros, from the right, and returns what they add to the sum. */
function writeOctal(target: Buffer, end: number, value: number): number {
  let sum = 0;
  let index = end;
  let rest = value;
  for (; rest > 0x7fffffff; rest = Math.floor(rest / 8)) sum += writeDigit(target, --index, rest % 8);
  for (; rest > 0; rest >>>= 3) sum += writeDigit(target, --index, rest & 7);
  return sum;
}

function writeDigit(target: Buffer, index: number, digit: number): number {
  target[index] = 0x30 + digit;
  return digit;
}

/** What the ustar block says beside a PAX header: the true value where it fits, else 0, as Go and Python write it. */
function fallback(entry: TarEntry): TarEntry {
  const fitted = (value: number, max: number) => (value >= 0 && value <= max ? Math.floor(value) : 0);
  return {
    ...entry,
    uid: fitted(entry.uid, maxId),
    gid: fitted(entry.gid, maxId),
    mtime: fitted(entry.mtime, maxOctal11),
    size: fitted(entry.size, maxOctal11),
  };
}

/** The first 100 bytes of a name, one character for each byte. */
function asciiField(text: string): string {
  return Buffer.from(text).toString("latin1", 0, 100);
}
