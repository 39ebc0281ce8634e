/**
 * Where everything lies in the module's one memory, in bytes. Nothing is allocated: the memory has one size, the same
 * for every input. Its lowest 32 KiB hold no bytes to refer to, so that an empty slot of the hash table, which is
 * position 0, is never within the window.
 */

/** The most input bytes of one call. */
export const maxInput: u32 = 1 << 21;

/** The window: the farthest that a match reaches back (RFC 1951 §2). */
export const maxDistance: u32 = 1 << 15;

/** Filled once. By distance - 1 where that is below 256, else by 256 + (distance - 1) / 128: as in zlib. */
export const distanceSymbols: usize = 0x400; // u8[512]
/** Filled once. By length - 3: the symbol less 257. */
export const lengthSymbols: usize = distanceSymbols + 512; // u8[256]

/** How often symbols occur in a block: literals, end of block, lengths. */
export const literalCounts: usize = lengthSymbols + 256; // u32[288]
export const distanceCounts: usize = literalCounts + 4 * 288; // u32[32]
/** By length - 3, before they are added up by symbol. */
export const lengthCounts: usize = distanceCounts + 4 * 32; // u32[256]
/** Literals at the second, third and fourth of four places, before they are added up. */
export const literalCounts2: usize = lengthCounts + 4 * 256; // u32[256]
export const literalCounts3: usize = literalCounts2 + 4 * 256; // u32[256]
export const literalCounts4: usize = literalCounts3 + 4 * 256; // u32[256]
export const countsEnd: usize = literalCounts4 + 4 * 256;

/** Codes: the bits in the order of the stream, first lowest, in the lower half; their number in the upper half. */
export const literalCodes: usize = countsEnd; // u32[288]
export const distanceCodes: usize = literalCodes + 4 * 288; // u32[32]
export const codeLengthCodes: usize = distanceCodes + 4 * 32; // u32[20]
/** By length - 3: the bits of code and extra bits together, and from bit 24 on their number. */
export const lengthCodes: usize = codeLengthCodes + 4 * 20; // u32[256]

/** Lengths of codes in bits. */
export const literalLengths: usize = lengthCodes + 4 * 256; // u8[288]
export const distanceLengths: usize = literalLengths + 288; // u8[32]
export const codeLengthLengths: usize = distanceLengths + 32; // u8[20]

/** The header's code lengths as symbols (RFC 1951 §3.2.7), each followed by the value of its extra bits. */
export const headerSymbols: usize = codeLengthLengths + 20; // u8[2][320]
export const codeLengthCounts: usize = headerSymbols + 2 * 320; // u32[20]

/** Where a code is made. */
export const sorted: usize = codeLengthCounts + 4 * 20; // u32[288]
export const tree: usize = sorted + 4 * 288; // u32[288]
export const buckets: usize = tree + 4 * 288; // u32[256]
/** How many codes have a length; the next code of a length. */
export const lengthNumbers: usize = buckets + 4 * 256; // u32[64]
export const nextCodes: usize = lengthNumbers + 4 * 64; // u32[64]

/** The last place, by the hash of the bytes that begin there. */
export const hashBits: u32 = 14;
export const hashTable: usize = 0x8000; // u32[1 << hashBits]

/**
 * The block that is being gathered. A sequence is a u32 that tells how many literals come, and a u32 that packs the
 * match behind them: length - 3 in 8 bits, the distance's symbol in 5, its extra bits. Literals lie in a row. A block
 * ends at so many sequences or literals, but a match is never parted: it can be of maxInput, in sequences of 258.
 */
export const maxSequences: u32 = 10000;
export const maxLiterals: u32 = 40000;
export const sequences: usize = hashTable + (4 << hashBits); // u32[2][…]
export const literals: usize = sequences + 8 * (maxSequences + maxInput / 258 + 8); // u8[…]

/** Input and output; eight bytes are read and written at a time, so there is room around them. */
export const input: usize = (literals + maxLiterals + 4096) & ~0xfff;
export const output: usize = input + maxInput + 64;
