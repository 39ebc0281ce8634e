/**
 * The bytes over memory that is theirs alone (and may be larger), so that it can be transferred to another thread.
 * Node cuts small Buffers from a shared pool, of poolSize and some padding: those are copied.
 */
export function unpooled(bytes: Buffer): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, length } = bytes;
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength < 2 * Buffer.poolSize)
    return Uint8Array.from(bytes);
  return new Uint8Array(buffer, byteOffset, length);
}
