/** What one stored block holds at most (RFC 1951 §3.2.4). */
const blockSize = 0xffff;

/** Fewer bytes than this are not worth a look: deflate is done with them at once. */
const worthALook = 1 << 17;

/**
 * Whether deflating the bytes would be wasted time, saving a hundredth at most: they are compressed, encrypted or
 * random already. Decided by the bytes alone, from samples: no byte value is more frequent than others, and hardly a
 * string comes twice within deflate's window. Allocates nothing, and computes in whole numbers, which are the same on
 * every machine.
 */
export function isIncompressible(raw: Uint8Array): boolean {
  return raw.length >= worthALook && isEven(raw) && isUnrepeated(raw);
}

/** The bytes as deflate blocks that store them as they are: none is the last, and the end is on a byte. */
export function storedBlocks(raw: Uint8Array): Uint8Array<ArrayBuffer> {
  const blocks = Math.ceil(raw.length / blockSize);
  const result = new Uint8Array(new ArrayBuffer(raw.length + 5 * blocks));
  const view = new DataView(result.buffer);
  for (let from = 0, to = 0; from < raw.length; from += blockSize) {
    const block = raw.subarray(from, from + blockSize);
    view.setUint16(to + 1, block.length, true);
    view.setUint16(to + 3, ~block.length & 0xffff, true);
    result.set(block, to + 5);
    to += 5 + block.length;
  }
  return result;
}

const counts = new Uint16Array(256);

/**
 * Whether two of 4000 bytes taken all over are hardly more often the same than of random ones: one time in 256, and a
 * tenth more. Such bytes are worth 7.93 bits or more.
 */
function isEven(raw: Uint8Array): boolean {
  counts.fill(0);
  const step = Math.floor(raw.length / 4096) | 1; // odd: in step with no record of 2, 4, 8… bytes
  let taken = 0;
  for (let at = 0; at < raw.length; at += step, taken++) counts[raw[at]!]!++;
  let same = 0;
  for (const count of counts) same += count * (count - 1);
  return 2560 * same < 11 * taken * (taken - 1);
}

/** More than deflate's window of 32 KiB, so that repetitions at any distance it could use show. */
const stretch = 40 << 10;
const slotBits = 15;
const slots = new Int32Array(1 << slotBits);

/** Whether in two stretches four bytes that came before begin at fewer than a hundredth of the places. */
function isUnrepeated(raw: Uint8Array): boolean {
  let repeats = 0;
  for (const from of [raw.length >>> 3, (raw.length >>> 3) * 5]) {
    slots.fill(0);
    let word = 0;
    for (let at = from; at < from + stretch; at++) {
      word = (word << 8) | raw[at]!;
      const slot = Math.imul(word, 0x9e3779b1) >>> (32 - slotBits);
      if (slots[slot] === word) repeats++;
      else slots[slot] = word;
    }
  }
  return 100 * repeats < 2 * stretch;
}
