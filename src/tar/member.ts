import { readNumber, readPath, readText, rootedPath, tarInvalid } from "./fields.js";
import { paxCount, paxText, paxTime, paxXattrs } from "./records.js";
import type { PaxRecords } from "./records.js";

/** What a tar says of a member. */
export interface TarHeader {
  /** As the archive has it. */
  readonly name: string;
  /** Without leading "./" or trailing slash; "" is the root folder itself. */
  readonly path: string;
  readonly type: "file" | "directory" | "symlink" | "hardlink" | "fifo" | "char" | "block";
  /** Permission bits with setuid, setgid and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970, with a fraction where the archive has one. */
  readonly mtime: number;
  /** Bytes of the body; 0 unless a file. */
  readonly size: number;
  /** Of a symlink its text, of a hardlink a path in the archive, normalised as `path` is. */
  readonly linkTarget?: string;
  /** Of a char or block device. */
  readonly device?: { readonly major: number; readonly minor: number };
  readonly xattrs?: Readonly<Record<string, Uint8Array>>;
  /** Whether the archive leaves out stretches of zeros; the body has them. */
  readonly isSparse?: boolean;
}

/** What stood before a member's own header: PAX records, GNU's long name and link target. */
export interface Extras {
  pax?: PaxRecords;
  longName?: string;
  longLink?: string;
}

export interface MemberContext {
  readonly extras: Extras;
  readonly globals: PaxRecords;
  /** The archive's name and the place in it, for errors. */
  readonly at: string;
  /** See ReadTarOptions. */
  readonly lenient: boolean;
}

/**
 * Parses a member's header block with what stood before it. Of fields that readers take differently
 * ERR_GANTRY_TAR_INVALID says so.
 */
export function parseMember(block: Uint8Array, { extras, globals, at, lenient }: MemberContext): TarHeader {
  const flag = String.fromCharCode(block[156]!);
  const pax: PaxRecords = new Map([...globals, ...(extras.pax ?? [])]);
  const long = (key: string, gnu: string | undefined, place: string) =>
    lenient && pax.get(key)?.length === 0
      ? gnu
      : oneOf(paxText(pax, key, place), gnu, { where: place, lenient });
  const name = long("path", extras.longName, at) ?? headerName(block, at);
  const where = `${at} (${JSON.stringify(name)})`;
  const path = (lenient ? rootedPath : readPath)(name, where);
  const type = typeOf(flag, name, { where, lenient });
  const link = long("linkpath", extras.longLink, where) ?? readText(block.subarray(157, 257), where);
  const number = (from: number, to: number, what: string) =>
    readNumber(block.subarray(from, to), what, where);
  const xattrs = paxXattrs(pax);
  return {
    name,
    path,
    type,
    mode: number(100, 108, "mode") & 0o7777,
    uid: paxCount(pax, "uid", where) ?? number(108, 116, "owner"),
    gid: paxCount(pax, "gid", where) ?? number(116, 124, "group"),
    mtime: paxTime(pax, "mtime", where) ?? number(136, 148, "time"),
    size: sizeOf(type, number(124, 136, "size"), paxCount(pax, "size", where), { where, lenient }),
    ...(type === "symlink" || type === "hardlink"
      ? { linkTarget: targetOf(type, link, { where, lenient }) }
      : {}),
    ...(type === "char" || type === "block"
      ? { device: { major: number(329, 337, "device"), minor: number(337, 345, "device") } }
      : {}),
    ...(xattrs === undefined ? {} : { xattrs }),
  };
}

const types: Readonly<Record<string, TarHeader["type"]>> = {
  "0": "file",
  "\0": "file",
  "7": "file",
  "1": "hardlink",
  "2": "symlink",
  "3": "char",
  "4": "block",
  "5": "directory",
  "6": "fifo",
};

/** GNU tar prefers the PAX record, Go the long name: only one of them may be there. */
function oneOf(
  pax: string | undefined,
  gnu: string | undefined,
  { where, lenient }: Rules,
): string | undefined {
  if (pax !== undefined && gnu !== undefined && !lenient)
    throw tarInvalid(where, "it has both a PAX and a GNU long name");
  return gnu ?? pax;
}

/** The archive's name and the place in it, for errors, and whether what readers take differently is taken as Go does. */
interface Rules {
  readonly where: string;
  readonly lenient: boolean;
}

const ustarMagic = Buffer.from("ustar\0");

/** The name field, behind the prefix field where the magic is ustar's and not GNU's, which keeps times there. */
function headerName(block: Uint8Array, where: string): string {
  const name = readText(block.subarray(0, 100), where);
  const isUstar = Buffer.from(block.subarray(257, 263)).equals(ustarMagic);
  const prefix = isUstar ? readText(block.subarray(345, 500), where) : "";
  return prefix === "" ? name : `${prefix}/${name}`;
}

function typeOf(flag: string, name: string, { where, lenient }: Rules): TarHeader["type"] {
  if (flag === "S" && lenient) return "file";
  if (flag === "S") throw tarInvalid(where, "sparse files are not supported in images");
  const type = types[flag];
  if (type === undefined)
    throw tarInvalid(where, `members of type ${JSON.stringify(flag)} are not supported`);
  if (!name.endsWith("/") || type !== "file") return type;
  // Before ustar a slash at the end was all that told a folder; of other files readers disagree.
  if (flag === "\0") return "directory";
  if (lenient) return type;
  throw tarInvalid(where, "a file must not have a slash at the end of its name");
}

/** A hardlink may repeat its target's size, which has no body; any other member without a body must say 0. */
function sizeOf(
  type: TarHeader["type"],
  stated: number,
  pax: number | undefined,
  { where, lenient }: Rules,
): number {
  if (type === "file") return pax ?? stated;
  if (lenient) return 0;
  const size = pax ?? (type === "hardlink" ? 0 : stated);
  if (size !== 0) throw tarInvalid(where, `a ${type} has no body, but its size is ${size}`);
  return 0;
}

function targetOf(type: "symlink" | "hardlink", link: string, { where, lenient }: Rules): string {
  if (type === "hardlink") return (lenient ? rootedPath : readPath)(link, `${where}, link target`);
  if (link === "") throw tarInvalid(where, "a symlink needs a target");
  return link;
}
