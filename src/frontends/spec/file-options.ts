import { GantryError } from "../../errors.js";

/** Reads permission bits: three or four octal digits ("0644", "4755", with a leading 0 or 0o if wanted) or a number 0 to 0o7777. */
export function parseMode(mode: string | number): number {
  if (typeof mode === "number" ? isPermission(mode) : modePattern.test(mode)) {
    return typeof mode === "number" ? mode : Number.parseInt(mode.replace(/^0o/, ""), 8);
  }
  throw new GantryError(
    "ERR_GANTRY_SPEC_INVALID",
    `mode ${JSON.stringify(mode)}: expected permission bits in octal, like "0644" or "0755"`,
  );
}

/** What a mode is as text. */
export const modePattern: RegExp = /^(?:0o?)?[0-7]{3,4}$/;

function isPermission(mode: number): boolean {
  return Number.isInteger(mode) && mode >= 0 && mode <= 0o7777;
}

/** Reads "UID:GID" or "UID", which means the group of the same number; both 0 to 2^31-1, as runtimes take them. */
export function parseOwner(text: string): { readonly uid: number; readonly gid: number } {
  const [uid, gid = uid] = ownerPattern.test(text) ? text.split(":").map(Number) : [];
  if (uid !== undefined && gid !== undefined && uid <= maxId && gid <= maxId) return { uid, gid };
  throw new GantryError(
    "ERR_GANTRY_SPEC_INVALID",
    `owner ${JSON.stringify(text)}: expected "UID:GID" as numbers up to ${maxId}, like "1000:1000"; names are not looked up`,
  );
}

/** What an owner is as text. */
export const ownerPattern: RegExp = /^[0-9]{1,10}(?::[0-9]{1,10})?$/;

const maxId = 2 ** 31 - 1;

/** The most layers that a folder is split into: registries and engines take about 127 in an image. */
export const mostParts: number = 64;

/** Reads a number of layers: whole, 1 to 64. */
export function parseSplit(split: string | number): number {
  const parts = typeof split === "number" ? split : /^\d{1,2}$/.test(split) ? Number(split) : 0;
  if (Number.isInteger(parts) && parts >= 1 && parts <= mostParts) return parts;
  throw new GantryError(
    "ERR_GANTRY_SPEC_INVALID",
    `split ${JSON.stringify(split)}: expected a number of layers, 1 to ${mostParts}`,
  );
}
