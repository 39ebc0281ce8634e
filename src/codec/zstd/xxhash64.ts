/** XXH64 with the seed 0, of which zstd keeps the lower half. */
export interface Xxhash64 {
  update(bytes: Uint8Array): void;
  /** The lower 32 bits. */
  low(): number;
}

/** A number of 64 bits in two halves. */
type Word = { low: number; high: number };

const prime1 = word(0x9e3779b1, 0x85ebca87);
const prime2 = word(0xc2b2ae3d, 0x27d4eb4f);
const prime3 = word(0x165667b1, 0x9e3779f9);
const prime4 = word(0x85ebca77, 0xc2b2ae63);
const prime5 = word(0x27d4eb2f, 0x165667c5);

const stripe = 32;

export function createXxhash64(): Xxhash64 {
  const lanes = [add(copy(prime1), prime2), copy(prime2), word(0, 0), subtract(prime1)];
  const held = Buffer.alloc(stripe);
  let [filled, total] = [0, 0];

  function mix(bytes: Buffer, at: number): void {
    for (let lane = 0; lane < 4; lane++)
      round(lanes[lane]!, wordAt(bytes, at + lane * 8), wordAt(bytes, at + lane * 8 + 4));
  }

  return {
    update(chunk) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
      total += bytes.length;
      let at = 0;
      if (filled > 0) {
        at = Math.min(stripe - filled, bytes.length);
        bytes.copy(held, filled, 0, at);
        filled += at;
        if (filled < stripe) return;
        mix(held, 0);
      }
      for (; at + stripe <= bytes.length; at += stripe) mix(bytes, at);
      filled = bytes.copy(held, 0, at);
    },
    low: () => finish(lanes, held.subarray(0, filled), total),
  };
}

function finish(lanes: readonly Word[], rest: Buffer, total: number): number {
  const hash = total < stripe ? copy(prime5) : merge(lanes);
  add(hash, word(Math.floor(total / 2 ** 32), total >>> 0));
  let at = 0;
  for (; at + 8 <= rest.length; at += 8) {
    const lane = word(0, 0);
    round(lane, wordAt(rest, at), wordAt(rest, at + 4));
    add(multiply(rotate(exclusive(hash, lane), 27), prime1), prime4);
  }
  if (at + 4 <= rest.length) {
    const lane = multiply(word(0, wordAt(rest, at)), prime1);
    add(multiply(rotate(exclusive(hash, lane), 23), prime2), prime3);
    at += 4;
  }
  for (; at < rest.length; at++) {
    const lane = multiply(word(0, rest[at]!), prime5);
    multiply(rotate(exclusive(hash, lane), 11), prime1);
  }
  multiply(exclusive(hash, shifted(hash, 33)), prime2);
  multiply(exclusive(hash, shifted(hash, 29)), prime3);
  return exclusive(hash, shifted(hash, 32)).low;
}

function merge(lanes: readonly Word[]): Word {
  const hash = word(0, 0);
  [1, 7, 12, 18].forEach((bits, lane) => add(hash, rotate(copy(lanes[lane]!), bits)));
  for (const { low, high } of lanes) {
    const lane = word(0, 0);
    round(lane, low, high);
    add(multiply(exclusive(hash, lane), prime1), prime4);
  }
  return hash;
}

/** Takes eight bytes into a lane. */
function round(lane: Word, low: number, high: number): void {
  const product = timesHigh(low, prime2.low) + Math.imul(low, prime2.high) + Math.imul(high, prime2.low);
  const sum = (lane.low >>> 0) + (Math.imul(low, prime2.low) >>> 0);
  lane.low = sum >>> 0;
  lane.high = (lane.high + product + (sum > 0xffffffff ? 1 : 0)) >>> 0;
  multiply(rotate(lane, 31), prime1);
}

/** Four bytes, the lowest first; Buffer's own reading looks at its arguments each time. */
function wordAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

function word(high: number, low: number): Word {
  return { high: high >>> 0, low: low >>> 0 };
}

function copy({ high, low }: Word): Word {
  return { high, low };
}

/** What is left of 2^64 without the word. */
function subtract({ high, low }: Word): Word {
  return word(low === 0 ? -high : ~high, -low);
}

function add(to: Word, { high, low }: Word): Word {
  const sum = to.low + low;
  to.low = sum >>> 0;
  to.high = (to.high + high + (sum > 0xffffffff ? 1 : 0)) >>> 0;
  return to;
}

function multiply(to: Word, { high, low }: Word): Word {
  const product = timesHigh(to.low, low) + Math.imul(to.low, high) + Math.imul(to.high, low);
  to.low = Math.imul(to.low, low) >>> 0;
  to.high = product >>> 0;
  return to;
}

/** The higher half of the product of two halves. */
function timesHigh(one: number, other: number): number {
  const a = one & 0xffff;
  const b = one >>> 16;
  const c = other & 0xffff;
  const d = other >>> 16;
  const middle = a * d + ((a * c) >>> 16) + b * c;
  return (b * d + Math.floor(middle / 0x10000)) | 0;
}

function rotate(to: Word, bits: number): Word {
  const { high, low } = to;
  to.high = ((high << bits) | (low >>> (32 - bits))) >>> 0;
  to.low = ((low << bits) | (high >>> (32 - bits))) >>> 0;
  return to;
}

function exclusive(to: Word, { high, low }: Word): Word {
  to.high = (to.high ^ high) >>> 0;
  to.low = (to.low ^ low) >>> 0;
  return to;
}

function shifted({ high, low }: Word, bits: number): Word {
  return bits >= 32
    ? { high: 0, low: high >>> (bits - 32) }
    : { high: high >>> bits, low: ((low >>> bits) | (high << (32 - bits))) >>> 0 };
}
