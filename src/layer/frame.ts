import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { GantryError } from "../errors.js";
import { paddedSize, writeHeader } from "../tar/header.js";
import type { FileSource } from "../plan/plan.js";
import type { Piece, Segment } from "./segments.js";

/**
 * Writes a segment's bytes into `target` (or a new buffer where it is too small) and returns them. Synchronous: it
 * runs in a worker, or on the main thread for a layer too small to be worth one. Throws ERR_GANTRY_SOURCE_CHANGED
 * where a file is no longer the one that was listed.
 */
export function frameSegment({ pieces, size }: Segment, target?: ArrayBuffer): Buffer {
  const buffer =
    target !== undefined && target.byteLength >= size ? Buffer.from(target, 0, size) : newBuffer(size);
  let offset = 0;
  for (const piece of pieces) {
    const { entry, from, length } = piece;
    if (from === 0) offset = writeHeader(buffer, offset, entry);
    if (length > 0) readPiece(buffer, offset, piece);
    else if (entry.type === "file" && entry.bytes?.type === "file") checkStillEmpty(entry.bytes);
    offset += length;
    if (from + length === entry.size) offset = pad(buffer, offset, paddedSize(entry.size) - entry.size);
  }
  pad(buffer, offset, size - offset);
  return buffer;
}

/** What a buffer for a segment has at least, in bytes: room for nearly every segment. */
export const segmentMemory: number = (1 << 20) + (1 << 14);

/** A buffer of its own memory, so that it can be transferred; segments of one layer then share the size. */
function newBuffer(size: number): Buffer {
  return Buffer.from(new ArrayBuffer(Math.max(size, segmentMemory)), 0, size);
}

function pad(buffer: Buffer, offset: number, length: number): number {
  buffer.fill(0, offset, offset + length);
  return offset + length;
}

function readPiece(buffer: Buffer, offset: number, piece: Piece): void {
  const { entry, from, length, inline } = piece;
  if (inline !== undefined) return buffer.set(inline, offset);
  const source = entry.bytes;
  if (source === undefined)
    throw new GantryError("ERR_GANTRY_INTERNAL", `${entry.path} has a size but no content`);
  if (source.type === "inline") buffer.set(source.bytes.subarray(from, from + length), offset);
  else readFilePiece(buffer, offset, piece, source);
}

function readFilePiece(target: Buffer, offset: number, { from, length }: Piece, source: FileSource): void {
  const fd = openSource(source.path);
  const start = (source.offset ?? 0) + from;
  try {
    for (let done = 0; done < length;) {
      const read = readSync(fd, target, offset + done, length - done, start + done);
      if (read === 0) throw changed(source, "it is shorter than when it was listed");
      done += read;
    }
    checkStamp(fd, source);
  } catch (error) {
    throw error instanceof GantryError ? error : unreadable(source.path, error);
  } finally {
    closeSync(fd);
  }
}

/** An empty file is not read, but it may have been filled since it was listed. */
function checkStillEmpty(source: FileSource): void {
  const fd = openSource(source.path);
  try {
    checkStamp(fd, source);
  } finally {
    closeSync(fd);
  }
}

/**
 * After the read, so that a change before, during or between pieces is seen. The change time alone may differ: a new
 * hard link moves it.
 */
function checkStamp(fd: number, source: FileSource): void {
  const now = fstatSync(fd);
  const { dev, ino, size, mtime } = source.stamp;
  if (now.ino !== ino || now.dev !== dev) throw changed(source, "another file has taken its place");
  if (now.size !== size || now.mtimeMs !== mtime) throw changed(source, "it was written to");
}

function openSource(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      throw new GantryError("ERR_GANTRY_SOURCE_CHANGED", `${path} vanished while it was being packed`, {
        cause: error,
      });
    }
    throw unreadable(path, error);
  }
}

function changed(source: FileSource, how: string): GantryError {
  return new GantryError(
    "ERR_GANTRY_SOURCE_CHANGED",
    `${source.path} changed while it was being packed: ${how}; let nothing write to the files during a build`,
  );
}

function unreadable(path: string, error: unknown): GantryError {
  return new GantryError(
    "ERR_GANTRY_SOURCE_UNREADABLE",
    `${path} cannot be read: ${(error as Error).message}`,
    {
      cause: error,
    },
  );
}
