import { lstatSync } from "node:fs";
import { open } from "node:fs/promises";
import { GantryError } from "../../errors.js";
import { createHasher } from "../../model/digest.js";
import { unreadable } from "../files.js";
import { factsOf } from "../facts.js";
import type { IoOptions } from "../../model/events.js";
import type { Digest } from "../../model/oci.js";
import type { FileSource } from "../../plan/plan.js";

/** A file of this machine, as it is now. */
export function sourceOf(path: string): FileSource {
  try {
    return { type: "file", path, stamp: factsOf(lstatSync(path)) };
  } catch (error) {
    throw unreadable(path, error);
  }
}

const pieceSize = 256 * 1024;

/** All bytes of a file. ERR_GANTRY_SOURCE_CHANGED at their end where it is another than was looked at. */
export async function* readFile(
  { path, stamp }: FileSource,
  { signal }: IoOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  let file;
  try {
    file = await open(path, "r");
  } catch (error) {
    throw unreadable(path, error);
  }
  try {
    for (let at = 0; ;) {
      signal?.throwIfAborted();
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafeSlow(pieceSize), 0, pieceSize, at);
      if (bytesRead === 0) break;
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
    const now = await file.stat();
    const isSame = now.dev === stamp.dev && now.ino === stamp.ino && now.size === stamp.size;
    if (isSame && now.mtimeMs === stamp.mtime) return;
  } catch (error) {
    signal?.throwIfAborted();
    throw unreadable(path, error);
  } finally {
    await file.close();
  }
  throw new GantryError(
    "ERR_GANTRY_SOURCE_CHANGED",
    `${path} changed while it was read; let nothing write to the files during a build`,
  );
}

/** The digest of a file's bytes. */
export async function digestOfFile(source: FileSource, io: IoOptions): Promise<Digest> {
  const hasher = createHasher();
  for await (const bytes of readFile(source, io)) hasher.update(bytes);
  return hasher.digest();
}
