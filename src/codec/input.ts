/** A stream that can be looked at before it is taken, and given back what was too much. */
export interface Input {
  /** The next bytes without taking them: as many as asked for, fewer only at the end. */
  peek(length: number): Promise<Uint8Array>;
  /** Takes bytes that were looked at: no more than the last peek gave. */
  skip(length: number): void;
  /** The next bytes, as they come, never empty and at most so many; undefined at the end. */
  take(most?: number): Promise<Uint8Array | undefined>;
  /** Puts bytes back before the next ones. */
  unread(bytes: Uint8Array): void;
  /** Bytes taken so far and not put back. */
  readonly taken: number;
  /** Ends the stream underneath; nothing may be taken any more. */
  close(): Promise<void>;
}

/** Reads a stream as an Input. */
export function openInput(stream: AsyncIterable<Uint8Array>): Input {
  const iterator = stream[Symbol.asyncIterator]();
  let pending: Uint8Array = new Uint8Array(0);
  let taken = 0;
  const pull = async () => {
    const next = await iterator.next();
    return next.done === true ? undefined : next.value;
  };
  return {
    async peek(length) {
      if (pending.length >= length) return pending.subarray(0, length);
      const parts = [pending];
      let size = pending.length;
      while (size < length) {
        const next = await pull();
        if (next === undefined) break;
        parts.push(next);
        size += next.length;
      }
      const whole = parts.filter((part) => part.length > 0);
      pending = whole.length === 1 ? whole[0]! : Buffer.concat(whole);
      return pending.subarray(0, length);
    },
    skip(length) {
      pending = pending.subarray(length);
      taken += length;
    },
    async take(most = Number.POSITIVE_INFINITY) {
      let next: Uint8Array | undefined = pending;
      while (next !== undefined && next.length === 0) next = await pull();
      pending = next?.subarray(most) ?? pending;
      taken += Math.min(next?.length ?? 0, most);
      return next?.subarray(0, most);
    },
    unread(bytes) {
      pending = pending.length === 0 ? bytes : Buffer.concat([bytes, pending]);
      taken -= bytes.length;
    },
    get taken() {
      return taken;
    },
    async close() {
      await iterator.return?.();
    },
  };
}
