import { open } from "node:fs/promises";
import { GantryError } from "../../errors.js";
import { unreadable } from "../files.js";
import type { IoOptions } from "../../model/events.js";
import type { FileSource } from "../../plan/plan.js";

/** The bytes of a small listed file, `size` of them. ERR_GANTRY_SOURCE_CHANGED where it is another than was listed. */
export async function readSource(
  { path, stamp, offset = 0 }: FileSource,
  { size, signal }: IoOptions & { readonly size: number },
): Promise<Uint8Array> {
  signal?.throwIfAborted();
  try {
    await using file = await open(path, "r");
    const bytes = Buffer.allocUnsafeSlow(size);
    let read = 0;
    for (let more = 1; more > 0 && read < size; read += more) {
      more = (await file.read(bytes, read, size - read, offset + read)).bytesRead;
    }
    const now = await file.stat();
    const isSame = now.dev === stamp.dev && now.ino === stamp.ino && now.mtimeMs === stamp.mtime;
    if (isSame && now.size === stamp.size && read === size) return bytes;
  } catch (error) {
    signal?.throwIfAborted();
    throw unreadable(path, error);
  }
  throw new GantryError(
    "ERR_GANTRY_SOURCE_CHANGED",
    `${path} changed while the build was planned; let nothing write to the files during a build`,
  );
}
