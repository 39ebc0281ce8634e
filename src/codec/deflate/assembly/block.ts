import * as at from "./layout";
import { alignBits, bitAt, bitCount, bitPending, putBits, putBytes, setBits } from "./bits";
import { assignCodes, makeCode } from "./huffman";
import { literalEnd, sequenceEnd } from "./match";

const endOfBlock: u32 = 256;

/** Writes what findSequences gathered, from..to of the input, in the smallest way. */
export function writeBlock(from: usize, to: usize): void {
  countSymbols();
  makeCode(at.literalCounts, 286, 14, at.literalLengths, at.literalCodes);
  let used: u32 = 0;
  for (let s: u32 = 0; s < 30; s++) used += <u32>(load<u32>(at.distanceCounts + (s << 2)) != 0);
  // Two at least, used or not: some decoders refuse fewer.
  for (let s: u32 = 0; s < 2 && used < 2; s++) {
    if (load<u32>(at.distanceCounts + (s << 2)) == 0) {
      store<u32>(at.distanceCounts + (s << 2), 1);
      used++;
    }
  }
  let literalNumber: u32 = 286;
  while (literalNumber > 257 && load<u8>(at.literalLengths + literalNumber - 1) == 0) literalNumber--;
  const distanceLengths = at.literalLengths + literalNumber;
  makeCode(at.distanceCounts, 30, 15, distanceLengths, at.distanceCodes);
  let distanceNumber: u32 = 30;
  while (distanceNumber > 1 && load<u8>(distanceLengths + distanceNumber - 1) == 0) distanceNumber--;
  const runEnd = codeLengths(literalNumber + distanceNumber);
  makeCode(at.codeLengthCounts, 19, 7, at.codeLengthLengths, at.codeLengthCodes);
  let hclen: u32 = 19;
  while (hclen > 4 && load<u8>(at.codeLengthLengths + order(hclen - 1)) == 0) hclen--;
  // sizes
  let extra: u64 = 0;
  for (let s: u32 = 265; s < 285; s++)
    extra += <u64>load<u32>(at.literalCounts + (s << 2)) * ((s - 261) >> 2);
  for (let s: u32 = 4; s < 30; s++) extra += <u64>load<u32>(at.distanceCounts + (s << 2)) * ((s >> 1) - 1);
  let dynamic: u64 = 14 + 3 * hclen;
  for (let p = at.runs; p < runEnd; p += 2) {
    const s = <u32>load<u8>(p);
    dynamic += <u64>load<u8>(at.codeLengthLengths + s) + runExtra(s);
  }
  let fixed: u64 = 0;
  for (let s: u32 = 0; s < literalNumber; s++) {
    const c = <u64>load<u32>(at.literalCounts + (s << 2));
    dynamic += c * load<u8>(at.literalLengths + s);
    fixed += c * fixedLength(s);
  }
  for (let s: u32 = 0; s < distanceNumber; s++) {
    const c = <u64>load<u32>(at.distanceCounts + (s << 2));
    dynamic += c * load<u8>(distanceLengths + s);
    fixed += c * 5;
  }
  const length = to - from;
  const stored: u64 = 8 * (<u64>length + 5 * ((<u64>length + 65534) / 65535));
  const best = dynamic < fixed ? dynamic : fixed;
  if (stored <= best + extra + 3) return writeStored(from, to);
  if (dynamic < fixed) {
    putBits(4, 3);
    writeHeader(literalNumber, distanceNumber, hclen, runEnd);
  } else {
    putBits(2, 3);
    for (let s: u32 = 0; s < 288; s++) store<u8>(at.literalLengths + s, <u8>fixedLength(s));
    assignCodes(at.literalLengths, 288, at.literalCodes);
    memory.fill(at.literalLengths, 5, 30);
    assignCodes(at.literalLengths, 30, at.distanceCodes);
  }
  writeSequences();
}

function fixedLength(s: u32): u32 {
  return s < 144 ? 8 : s < 256 ? 9 : s < 280 ? 7 : 8;
}

