/** The CRC-64 of ECMA-182, lowest bit first, in two halves: the higher one second. */
export type Crc64 = [low: number, high: number];

const [lowTable, highTable] = [new Uint32Array(256), new Uint32Array(256)];
for (let byte = 0; byte < 256; byte++) {
  let [low, high] = [byte, 0];
  for (let bit = 0; bit < 8; bit++) {
    const isOdd = (low & 1) !== 0;
    low = ((low >>> 1) | (high << 31)) >>> 0;
    high >>>= 1;
    if (isOdd) [low, high] = [(low ^ 0xd7870f42) >>> 0, (high ^ 0xc96c5795) >>> 0];
  }
  lowTable[byte] = low;
  highTable[byte] = high;
}

/** The checksum of nothing. */
export function emptyCrc64(): Crc64 {
  return [0, 0];
}

/** The checksum of what one was made of, and bytes behind it. */
export function crc64(bytes: Uint8Array, before: Crc64): Crc64 {
  let [low, high] = [~before[0], ~before[1]];
  for (let at = 0; at < bytes.length; at++) {
    const index = (low ^ bytes[at]!) & 0xff;
    low = ((low >>> 8) | (high << 24)) ^ lowTable[index]!;
    high = (high >>> 8) ^ highTable[index]!;
  }
  return [~low >>> 0, ~high >>> 0];
}
