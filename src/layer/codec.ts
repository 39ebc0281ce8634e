import { combineCrc32, gzipEnd, gzipHeader, gzipSegment, gzipVersion } from "../codec/gzip.js";
import { zstdSegment, zstdVersion } from "../codec/zstd.js";
import { mediaTypes } from "../model/oci.js";
import type { Compression } from "../plan/plan.js";

/** A segment once packed; `crc` is of its raw bytes, 0 where the format has none. */
export interface PackedSegment {
  /** Over memory of its own. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly crc: number;
}

/** How segments become one compressed stream: `begin`, then each segment in order, then `end`. */
export interface Codec {
  readonly mediaType: string;
  /** Everything that decides the bytes: goes into cache keys. */
  id(level: number): string;
  begin(): Uint8Array;
  /** Synchronous: for workers. */
  segment(raw: Uint8Array, level: number): PackedSegment;
  end(total: { readonly crc: number; readonly size: number }): Uint8Array;
  /** The checksum of two stretches joined. */
  joinCrc(before: number, after: number, afterSize: number): number;
}

/** The codec of a compression that compresses. */
export function codecOf(type: Exclude<Compression["type"], "none">): Codec {
  return codecs[type];
}

const nothing = new Uint8Array(0);

const codecs = {
  gzip: {
    mediaType: mediaTypes.layerGzip,
    id: (level) => `gzip-${level} ${gzipVersion(level)}`,
    begin: gzipHeader,
    segment: gzipSegment,
    end: ({ crc, size }) => gzipEnd(crc, size),
    joinCrc: combineCrc32,
  },
  zstd: {
    mediaType: mediaTypes.layerZstd,
    id: (level) => `zstd-${level} ${zstdVersion()}`,
    begin: () => nothing,
    segment: (raw, level) => ({ bytes: zstdSegment(raw, level), crc: 0 }),
    end: () => nothing,
    joinCrc: () => 0,
  },
} satisfies Record<string, Codec>;