function runExtra(s: u32): u32 {
  return s == 16 ? 2 : s == 17 ? 3 : s == 18 ? 7 : 0;
}

function order(i: u32): u32 {
  // 16 17 18 0 8 7 9 6 10 5 11 4 12 3 13 2 14 1 15
  if (i < 3) return 16 + i;
  if (i == 3) return 0;
  const k = i - 4;
  return k & 1 ? 7 - (k >> 1) : 8 + (k >> 1);
}

export function writeStored(from: usize, to: usize): void {
  while (from < to) {
    const length = to - from > 0xffff ? 0xffff : to - from;
    putBits(0, 3);
    alignBits();
    putBits((<u64>length) | ((<u64>(~length & 0xffff)) << 16), 32);
    putBytes(from, length);
    from += length;
  }
}

/** The empty stored block that ends on a byte. */
export function writeFlush(): void {
  putBits(0, 3);
  alignBits();
  putBits(0xffff0000, 32);
}

function writeHeader(literalNumber: u32, distanceNumber: u32, hclen: u32, runEnd: usize): void {
  putBits((literalNumber - 257) | ((distanceNumber - 1) << 5) | ((hclen - 4) << 10), 14);
  for (let i: u32 = 0; i < hclen; i++) putBits(load<u8>(at.codeLengthLengths + order(i)), 3);
  for (let p = at.runs; p < runEnd; p += 2) {
    const s = <u32>load<u8>(p);
    const code = load<u32>(at.codeLengthCodes + (s << 2));
    const n = code >> 16;
    putBits((code & 0xffff) | ((<u32>load<u8>(p, 1)) << n), n + runExtra(s));
  }
}

/** Run-length codes the n code lengths, counting. */
function codeLengths(n: u32): usize {
  memory.fill(at.codeLengthCounts, 0, 19 * 4);
  let out = at.runs;
  let i: u32 = 0;
  while (i < n) {
    const value = <u32>load<u8>(at.literalLengths + i);
    let run: u32 = 1;
    while (i + run < n && load<u8>(at.literalLengths + i + run) == value) run++;
    i += run;
    if (value == 0) {
      while (run >= 3) {
        const k: u32 = run > 138 ? 138 : run;
        out = k < 11 ? putRun(out, 17, k - 3) : putRun(out, 18, k - 11);
        run -= k;
      }
    } else {
      out = putRun(out, value, 0);
      run--;
      while (run >= 3) {
        const k: u32 = run > 6 ? 6 : run;
        out = putRun(out, 16, k - 3);
        run -= k;
      }
    }
    for (; run > 0; run--) out = putRun(out, value, 0);
  }
  return out;
}

function putRun(out: usize, symbol: u32, extra: u32): usize {
  store<u8>(out, <u8>symbol);
  store<u8>(out, <u8>extra, 1);
  const p = at.codeLengthCounts + (symbol << 2);
  store<u32>(p, load<u32>(p) + 1);
  return out + 2;
}

function increment(p: usize): void {
  store<u32>(p, load<u32>(p) + 1);
}

