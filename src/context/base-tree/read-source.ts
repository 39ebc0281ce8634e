import { open } from "node:fs/promises";
import { GantryError } from "../../errors.js";
import { unreadable } from "../files.js";
import type { IoOptions } from "../../model/events.js";
import type { FileSource } from "../../plan/plan.js";

/** The bytes of a small listed file. ERR_GANTRY_SOURCE_CHANGED where it is another than was listed. */
export async function readSource(
  { path, stamp }: FileSource,
  { signal }: IoOptions = {},
): Promise<Uint8Array> {
  try {
    await using file = await open(path, "r");
    const bytes = await file.readFile({ signal });
    const now = await file.stat();
    const isSame = now.dev === stamp.dev && now.ino === stamp.ino && now.mtimeMs === stamp.mtime;
    if (isSame && bytes.length === stamp.size) return bytes;
  } catch (error) {
    signal?.throwIfAborted();
    throw unreadable(path, error);
  }
  throw new GantryError(
    "ERR_GANTRY_SOURCE_CHANGED",
    `${path} changed while the build was planned; let nothing write to the files during a build`,
  );
}
