import { during, GantryError } from "../errors.js";
import { verified } from "../model/digest.js";
import type { OpenOptions } from "../model/content.js";
import type { Descriptor } from "../model/oci.js";

/** Part of a blob's bytes, from wherever a place keeps them. */
export type ReadFrom = (range: {
  readonly start: number;
  readonly signal: AbortSignal | undefined;
}) => AsyncIterable<Uint8Array>;

/**
 * A blob's bytes on their way out of a file. Read from the beginning they are verified, and throw
 * ERR_GANTRY_CONTENT_MISMATCH before the end; read from an offset only their number is known to be right.
 */
export async function* readBlob(
  descriptor: Descriptor,
  {
    label,
    open,
    from,
  }: { readonly label: string; readonly open: OpenOptions | undefined; readonly from: ReadFrom },
): AsyncGenerator<Uint8Array> {
  const { start = 0, signal } = open ?? {};
  const { digest, size } = descriptor;
  if (start > size)
    throw new GantryError(
      "ERR_GANTRY_INTERNAL",
      `${digest} was to be read from ${start}, it has ${size} bytes`,
    );
  const what = `${digest} in ${label}`;
  try {
    const bytes = from({ start, signal });
    if (start === 0) yield* verified(bytes, descriptor, what);
    else yield* counted(bytes, size - start, what);
  } catch (error) {
    signal?.throwIfAborted();
    throw during(`reading ${label}`, error, "ERR_GANTRY_STORE");
  }
}

async function* counted(
  stream: AsyncIterable<Uint8Array>,
  size: number,
  what: string,
): AsyncGenerator<Uint8Array> {
  let received = 0;
  for await (const bytes of stream) {
    received += bytes.length;
    if (received > size) break;
    yield bytes;
  }
  if (received !== size) {
    throw new GantryError(
      "ERR_GANTRY_CONTENT_MISMATCH",
      `${what} is not what its descriptor says: expected ${size} more bytes, got ${received}`,
    );
  }
}
