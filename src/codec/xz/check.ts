import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { GantryError } from "../../errors.js";
import { crc64, emptyCrc64 } from "./crc64.js";

/** A checksum over a block's bytes in the making. */
export interface Check {
  /** Bytes that it takes. */
  readonly size: number;
  update(bytes: Uint8Array): void;
  digest(): Uint8Array;
}

/** A new checksum of the kind that a stream states (xz file format 1.2, 2.1.1.2). */
export function createCheck(kind: number, what: string): Check {
  if (kind === 0) return { size: 0, update: () => undefined, digest: () => new Uint8Array(0) };
  if (kind === 1) {
    let crc = 0;
    return { size: 4, update: (bytes) => void (crc = crc32(bytes, crc)), digest: () => littleEndian([crc]) };
  }
  if (kind === 4) {
    let crc = emptyCrc64();
    return { size: 8, update: (bytes) => void (crc = crc64(bytes, crc)), digest: () => littleEndian(crc) };
  }
  if (kind === 10) {
    const hash = createHash("sha256");
    return { size: 32, update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
  }
  throw new GantryError(
    "ERR_GANTRY_UNSUPPORTED",
    `${what}: its xz stream has checksums of kind ${kind}, which nobody writes: none, CRC-32, CRC-64 or SHA-256 was expected`,
  );
}

function littleEndian(words: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(words.length * 4);
  words.forEach((word, index) => bytes.writeUInt32LE(word, index * 4));
  return bytes;
}
