import { GantryError } from "../errors.js";

/** Reads a stream in blocks of a wanted length, knowing how far it is. */
export interface TarInput {
  /** Exactly so many bytes; undefined where the stream ended before the first of them. */
  read(length: number): Promise<Uint8Array | undefined>;
  /** The next bytes as they come, at most so many; an end is an error. */
  some(most: number): Promise<Uint8Array>;
  /** Reads and forgets all that is left. */
  drain(): Promise<void>;
  close(): Promise<void>;
  /** Bytes read so far. */
  readonly offset: number;
}

/** Reads a stream as a TarInput; `what` names it in errors. */
export function openTarInput(stream: AsyncIterable<Uint8Array>, what: string): TarInput {
  const iterator = stream[Symbol.asyncIterator]();
  let pending: Uint8Array = new Uint8Array(0);
  let offset = 0;
  const fill = async () => {
    while (pending.length === 0) {
      const next = await iterator.next();
      if (next.done === true) return false;
      pending = next.value;
    }
    return true;
  };
  const take = (most: number) => {
    const taken = pending.subarray(0, most);
    pending = pending.subarray(taken.length);
    offset += taken.length;
    return taken;
  };
  const cutShort = () =>
    new GantryError(
      "ERR_GANTRY_TAR_INVALID",
      `${what} is cut short: it ends within a member, at byte ${offset}`,
    );
  return {
    async read(length) {
      if (pending.length >= length) return take(length);
      if (!(await fill())) return undefined;
      const parts: Uint8Array[] = [];
      for (let left = length; left > 0;) {
        if (!(await fill())) throw cutShort();
        const part = take(left);
        parts.push(part);
        left -= part.length;
      }
      return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    },
    async some(most) {
      if (!(await fill())) throw cutShort();
      return take(most);
    },
    async drain() {
      while (await fill()) take(pending.length);
    },
    async close() {
      await iterator.return?.();
    },
    get offset() {
      return offset;
    },
  };
}
