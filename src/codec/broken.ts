import { GantryError } from "../errors.js";

/** How a stream of bytes is packed. */
export type Packing = "none" | "gzip" | "zstd" | "bzip2" | "xz";

/** The error for a packed stream that is not what it should be; `what` names it, `said` what is wrong with it. */
export function broken(what: string, packing: Packing, said: string, cause?: unknown): GantryError {
  return new GantryError("ERR_GANTRY_CONTENT_MISMATCH", `${what}: its ${packing} stream ${said}`, { cause });
}

/** What a decoder of ours throws where bytes mean nothing: how its stream is, as in "is cut short". */
export class Damage extends Error {}
