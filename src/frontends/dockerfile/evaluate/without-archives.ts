import { closeSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { unreadable } from "../../../context/files.js";
import type { AddInstruction, CopyInstruction } from "../instructions/instruction.js";
import type { CopySource } from "./copy-source.js";
import { unsupported } from "../instructions/invalid.js";

/**
 * The context as an instruction may use it: what BuildKit would unpack is refused rather than copied as it is. What is an
 * archive is told by a file's first bytes, as there, and never by its name.
 */
export function withoutArchives(
  source: CopySource,
  instruction: CopyInstruction | AddInstruction,
  where: { readonly root: string } | { readonly fileAt: FileAt },
): CopySource {
  const unpacks = instruction.type === "ADD" && instruction.unpack !== false;
  const fileAt: FileAt = "root" in where ? async (path) => join(where.root, path) : where.fileAt;
  return {
    ...source,
    async find(pattern) {
      const found = await source.find(pattern);
      if (!unpacks) return found;
      const files = found.filter(({ isDirectory }) => !isDirectory);
      const paths = await Promise.all(files.map(({ path }) => fileAt(path)));
      const archive = files.find((_, at) => paths[at] !== undefined && isArchive(paths[at]));
      if (archive === undefined) return found;
      throw unsupported(
        `ADD ${archive.name}: archives are not unpacked yet; unpack it before and COPY the folder, or COPY it to have it as it is`,
      );
    },
  };
}

/** Where a file of the source is on this machine; undefined where it has no bytes. */
type FileAt = (path: string) => Promise<string | undefined>;

/** How gzip, bzip2, xz and zstd begin. */
const packed = ["1f8b08", "425a68", "fd377a585a00", "28b52ffd"];

/** Whether a file is a tar or is packed: what is packed could be anything, and looking inside is what unpacking would do. */
export function isArchive(path: string): boolean {
  const block = readStart(path);
  const start = block.toString("hex");
  return packed.some((mark) => start.startsWith(mark)) || isTarHeader(block);
}

/** By the checksum, which old archives without a mark have too: the sum of all bytes, its own eight taken for blanks. */
function isTarHeader(block: Buffer): boolean {
  const field = /^ *([0-7]+)[ \0]*$/.exec(block.toString("latin1", 148, 156));
  if (block.length < 512 || field === null) return false;
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  return sum === Number.parseInt(field[1]!, 8);
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
