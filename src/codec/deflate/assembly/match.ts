import * as at from "./layout";

/** Where the search goes on: the first byte that is in no block yet. */
export let position: usize = at.input;
/** What the last search found. */
export let sequenceEnd: usize = at.sequences;
export let literalEnd: usize = at.literals;

export function openSearch(): void {
  position = at.input;
  memory.fill(at.table, 0, 4 << at.hashBits);
}

function slotOf(v: u64): usize {
  return at.table + ((<usize>(((v << 24) * 889523592379) >> (64 - at.hashBits))) << 2);
}

/** Gathers one block from position on. */
export function findSequences(end: usize): void {
  let ip = position;
  let anchor = ip;
  let sequence = at.sequences;
  let literal = at.literals;
  const last = end - 8;
  while (sequence < at.sequences + 8 * at.maxSequences) {
    // search
    let limit = anchor + (at.maxLiterals - (literal - at.literals));
    if (limit > last) limit = last;
    let skip: usize = 1 << SKIP;
    let candidate: usize = 0;
    let found = false;
    while (ip < limit) {
      const v = load<u64>(ip);
      const slot = slotOf(v);
      candidate = load<u32>(slot);
      store<u32>(slot, <u32>ip);
      if (ip - candidate <= 32768 && load<u32>(candidate) == <u32>v) {
        found = true;
        break;
      }
      ip += skip >> SKIP;
      skip++;
    }
    if (!found) break;
    // extend back
    while (ip > anchor && candidate > at.input && load<u8>(ip - 1) == load<u8>(candidate - 1)) {
      ip--;
      candidate--;
    }
    // extend
    let to = ip + 4;
    const distance = ip - candidate;
    while (to < end) {
      const x = load<u64>(to) ^ load<u64>(to - distance);
      if (x != 0) {
        to += <usize>(ctz(x) >> 3);
        break;
      }
      to += 8;
    }
    if (to > end) to = end;
    // literals
    const n = ip - anchor;
    store<u64>(literal, load<u64>(anchor));
    store<u64>(literal, load<u64>(anchor, 8), 8);
    for (let i: usize = 16; i < n; i += 8) store<u64>(literal + i, load<u64>(anchor + i));
    literal += n;
    let length = to - ip;
    const d1 = distance - 1;
    const symbol = <usize>load<u8>(at.distanceSymbols + (d1 < 256 ? d1 : 256 + (d1 >> 7)));
    const extraBits = (symbol >> 1) - <usize>(symbol > 1);
    const extra = d1 & ((1 << extraBits) - 1);
    const high = (symbol << 8) | (extra << 13);
    store<u32>(sequence, <u32>n);
    while (length > 258) {
      const part: usize = length < 261 ? 255 : 258;
      store<u32>(sequence, <u32>((part - 3) | high), 4);
      store<u32>(sequence, 0, 8);
      sequence += 8;
      length -= part;
      if (sequence >= at.sequences + 8 * (at.maxSequences + 2000)) {
        break;
      }
    }
    if (length > 258) {
      to = to - length + 258;
      length = 258;
    }
    store<u32>(sequence, <u32>((length - 3) | high), 4);
    sequence += 8;
    // insert some
    if (to < last) {
      let p = ip + 1;
      store<u32>(slotOf(load<u64>(p)), <u32>p);
      p = to - 2;
      store<u32>(slotOf(load<u64>(p)), <u32>p);
    }
    ip = to;
    anchor = ip;
  }
  // rest
  if (ip >= last) ip = end;
  const n = ip - anchor;
  if (n > 0) memory.copy(literal, anchor, n);
  literal += n;
  store<u32>(sequence, <u32>n);
  position = ip;
  sequenceEnd = sequence;
  literalEnd = literal;
}
const SKIP: usize = 6;
