import { createCursor, createWriter } from "./record-bytes.js";
import type { FolderInode, Inode } from "./inode.js";
import type { Cursor, Writer } from "./record-bytes.js";

/** The format below: a tree that is kept in another one is listed anew. */
export const recordVersion = "1";

/**
 * A tree in bytes, about ten for each file beside its name: folders with the number of their names, each name before its
 * inode, an inode as its type and what belongs to it. To be compressed: attributes are alike.
 */
export function encodeRoot(root: FolderInode): Uint8Array {
  const writer = createWriter();
  writeInode(writer, root);
  return writer.bytes();
}

/** The tree again; undefined for bytes that are none. */
export function decodeRoot(bytes: Uint8Array): FolderInode | undefined {
  try {
    const cursor = createCursor(bytes);
    const root = readInode(cursor);
    return root.type === "directory" && cursor.isAtEnd() ? root : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

const types = ["file", "directory", "symlink", "other"] as const;
/** The type of a file whose bytes follow. */
const fileWithBytes = types.length;

function writeInode(to: Writer, inode: Inode): void {
  const bytes = inode.type === "file" && inode.bytes?.type === "inline" ? inode.bytes.bytes : undefined;
  to.number(bytes === undefined ? types.indexOf(inode.type) : fileWithBytes);
  for (const value of [inode.mode, inode.uid, inode.gid]) to.number(value);
  if (inode.type === "symlink") to.text(inode.linkTarget);
  if (inode.type === "file") {
    for (const value of [inode.size, inode.layer, inode.member]) to.number(value);
    if (bytes !== undefined) to.block(bytes);
  }
  if (inode.type !== "directory") return;
  to.number(inode.children.size);
  for (const [name, child] of inode.children) {
    to.text(name);
    writeInode(to, child);
  }
}

function readInode(from: Cursor): Inode {
  const code = from.number();
  const type = code === fileWithBytes ? "file" : types[code];
  const [mode, uid, gid] = [from.number(), from.number(), from.number()];
  switch (type) {
    case "file": {
      const [size, layer, member] = [from.number(), from.number(), from.number()];
      const bytes = code === fileWithBytes ? { type: "inline" as const, bytes: from.block() } : undefined;
      return { type, mode, uid, gid, size, layer, member, bytes };
    }
    case "directory":
      return { type, mode, uid, gid, children: readChildren(from) };
    case "symlink":
      return { type, mode, uid, gid, linkTarget: from.text() };
    case "other":
      return { type, mode, uid, gid };
    default:
      throw new RangeError(`no inode has the type ${code}`);
  }
}

function readChildren(from: Cursor): ReadonlyMap<string, Inode> {
  const children = new Map<string, Inode>();
  for (let left = from.number(); left > 0; left--) {
    const name = from.text();
    children.set(name, readInode(from));
  }
  return children;
}
