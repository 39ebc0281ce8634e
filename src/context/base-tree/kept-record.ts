import { isDigest } from "../../model/digest.js";
import type { Descriptor } from "../../model/oci.js";

/** The blob that a record names; undefined for a record that names none. */
export function blobOf(record: unknown): Pick<Descriptor, "digest" | "size"> | undefined {
  const { digest, size } = (record ?? {}) as Record<string, unknown>;
  if (typeof digest !== "string" || !isDigest(digest) || typeof size !== "number") return undefined;
  return { digest, size };
}
