import { GantryError } from "../errors.js";
import type { TarEntry } from "./header.js";

/** The most that ustar's fields for ids (seven octal digits) and for sizes and times (eleven) hold. */
export const maxId = 0o7777777;
export const maxOctal11 = 0o77777777777;

/** The length of the PAX records that an entry needs, in bytes without padding. */
export function paxLength(entry: TarEntry): number {
  return paxRecords(entry).reduce((sum, [key, value]) => sum + recordLength(key, value), 0);
}

/** Writes an entry's PAX records at the offset and returns their length in bytes, without padding. */
export function writePax(target: Buffer, offset: number, entry: TarEntry): number {
  let end = offset;
  for (const [key, value] of paxRecords(entry)) {
    end += target.write(`${recordLength(key, value)} ${key}=`, end);
    if (typeof value === "string") end += target.write(value, end);
    else {
      target.set(value, end);
      end += value.length;
    }
    end += target.write("\n", end);
  }
  return end - offset;
}

/** What ustar cannot hold, sorted by key. */
function paxRecords(entry: TarEntry): (readonly [key: string, value: string | Uint8Array])[] {
  checkEntry(entry);
  const { type, mtime, size, uid, gid, linkTarget } = entry;
  const path = type === "directory" ? `${entry.path}/` : entry.path;
  const isLink = type === "symlink" || type === "hardlink";
  const records: [string, string | Uint8Array][] = Object.entries(entry.xattrs ?? {})
    .map(([name, value]): [string, Uint8Array] => [`SCHILY.xattr.${name}`, value])
    .sort(([one], [other]) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
  if (gid > maxId) records.push(["gid", String(gid)]);
  if (isLink && !fitsField(linkTarget!)) records.push(["linkpath", linkTarget!]);
  if (mtime < 0 || mtime > maxOctal11 || !Number.isInteger(mtime)) records.push(["mtime", formatTime(mtime)]);
  if (!fitsField(path)) records.push(["path", path]);
  if (type === "file" && size > maxOctal11) records.push(["size", String(size)]);
  if (uid > maxId) records.push(["uid", String(uid)]);
  return records;
}

/** The whole record's length in bytes, which counts the digits it is written with. */
function recordLength(key: string, value: string | Uint8Array): number {
  const rest = Buffer.byteLength(` ${key}=\n`) + Buffer.byteLength(value);
  const guess = rest + String(rest).length;
  return rest + String(guess).length;
}

function fitsField(text: string): boolean {
  return text.length <= 100 && /^[\x01-\x7f]*$/.test(text);
}

/** Decimal without exponent, to the nanosecond. */
function formatTime(seconds: number): string {
  if (Number.isInteger(seconds)) return String(seconds);
  return seconds.toFixed(9).replace(/0+$/, "").replace(/\.$/, "");
}

function checkEntry({ path, type, mtime, size, uid, gid, linkTarget, device, xattrs = {} }: TarEntry): void {
  const named = JSON.stringify(path);
  if (path === "") throw invalid("a tar entry needs a path, but this one's is empty");
  checkText(path, `the path ${named}`);
  checkCount(uid, `the owner id of ${named}`);
  checkCount(gid, `the group id of ${named}`);
  if (type === "file") checkCount(size, `the size of ${named}`);
  if (device !== undefined) {
    checkDevice(device.major, named);
    checkDevice(device.minor, named);
  }
  for (const name of Object.keys(xattrs)) {
    checkText(name, `the name of an attribute of ${named}`);
    if (name.includes("=")) throw invalid(`an attribute of ${named} must not have "=" in its name: ${name}`);
  }
  if (!(Math.abs(mtime) <= Number.MAX_SAFE_INTEGER)) {
    throw invalid(`the time of ${named} must be in seconds since 1970, but is ${mtime}`);
  }
  if (type === "symlink" || type === "hardlink") {
    if (linkTarget === undefined || linkTarget === "") throw invalid(`the ${type} ${named} needs a target`);
    checkText(linkTarget, `the link target of ${named}`);
  }
}

function checkDevice(number: number, named: string): void {
  if (Number.isInteger(number) && number >= 0 && number <= maxId) return;
  throw invalid(`the device number of ${named} must be a whole number from 0 to ${maxId}, but is ${number}`);
}

function checkText(text: string, what: string): void {
  if (text.includes("\0")) throw invalid(`${what} holds a NUL character, which no tar can hold`);
  // An unpaired surrogate would silently become U+FFFD in the archive.
  if (Buffer.from(text).toString() !== text) throw invalid(`${what} is not valid Unicode`);
}

function checkCount(value: number, what: string): void {
  if (Number.isSafeInteger(value) && value >= 0) return;
  throw invalid(`${what} must be a whole number from 0 to 2^53 - 1, but is ${value}`);
}

function invalid(message: string): GantryError {
  return new GantryError("ERR_GANTRY_TAR_INVALID", message);
}
