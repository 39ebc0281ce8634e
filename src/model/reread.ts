import { GantryError } from "../errors.js";

/**
 * Runs what reads a content, and once more where the bytes proved not to be what its descriptor says: a download that
 * was put together from parts of two different answers is whole when it is read anew.
 */
export async function rereading<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isMismatch(error)) throw error;
    return await work();
  }
}

/** Whether a content's bytes were read and were not those of its descriptor. */
export function isMismatch(error: unknown): boolean {
  return error instanceof GantryError && error.code === "ERR_GANTRY_CONTENT_MISMATCH";
}
