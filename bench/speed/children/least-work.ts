import { createHash, type Hash } from "node:crypto";
import { closeSync, lstatSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import { gzipSegment } from "../../../src/codec/gzip.js";
import { zstdSegment } from "../../../src/codec/zstd.js";

export type Depth = "list" | "read" | "gzip" | "zstd";

/** Something that one thread does: a folder with all in it, or a stretch of a file. */
interface Unit {
  readonly path: string;
  readonly stretch?: { readonly from: number; readonly length: number };
}

const segmentSize = 1 << 20;

/** What is in a folder, small enough to be shared out: packages, and large files by the MiB. */
export function unitsOf(folder: string): Unit[] {
  return readdirSync(folder).flatMap((name): Unit[] => {
    const path = join(folder, name);
    const stat = lstatSync(path);
    if (stat.isDirectory() && name.startsWith("@")) return unitsOf(path);
    if (!stat.isFile() || stat.size <= segmentSize) return [{ path }];
    return Array.from({ length: Math.ceil(stat.size / segmentSize) }, (_, index) => {
      const from = index * segmentSize;
      return { path, stretch: { from, length: Math.min(segmentSize, stat.size - from) } };
    });
  });
}

/** Takes units until none is left: `next` is what all threads count up. */
export function workOn(units: readonly Unit[], depth: Depth, next: SharedArrayBuffer): void {
  const counter = new Int32Array(next);
  const packer = depth === "list" ? undefined : new Packer(depth);
  for (;;) {
    const unit = units[Atomics.add(counter, 0, 1)];
    if (unit === undefined) break;
    if (unit.stretch === undefined) takeTree(unit.path, packer);
    else packer?.read(unit.path, unit.stretch.from, unit.stretch.length);
  }
  packer?.end();
}

function takeTree(root: string, packer: Packer | undefined): void {
  const paths = [root];
  for (let path = paths.pop(); path !== undefined; path = paths.pop()) {
    const stat = lstatSync(path);
    if (stat.isDirectory()) for (const name of readdirSync(path)) paths.push(`${path}/${name}`);
    else if (stat.isFile()) packer?.read(path, 0, stat.size);
  }
}

/** Reads files into a segment, and hashes and compresses it when it is full. */
class Packer {
  readonly #pack: ((raw: Uint8Array) => Uint8Array) | undefined;
  readonly #segment = Buffer.alloc(segmentSize);
  readonly #raw: Hash = createHash("sha256");
  readonly #packed: Hash = createHash("sha256");
  #filled = 0;

  constructor(depth: Exclude<Depth, "list">) {
    if (depth === "gzip") this.#pack = (raw) => gzipSegment(raw, 1).bytes;
    if (depth === "zstd") this.#pack = (raw) => zstdSegment(raw, 1);
  }

  read(path: string, from: number, length: number): void {
    const fd = openSync(path, "r");
    for (let done = 0; done < length;) {
      const room = Math.min(length - done, segmentSize - this.#filled);
      const read = readSync(fd, this.#segment, this.#filled, room, from + done);
      if (read === 0) break;
      done += read;
      this.#filled += read;
      if (this.#filled === segmentSize) this.#flush();
    }
    closeSync(fd);
  }

  end(): void {
    this.#flush();
    this.#raw.digest();
    this.#packed.digest();
  }

  #flush(): void {
    const raw = this.#segment.subarray(0, this.#filled);
    this.#raw.update(raw);
    if (this.#pack !== undefined) this.#packed.update(this.#pack(raw));
    this.#filled = 0;
  }
}
