/**
 * Where everything lies in the module's one memory, in bytes. Nothing is ever allocated: the size of the memory is
 * fixed, and so is what each call can use.
 */

/** The most input bytes of one call. */
export const maxInput: u32 = 1 << 21;

/** Static tables, filled once. */
export const distanceSymbols: usize = 0x1000; // u8[512]: distance - 1 → symbol, as zlib's _dist_code
export const lengthSymbols: usize = 0x1200; // u8[256]: length - 3 → symbol - 257

/** What is counted in a block. */
export const literalCounts: usize = 0x2000; // u32[288]: literals, end of block, length symbols
export const distanceCounts: usize = 0x2480; // u32[32]
export const lengthCounts: usize = 0x2500; // u32[256]: by length - 3
export const moreCounts: usize = 0x2900; // u32[3][256]: literals at other positions modulo 4

/** The codes of a block: low 16 bits the code, first bit lowest; then its length in bits. */
export const literalCodes: usize = 0x3500; // u32[288]
export const distanceCodes: usize = 0x3980; // u32[32]
export const lengthCodes: usize = 0x3a00; // u32[256]: by length - 3; code and extra bits together: 24 bits, then their number
export const literalLengths: usize = 0x3e00; // u8[288 + 32]: of literals, then of distances, as the header lists them
export const codeLengthCounts: usize = 0x3f80; // u32[19]
export const codeLengthCodes: usize = 0x4000; // u32[19]
export const codeLengthLengths: usize = 0x4060; // u8[19]
export const runs: usize = 0x4100; // u16[320]: the code lengths, run-length coded: symbol, extra bits << 8

/** Room to make a code in. */
export const sorted: usize = 0x4500; // u32[288]
export const scratch: usize = 0x4980; // u32[288]
export const buckets: usize = 0x4e00; // u32[256]
export const lengthNumbers: usize = 0x5200; // u32[64]: how many codes have a length

/** The hash table of positions. */
export const hashBits: u32 = 15;
export const table: usize = 0x8000; // u32[1 << hashBits]

/** The block that is being gathered: its sequences and, in a row, its literals. */
export const maxSequences: u32 = 10000;
export const maxLiterals: u32 = 40000;
export const sequences: usize = table + (4 << 16);
export const literals: usize = sequences + 8 * (maxSequences + 2048);

/** The input, farther from 0 than a distance reaches, so that an empty slot of the table is out of the window. */
export const input: usize = 0x80000;
export const output: usize = input + maxInput + 64;
/** The most output bytes of one call. */
export const maxOutput: u32 = maxInput + (maxInput >> 3);
