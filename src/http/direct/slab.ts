const smallest = 65_536;
const largest = 524_288;
/** Less room than this is not worth a read of its own. */
const leastRoom = 16_384;

/**
 * Memory that a socket reads into. What was read is handed out as views and never written again, so whoever holds one
 * needs no copy; what is free behind it is filled on, so small packets share a slab.
 */
export interface Slab {
  /** Where the next bytes go; a new slab, 64 to 512 KiB by the number of bytes expected, where this one is full. */
  room(expected: number): Buffer;
  /** The first bytes of that room, which were written. */
  take(length: number): Buffer;
}

export function createSlab(): Slab {
  let memory = Buffer.alloc(0);
  let used = 0;
  return {
    room(expected) {
      if (memory.length - used < leastRoom) {
        memory = Buffer.allocUnsafeSlow(Math.min(largest, Math.max(smallest, expected)));
        used = 0;
      }
      return memory.subarray(used);
    },
    take(length) {
      const view = memory.subarray(used, used + length);
      used += length;
      return view;
    },
  };
}