function countSymbols(): void {
  memory.fill(at.literalCounts, 0, at.moreCounts + 3 * 1024 - at.literalCounts);
  let p = at.literals;
  const end = literalEnd;
  for (; p + 8 <= end; p += 8) {
    const v = load<u64>(p);
    increment(at.literalCounts + (((<usize>v) & 255) << 2));
    increment(at.moreCounts + (((<usize>(v >> 8)) & 255) << 2));
    increment(at.moreCounts + 1024 + (((<usize>(v >> 16)) & 255) << 2));
    increment(at.moreCounts + 2048 + (((<usize>(v >> 24)) & 255) << 2));
    increment(at.literalCounts + (((<usize>(v >> 32)) & 255) << 2));
    increment(at.moreCounts + (((<usize>(v >> 40)) & 255) << 2));
    increment(at.moreCounts + 1024 + (((<usize>(v >> 48)) & 255) << 2));
    increment(at.moreCounts + 2048 + (((<usize>(v >> 56)) & 255) << 2));
  }
  for (; p < end; p++) increment(at.literalCounts + ((<usize>load<u8>(p)) << 2));
  for (let i: usize = 0; i < 1024; i += 4) {
    store<u32>(
      at.literalCounts + i,
      load<u32>(at.literalCounts + i) +
        load<u32>(at.moreCounts + i) +
        load<u32>(at.moreCounts + 1024 + i) +
        load<u32>(at.moreCounts + 2048 + i),
    );
  }
  for (let q = at.sequences; q < sequenceEnd; q += 8) {
    const m = load<u32>(q, 4);
    increment(at.lengthCounts + ((m & 255) << 2));
    increment(at.distanceCounts + (((m >> 8) & 31) << 2));
  }
  for (let i: usize = 0; i < 256; i++) {
    const s = at.literalCounts + ((257 + <usize>load<u8>(at.lengthSymbols + i)) << 2);
    store<u32>(s, load<u32>(s) + load<u32>(at.lengthCounts + (i << 2)));
  }
  store<u32>(at.literalCounts + (endOfBlock << 2), 1);
}

function prepareLengths(): void {
  for (let i: u32 = 0; i < 256; i++) {
    const s = <u32>load<u8>(at.lengthSymbols + i);
    const code = load<u32>(at.literalCodes + ((257 + s) << 2));
    const n = code >> 16;
    const extraBits: u32 = s < 8 || s == 28 ? 0 : (s - 4) >> 2;
    const extra = i & ((1 << extraBits) - 1);
    store<u32>(at.lengthCodes + (i << 2), (code & 0xffff) | (extra << n) | ((n + extraBits) << 24));
  }
}

function codeOf(byte: usize): u64 {
  return <u64>load<u32>(at.literalCodes + (byte << 2));
}

function writeSequences(): void {
  prepareLengths();
  let out = bitAt();
  let bits = bitPending();
  let count = bitCount();
  let literal = at.literals;
  for (let q = at.sequences; q <= sequenceEnd; q += 8) {
    let n = load<u32>(q);
    for (; n >= 4; n -= 4) {
      const v = load<u32>(literal);
      literal += 4;
      let c = codeOf(v & 255);
      bits |= (c & 0xffff) << count;
      count += c >> 16;
      c = codeOf((v >> 8) & 255);
      bits |= (c & 0xffff) << count;
      count += c >> 16;
      c = codeOf((v >> 16) & 255);
      bits |= (c & 0xffff) << count;
      count += c >> 16;
      c = codeOf(v >> 24);
      bits |= (c & 0xffff) << count;
      count += c >> 16;
      store<u64>(out, bits);
      out += <usize>(count >> 3);
      bits >>= count & 56;
      count &= 7;
    }
    for (; n > 0; n--) {
      const c = codeOf(load<u8>(literal));
      literal++;
      bits |= (c & 0xffff) << count;
      count += c >> 16;
    }
    store<u64>(out, bits);
    out += <usize>(count >> 3);
    bits >>= count & 56;
    count &= 7;
    if (q == sequenceEnd) break;
    const m = load<u32>(q, 4);
    const l = <u64>load<u32>(at.lengthCodes + ((m & 255) << 2));
    bits |= (l & 0xffffff) << count;
    count += l >> 24;
    const s = (m >> 8) & 31;
    const d = <u64>load<u32>(at.distanceCodes + (s << 2));
    bits |= (d & 0xffff) << count;
    count += d >> 16;
    bits |= (<u64>(m >> 13)) << count;
    count += (s >> 1) - <u32>(s > 1);
    store<u64>(out, bits);
    out += <usize>(count >> 3);
    bits >>= count & 56;
    count &= 7;
  }
  setBits(out, bits, count);
  const c = codeOf(endOfBlock);
  putBits(c & 0xffff, c >> 16);
}
