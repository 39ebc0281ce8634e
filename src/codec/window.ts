/** Bytes that came out last, which those to come may repeat. */
export interface Window {
  /** Others after `reserve`. */
  bytes: Uint8Array;
  /** Where the next byte goes. */
  position: number;
  /** The first byte that may be repeated, unless it is further back than the window is large. */
  start: number;
  /** What makes a place in `bytes` the number of bytes since the window was opened or emptied. */
  offset: number;
}

/** An empty window. It takes memory as it fills. */
export function openWindow(): Window {
  return { bytes: new Uint8Array(64 * 1024), position: 0, start: 0, offset: 0 };
}

/** Nothing that came before may be repeated. */
export function empty(window: Window): void {
  window.start = window.position;
  window.offset = -window.position;
}

/** Makes room for bytes behind the position; the last `size` ones stay. Twice the size is the most that is taken. */
export function reserve(window: Window, size: number, length: number): void {
  const { bytes, position } = window;
  if (bytes.length - position >= length) return;
  const most = size + Math.max(size, mostAtOnce, length);
  if (bytes.length < most) {
    const larger = new Uint8Array(Math.min(most, Math.max(bytes.length * 2, position + length)));
    larger.set(bytes.subarray(0, position));
    window.bytes = larger;
    if (larger.length - position >= length) return;
  }
  const from = Math.max(0, position - size);
  window.bytes.copyWithin(0, from, position);
  window.position -= from;
  window.start = Math.max(0, window.start - from);
  window.offset += from;
}

const mostAtOnce = 2 * 1024 * 1024;
