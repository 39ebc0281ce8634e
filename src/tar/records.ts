import { decodeText, tarInvalid } from "./fields.js";

/** The records of a PAX header, by key; of a key given twice the last one counts. */
export type PaxRecords = ReadonlyMap<string, Uint8Array>;

/** Parses "LENGTH KEY=VALUE\n" records (pax(1), "pax Header Block"). Anything malformed is an error: readers differ. */
export function parsePax(
  bytes: Uint8Array,
  where: string,
  { allowSparse = false }: { readonly allowSparse?: boolean } = {},
): PaxRecords {
  const records = new Map<string, Uint8Array>();
  for (let offset = 0; offset < bytes.length;) {
    const space = bytes.indexOf(0x20, offset);
    const digits = Buffer.from(bytes.subarray(offset, Math.max(space, offset))).toString("latin1");
    const end = /^[1-9][0-9]{0,7}$/.test(digits) ? offset + Number(digits) : 0;
    const equals = bytes.indexOf(0x3d, space);
    if (equals <= space + 1 || end <= equals || end > bytes.length || bytes[end - 1] !== 0x0a) {
      throw tarInvalid(where, `its PAX header is malformed at byte ${offset}`);
    }
    records.set(decodeText(bytes.subarray(space + 1, equals), where), bytes.subarray(equals + 1, end - 1));
    offset = end;
  }
  for (const key of records.keys()) {
    if (key.startsWith("GNU.sparse.") && !allowSparse)
      throw tarInvalid(where, "sparse files are not supported in images");
  }
  return records;
}

/**
 * A record as text; undefined where it is missing. An empty one means "as the header says" in pax(1), but GNU tar takes
 * it literally: it is an error.
 */
export function paxText(records: PaxRecords, key: string, where: string): string | undefined {
  const value = records.get(key);
  if (value === undefined) return undefined;
  if (value.length === 0) throw tarInvalid(where, `the PAX record ${key} is empty`);
  if (value.includes(0)) throw tarInvalid(where, `the PAX record ${key} holds a NUL`);
  return decodeText(value, where);
}

/** A record as a whole number from 0 to 2^53 - 1. */
export function paxCount(records: PaxRecords, key: string, where: string): number | undefined {
  const text = paxText(records, key, where);
  if (text === undefined) return undefined;
  const value = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  throw tarInvalid(where, `the PAX record ${key} must be a whole number, but is ${JSON.stringify(text)}`);
}

/** A record as seconds, with a fraction and a sign where it has them. */
export function paxTime(records: PaxRecords, key: string, where: string): number | undefined {
  const text = paxText(records, key, where);
  if (text === undefined) return undefined;
  if (/^-?[0-9]{1,16}(\.[0-9]*)?$/.test(text)) return Number(text);
  throw tarInvalid(
    where,
    `the PAX record ${key} must be a number of seconds, but is ${JSON.stringify(text)}`,
  );
}

/** The extended attributes among the records (SCHILY.xattr.NAME), as bytes; undefined where there are none. */
export function paxXattrs(records: PaxRecords): Readonly<Record<string, Uint8Array>> | undefined {
  const found = [...records].filter(([key]) => key.startsWith(xattrPrefix));
  if (found.length === 0) return undefined;
  const xattrs = Object.create(null) as Record<string, Uint8Array>;
  for (const [key, value] of found) xattrs[key.slice(xattrPrefix.length)] = value;
  return xattrs;
}

const xattrPrefix = "SCHILY.xattr.";
