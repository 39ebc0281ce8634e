import type { Content } from "../../model/content.js";
import type { IoOptions } from "../../model/events.js";

/** A content taken piece by piece from one reading; only what goes back, or jumps, begins another. */
export interface Pieces {
  /** `length` bytes from `start`; fewer where the content ends. One piece at a time. */
  take(start: number, length: number, signal?: AbortSignal): AsyncGenerator<Uint8Array, void, undefined>;
  /** Ends the reading. */
  close(): Promise<void>;
}

export function cutPieces(content: Content, io: IoOptions): Pieces {
  let reading: AsyncIterator<Uint8Array> | undefined;
  let at = 0;
  let rest: Uint8Array = new Uint8Array();

  const close = async () => {
    const open = reading;
    [reading, rest] = [undefined, new Uint8Array()];
    await open?.return?.();
  };
  const next = async (): Promise<Uint8Array | undefined> => {
    if (rest.length > 0) return rest;
    const { done, value } = await reading!.next();
    return done === true ? undefined : value;
  };
  return {
    close,
    async *take(start, length, signal) {
      if (reading === undefined || at !== start) {
        await close();
        reading = content.open({ ...io, start })[Symbol.asyncIterator]();
        at = start;
      }
      for (let left = length; left > 0;) {
        signal?.throwIfAborted();
        const bytes = await next();
        if (bytes === undefined) return;
        const piece = bytes.subarray(0, left);
        rest = bytes.subarray(piece.length);
        at += piece.length;
        left -= piece.length;
        yield piece;
      }
    },
  };
}
