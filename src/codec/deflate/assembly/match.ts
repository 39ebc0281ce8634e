import * as at from "./layout";

/** The first byte of input that is in no block yet. */
export let position: usize = at.input;
/** Where the sequences and the literals of the last block end; behind the sequences, how many literals are left. */
export let sequencesEnd: usize = at.sequences;
export let literalsEnd: usize = at.literals;

/** Begins a new input: what came before is forgotten, or it would decide bytes. */
export function openSearch(): void {
  position = at.input;
  memory.fill(at.hashTable, 0, 4 << at.hashBits);
}

/** The search moves one byte more at a time after each 64 places without a match. */
const patience: u32 = 6;

/**
 * Gathers a block from position on: literals and matches up to the end of the input or as many as a block holds. One
 * place is remembered for each hash; a match is taken unless the next byte begins one that is longer, of which eight
 * bytes are looked at.
 */
export function findSequences(end: usize): void {
  const last = end - 8; // before it, eight bytes can be read
  let next = position;
  let done = position; // what lies before is in the block
  let sequence = at.sequences;
  let literal = at.literals;
  while (sequence < at.sequences + 8 * at.maxSequences) {
    const limit = min(last, done + at.literals + at.maxLiterals - literal);
    let candidate: usize = 0;
    let differing: u64 = 0; // bits in which the eight bytes of both places differ
    for (let tries: usize = 1 << patience; next < limit; next += tries++ >> patience) {
      const bytes = load<u64>(next);
      candidate = exchange(bytes, next);
      differing = load<u64>(candidate) ^ bytes;
      if (isMatch(differing, next - candidate)) break;
    }
    if (next >= limit) break;

    const bytes = load<u64>(next, 1);
    const other = exchange(bytes, next + 1);
    const otherDiffering = load<u64>(other) ^ bytes;
    const longer = i32(differing != 0) & i32(ctz(otherDiffering) > ctz(differing));
    if (longer & isMatch(otherDiffering, next + 1 - other)) {
      next++;
      candidate = other;
      differing = otherDiffering;
    }

    const matchEnd = min(findEnd(next, candidate, differing, end), end);
    const back = min(min(countBack(next, candidate), next - done), candidate - at.input);
    const start = next - back;
    copyLiterals(done, literal, start - done);
    store<u32>(sequence, <u32>(start - done));
    literal += start - done;
    sequence = putMatch(sequence, matchEnd - start, next - candidate);
    if (matchEnd < last) rememberWithin(start, matchEnd);
    next = done = matchEnd;
  }
  endBlock(done, next < last ? next : end, sequence, literal);
}

/** What was not matched up to `to` are the last literals. */
function endBlock(from: usize, to: usize, sequence: usize, literal: usize): void {
  memory.copy(literal, from, to - from);
  store<u32>(sequence, <u32>(to - from));
  position = to;
  sequencesEnd = sequence;
  literalsEnd = literal + (to - from);
}

/** The slot for a place that begins with these bytes: by the first five of them. */
function slotOf(bytes: u64): usize {
  return at.hashTable + ((<usize>(((bytes << 24) * 889523592379) >> (64 - at.hashBits))) << 2);
}

/** Remembers a place and returns the one that was remembered before: 0, or of bytes that may be quite different. */
function exchange(bytes: u64, place: usize): usize {
  const slot = slotOf(bytes);
  const before = load<u32>(slot);
  store<u32>(slot, <u32>place);
  return before;
}

function remember(place: usize): void {
  store<u32>(slotOf(load<u64>(place)), <u32>place);
}

/** Some places of a match, where others are likely to begin: remembering all costs more than it gains. */
function rememberWithin(start: usize, end: usize): void {
  remember(start + 2);
  remember((start + end) >> 1);
  remember(end - 2);
  remember(end - 1);
}

/** Whether four bytes agree at a distance that can be told; without a branch that would often be mispredicted. */
function isMatch(differing: u64, distance: usize): i32 {
  return i32(<u32>differing == 0) & i32(distance <= at.maxDistance);
}

/** Where the match ends that begins at both places, maybe beyond the end of the input. */
function findEnd(place: usize, candidate: usize, differing: u64, end: usize): usize {
  const more = load<u64>(place, 8) ^ load<u64>(candidate, 8);
  if ((differing | more) != 0) {
    return place + <usize>(select<u64>(ctz(differing), 64 + ctz(more), differing != 0) >> 3);
  }
  const distance = place - candidate;
  for (let to = place + 16; to < end; to += 8) {
    const now = load<u64>(to) ^ load<u64>(to - distance);
    if (now != 0) return to + <usize>(ctz(now) >> 3);
  }
  return end;
}

/** How many of the eight bytes before both places agree. */
function countBack(place: usize, candidate: usize): usize {
  return <usize>(clz(load<u64>(place - 8) ^ load<u64>(candidate - 8)) >> 3);
}

/** Sixteen at a time, and some too many: the next ones are written over them. */
function copyLiterals(from: usize, to: usize, length: usize): void {
  store<u64>(to, load<u64>(from));
  store<u64>(to, load<u64>(from, 8), 8);
  for (let i: usize = 16; i < length; i += 8) store<u64>(to + i, load<u64>(from + i));
}

/** Appends a match to its literals, in pieces of 258 where it is longer, and returns where the next sequence goes. */
function putMatch(sequence: usize, length: usize, distance: usize): usize {
  const rest = distance - 1;
  const symbol = <u32>load<u8>(at.distanceSymbols + (rest < 256 ? rest : 256 + (rest >> 7)));
  const extra = (<u32>rest) & ((1 << distanceExtra(symbol)) - 1);
  const packed = (symbol << 8) | (extra << 13);
  while (length > 258) {
    const piece: u32 = length < 261 ? 255 : 258; // never leaves fewer than 3
    store<u32>(sequence, packed | (piece - 3), 4);
    store<u32>(sequence, 0, 8);
    length -= piece;
    sequence += 8;
  }
  store<u32>(sequence, packed | (<u32>length - 3), 4);
  return sequence + 8;
}

/** The number of extra bits of a distance's symbol (RFC 1951 §3.2.5). */
export function distanceExtra(symbol: u32): u32 {
  return (symbol >> 1) - <u32>(symbol > 1);
}
