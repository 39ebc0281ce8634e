import * as zlib from "node:zlib";
import type { Transform } from "node:stream";
import { GantryError } from "../errors.js";
import { unpooled } from "./unpooled.js";

/**
 * Compresses one stretch into one zstd frame (RFC 8878; synchronous: for workers). Frames joined in order are one
 * stream. The frame is over memory of its own, so that it can be transferred. ERR_GANTRY_UNSUPPORTED where this Node
 * has no zstd.
 */
export function zstdSegment(raw: Uint8Array, level: number): Uint8Array<ArrayBuffer> {
  const { zstdCompressSync, constants } = zstdOf("writing zstd");
  const params = { [constants.ZSTD_c_compressionLevel]: level };
  return unpooled(zstdCompressSync(raw, { params, chunkSize: compressBound(raw.length) }));
}

/** Room for the worst case (zstd.h, ZSTD_COMPRESSBOUND), so that all of the frame comes in one buffer. */
function compressBound(length: number): number {
  return length + (length >>> 8) + 1024;
}

/** Whether this Node has zstd, both ways: from 22.15 and 23.8 on. Without it zstd is read by a decoder of our own. */
export function canWriteZstd(): boolean {
  return "zstdCompressSync" in zlib;
}

/**
 * What decides the compressed bytes, beside level and input: this file, zstd's version and the processor. For cache
 * keys.
 */
export function zstdVersion(): string {
  return `1 node-zstd ${process.versions["zstd"] ?? "none"}/${process.arch}`;
}

/** A stream that decompresses one frame or more, where `canWriteZstd` says that there is one. */
export function createUnzstd(chunkSize: number): Transform & { readonly bytesWritten: number } {
  return zstdOf("reading zstd").createZstdDecompress({ chunkSize });
}

/** The part of node:zlib that Node 20's types do not know. */
interface NodeZstd {
  zstdCompressSync(
    raw: Uint8Array,
    options: { readonly params: Readonly<Record<number, number>>; readonly chunkSize: number },
  ): Buffer;
  createZstdDecompress(options: {
    readonly chunkSize: number;
  }): Transform & { readonly bytesWritten: number };
  readonly constants: { readonly ZSTD_c_compressionLevel: number };
}

function zstdOf(doing: string): NodeZstd {
  if (canWriteZstd()) return zlib as unknown as NodeZstd;
  throw new GantryError(
    "ERR_GANTRY_UNSUPPORTED",
    `${doing} needs Node 22.15 or newer, but this is Node ${process.versions.node}: use a newer Node, or gzip`,
  );
}
