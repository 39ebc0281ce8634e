import { createHash } from "node:crypto";
import { rest } from "../concurrency.js";
import { digestOf } from "../model/digest.js";
import { formatExtras } from "./entry-extras.js";
import { tarVersion } from "../tar/header.js";
import type { LayerKeys } from "../model/layer-keys.js";
import type { Digest } from "../model/oci.js";
import type { Entry, EntryType, Stamp } from "../plan/plan.js";

/** Derives the keys, letting the event loop run now and then. Inline content counts by its bytes. */
export async function layerKeys(entries: readonly Entry[]): Promise<LayerKeys> {
  const stamps = createHash("sha256").update(`stamps\0${tarVersion}\0`);
  const shape = createHash("sha256").update(`shape\0${tarVersion}\0`);
  const [shapes, seen] = [new Float64Array(batch * 6), new Float64Array(batch * 4)];
  let newest = 0;
  for (let from = 0; from < entries.length; from += batch) {
    if (from % (batch * batchesAtOnce) === 0 && from > 0) await rest();
    let [texts, sources] = ["", ""];
    let [inShapes, inSeen] = [0, 0];
    for (const entry of entries.slice(from, from + batch)) {
      const { path, linkTarget = "", bytes } = entry;
      texts += `${path}\0${linkTarget}\0${bytes?.type === "inline" ? digestOf(bytes.bytes) : ""}\0`;
      const extras = formatExtras(entry);
      // Behind a NUL, as no path begins.
      if (extras !== "") texts += `\0${extras}\0`;
      inShapes = writeShape(shapes, inShapes, entry);
      if (bytes?.type !== "file") continue;
      sources += `${bytes.path}\0${bytes.offset === undefined ? "" : `${bytes.offset}\0`}`;
      inSeen = writeStamp(seen, inSeen, bytes.stamp);
      newest = Math.max(newest, bytes.stamp.ctime);
    }
    // Lengths keep texts and numbers apart.
    shape.update(`${texts.length}\0${texts}`).update(shapes.subarray(0, inShapes));
    stamps.update(`${sources.length}\0${sources}`).update(seen.subarray(0, inSeen));
  }
  const inShape = shape.digest("hex");
  return {
    stamps: stamps.update(inShape).digest("hex"),
    shape: inShape,
    newest: Math.floor(newest),
  };
}

/** Numbers are hashed as numbers: as text they would be most of the time. */
function writeShape(to: Float64Array, at: number, { type, mode, uid, gid, mtime, size }: Entry): number {
  to[at] = entryTypes.indexOf(type);
  to[at + 1] = mode;
  to[at + 2] = uid;
  to[at + 3] = gid;
  to[at + 4] = mtime;
  to[at + 5] = size;
  return at + 6;
}

function writeStamp(to: Float64Array, at: number, { dev, ino, mtime, ctime }: Stamp): number {
  to[at] = dev;
  to[at + 1] = ino;
  to[at + 2] = mtime;
  to[at + 3] = ctime;
  return at + 4;
}

const entryTypes: readonly EntryType[] = [
  "file",
  "directory",
  "symlink",
  "hardlink",
  "char",
  "block",
  "fifo",
];

/** The key of a packed layer: the tar's digest and everything that decides the compressor's bytes. */
export function packedKey(diffId: Digest, codec: string): string {
  return createHash("sha256").update(`packed\0${diffId}\0${codec}`).digest("hex");
}

/** Strings are hashed by the batch: one call for each entry costs more than the hashing. */
const batch = 512;
/** About ten milliseconds of work. */
const batchesAtOnce = 12;
