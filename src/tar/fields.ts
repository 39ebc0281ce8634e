import { posix } from "node:path";
import { GantryError } from "../errors.js";

/** A fault of a tar: `where` names the archive and the place in it. */
export function tarInvalid(where: string, said: string, cause?: unknown): GantryError {
  return new GantryError("ERR_GANTRY_TAR_INVALID", `${where}: ${said}`, { cause });
}

/** The text of a field up to its NUL, as strict UTF-8. */
export function readText(bytes: Uint8Array, where: string): string {
  const end = bytes.indexOf(0);
  return decodeText(end < 0 ? bytes : bytes.subarray(0, end), where);
}

/** Strict UTF-8: other bytes are an error, never U+FFFD. */
export function decodeText(bytes: Uint8Array, where: string): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    const seen = Buffer.from(bytes).toString("latin1");
    throw tarInvalid(where, `the text ${JSON.stringify(seen)} is not UTF-8, which it must be`, cause);
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A number of a header: octal digits between spaces and NULs, or GNU's base-256. Nothing is 0. */
export function readNumber(field: Uint8Array, what: string, where: string): number {
  if ((field[0]! & 0x80) !== 0) return readBase256(field, what, where);
  const text = Buffer.from(field).toString("latin1");
  const digits = /^[ \0]*([0-7]*)[ \0]*$/.exec(text)?.[1];
  if (digits === undefined) {
    throw tarInvalid(where, `its ${what} must be an octal number, but is ${JSON.stringify(text)}`);
  }
  return digits === "" ? 0 : Number.parseInt(digits, 8);
}

/** Two's complement behind a first bit of one. Only times may be negative: GNU tar writes those before 1970 so. */
function readBase256(field: Uint8Array, what: string, where: string): number {
  const negative = (field[0]! & 0x40) !== 0;
  let value = BigInt(field[0]! & 0x3f) - (negative ? 0x40n : 0n);
  for (const byte of field.subarray(1)) value = value * 256n + BigInt(byte);
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw tarInvalid(where, `its ${what} ${value} is too large`);
  if (negative && what !== "time") throw tarInvalid(where, `its ${what} ${value} must not be negative`);
  return number;
}

/** The path that a name leads to from a root that ".." does not leave: "/usr/../../bin/" is "bin", "." is "". */
export function rootedPath(name: string, where: string): string {
  if (name.includes("\0")) throw tarInvalid(where, `the name ${JSON.stringify(name)} holds a NUL`);
  return posix.join("/", name).replace(/^\/+|\/+$/g, "");
}

/** The path in the image that a member's name means: "./usr/bin/" is "usr/bin", "./" and "/" are "" (the root). */
export function readPath(name: string, where: string): string {
  const refused = (reason: string) =>
    tarInvalid(where, `the name ${JSON.stringify(name)} ${reason}: a path within the archive was expected`);
  if (name === "") throw refused("is empty");
  if (name.includes("\0")) throw refused("holds a NUL");
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) throw refused('holds ".."');
  if (name.startsWith("/") && parts.length > 0) throw refused("is absolute");
  // A backslash is a letter of real names (systemd's "system-x\x2dy.slice"), but never a way out on Windows.
  if (/^(\\|[A-Za-z]:[\\/])|(^|[\\/])\.\.($|[\\/])/.test(name))
    throw refused("is absolute or leaves the archive");
  return parts.join("/");
}
