import { createHash } from "node:crypto";
import { rest } from "../concurrency.js";
import { tarVersion } from "../tar/header.js";
import type { LayerKeys } from "../cache/layer-cache.js";
import type { Digest } from "../model/oci.js";
import type { Entry } from "../plan/plan.js";

/** Derives the keys, letting the event loop run now and then. Inline content counts by its bytes. */
export async function layerKeys(entries: readonly Entry[]): Promise<LayerKeys> {
  const stamps = createHash("sha256").update(`stamps\0${tarVersion}\0`);
  const numbers = new Float64Array(batch * 4);
  const shape = createHash("sha256").update(`shape\0${tarVersion}\0`);
  let newest = 0;
  for (let from = 0; from < entries.length; from += batch) {
    if (from % (batch * batchesAtOnce) === 0 && from > 0) await rest();
    let shapes = "";
    let sources = "";
    let at = 0;
    for (const entry of entries.slice(from, from + batch)) {
      shapes += shapeOf(entry);
      if (entry.bytes?.type !== "file") continue;
      const { dev, ino, mtime, ctime } = entry.bytes.stamp;
      sources += `${entry.bytes.path}\0`;
      numbers.set([dev, ino, mtime, ctime], at);
      at += 4;
      if (ctime > newest) newest = ctime;
    }
    shape.update(shapes);
    stamps.update(sources).update(numbers.subarray(0, at));
  }
  const inShape = shape.digest("hex");
  return {
    stamps: stamps.update(inShape).digest("hex"),
    shape: inShape,
    newest: Math.floor(newest),
  };
}

/** The key of a packed layer: the tar's digest and everything that decides the compressor's bytes. */
export function packedKey(diffId: Digest, codec: string): string {
  return createHash("sha256").update(`packed\0${diffId}\0${codec}`).digest("hex");
}

/** Strings are hashed by the batch: one call for each entry costs more than the hashing. */
const batch = 512;
/** About ten milliseconds of work. */
const batchesAtOnce = 12;

function shapeOf(entry: Entry): string {
  const { path, type, mode, uid, gid, mtime, size, linkTarget = "" } = entry;
  const inline =
    entry.bytes?.type === "inline" ? createHash("sha256").update(entry.bytes.bytes).digest("hex") : "";
  return `${path}\0${type}\0${mode}\0${uid}\0${gid}\0${mtime}\0${size}\0${linkTarget}\0${inline}\n`;
}
