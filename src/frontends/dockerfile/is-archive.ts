import { closeSync, openSync, readSync } from "node:fs";
import { unreadable } from "../../context/files.js";
import { sniff, type Packing } from "../../codec/decompress.js";
import { isTarHeader } from "../../tar/read.js";

/** Whether a file is a tar or is packed, by its first bytes: a context that is neither is a Dockerfile. */
export function isArchive(path: string): boolean {
  return archiveKind(readStart(path)) !== undefined;
}

/** What bytes are that no Dockerfile begins with: "tar", or how they are packed. The first 512 are enough. */
export function archiveKind(bytes: Uint8Array): "tar" | Exclude<Packing, "none"> | undefined {
  const packing = sniff(bytes);
  if (packing !== "none") return packing;
  return isTarHeader(bytes) ? "tar" : undefined;
}

function readStart(path: string): Buffer {
  try {
    const file = openSync(path, "r");
    try {
      const bytes = Buffer.alloc(512);
      return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, 0));
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw unreadable(path, error);
  }
}
