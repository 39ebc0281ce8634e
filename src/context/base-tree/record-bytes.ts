/** Writes numbers, texts and blocks one behind the other. */
export interface Writer {
  /** A whole number from 0 to 2^53 - 1: seven bits a byte, the lowest first, the eighth says that more follow. */
  number(value: number): void;
  /** As UTF-8 behind its length in bytes. */
  text(value: string): void;
  block(value: Uint8Array): void;
  /** All that was written. */
  bytes(): Uint8Array;
}

/** Reads what a Writer wrote. Throws a RangeError where there is something else. */
export interface Cursor {
  number(): number;
  text(): string;
  block(): Uint8Array;
  isAtEnd(): boolean;
}

export function createWriter(): Writer {
  let buffer = Buffer.allocUnsafe(1 << 16);
  let at = 0;
  const reserve = (length: number) => {
    if (at + length <= buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, at + length));
    buffer.copy(larger, 0, 0, at);
    buffer = larger;
  };
  const number = (value: number) => {
    reserve(8);
    let left = value;
    for (; left >= 0x80; left = Math.floor(left / 0x80)) buffer[at++] = (left % 0x80) | 0x80;
    buffer[at++] = left;
  };
  return {
    number,
    text(value) {
      const length = Buffer.byteLength(value);
      number(length);
      reserve(length);
      at += buffer.write(value, at);
    },
    block(value) {
      number(value.length);
      reserve(value.length);
      buffer.set(value, at);
      at += value.length;
    },
    bytes: () => buffer.subarray(0, at),
  };
}

export function createCursor(bytes: Uint8Array): Cursor {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  const number = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 0x80) {
      const byte = buffer[at++];
      if (byte === undefined || factor > 2 ** 49) throw new RangeError(`no number ends at byte ${at}`);
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  const take = () => {
    const length = number();
    const start = at;
    at += length;
    if (at > buffer.length) throw new RangeError(`${length} bytes were expected at byte ${start}`);
    return start;
  };
  return {
    number,
    text() {
      const start = take();
      return buffer.toString("utf8", start, at);
    },
    block() {
      const start = take();
      // Of its own memory: the record around it may go.
      return new Uint8Array(buffer.subarray(start, at));
    },
    isAtEnd: () => at === buffer.length,
  };
}
