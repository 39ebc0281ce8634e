import { createCursor, createWriter } from "../base-tree/record-bytes.js";
import { isDigest } from "../../model/digest.js";
import type { Cursor, Writer } from "../base-tree/record-bytes.js";
import type { Digest } from "../../model/oci.js";
import type { ListedMember } from "./list-members.js";

/** The format below: an archive that was listed in another one is listed anew. */
export const recordVersion = "1";

/** What is remembered of an archive: its members, and the blob that their bytes are in unless it is the archive itself. */
export interface ArchiveRecord {
  readonly members: readonly ListedMember[];
  readonly content: Digest | undefined;
}

/** An archive's list in bytes. */
export function encodeArchive({ members, content }: ArchiveRecord): Uint8Array {
  const writer = createWriter();
  writer.text(content ?? "");
  for (const member of members) writeMember(writer, member);
  return writer.bytes();
}

/** The list again; undefined for bytes that are none. */
export function decodeArchive(bytes: Uint8Array): ArchiveRecord | undefined {
  try {
    const cursor = createCursor(bytes);
    const content = cursor.text();
    if (content !== "" && !isDigest(content)) return undefined;
    const members: ListedMember[] = [];
    while (!cursor.isAtEnd()) members.push(readMember(cursor));
    return { members, content: content === "" ? undefined : (content as Digest) };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

const types = ["file", "directory", "symlink", "hardlink", "fifo", "char", "block"] as const;

function writeMember(to: Writer, member: ListedMember): void {
  const { path, type, mode, uid, gid, size, linkTarget, device, xattrs = {}, offset, content } = member;
  to.text(path);
  for (const value of [types.indexOf(type), mode, uid, gid]) to.number(value);
  if (type === "symlink" || type === "hardlink") to.text(linkTarget ?? "");
  if (type === "char" || type === "block")
    for (const value of [device!.major, device!.minor]) to.number(value);
  if (type === "file") {
    for (const value of [size, offset]) to.number(value);
    to.text(content ?? "");
  }
  const attributes = Object.entries(xattrs);
  to.number(attributes.length);
  for (const [name, value] of attributes) {
    to.text(name);
    to.block(value);
  }
}

function readMember(from: Cursor): ListedMember {
  const path = from.text();
  const [code, mode, uid, gid] = [from.number(), from.number(), from.number(), from.number()];
  const type = types[code];
  if (type === undefined) throw new RangeError(`no member has the type ${code}`);
  const isLink = type === "symlink" || type === "hardlink";
  const link = isLink ? { linkTarget: from.text() } : {};
  const device =
    type === "char" || type === "block" ? { device: { major: from.number(), minor: from.number() } } : {};
  const [size, offset] = type === "file" ? [from.number(), from.number()] : [0, 0];
  const content = type === "file" ? from.text() : "";
  const attributes = Array.from({ length: from.number() }, () => [from.text(), from.block()] as const);
  return {
    path,
    type,
    mode,
    uid,
    gid,
    size,
    offset,
    ...link,
    ...device,
    ...(isDigest(content) ? { content } : {}),
    ...(attributes.length === 0 ? {} : { xattrs: Object.fromEntries(attributes) }),
  };
}
