import * as at from "./layout";

/**
 * Finds the lengths in bits of a Huffman code for these counts, none above `limit`; a symbol that does not occur has
 * length 0. Two symbols at least must occur, and none more than 65,535 times.
 */
export function findLengths(counts: usize, symbols: u32, limit: u32, lengths: usize): void {
  const used = sortSymbols(counts, symbols);
  growTree(used);
  numberLengths(used, limit);
  limitLengths(limit);
  memory.fill(lengths, 0, symbols);
  let symbol = at.sorted + 4 * used; // the most frequent ones, which are last, get the shortest codes
  for (let length: u32 = 1; length <= limit; length++) {
    for (let n = load<u32>(at.lengthNumbers + 4 * length); n > 0; n--) {
      symbol -= 4;
      store<u8>(lengths + (load<u32>(symbol) & 511), <u8>length);
    }
  }
}

/** Puts the symbols that occur in `sorted`, the rarest first: the count from bit 9 on, then the symbol. */
function sortSymbols(counts: usize, symbols: u32): u32 {
  let used: u32 = 0;
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const count = load<u32>(counts + 4 * symbol);
    if (count != 0) store<u32>(at.sorted + 4 * used++, (count << 9) | symbol);
  }
  sortByByte(at.sorted, at.tree, used, 9);
  sortByByte(at.tree, at.sorted, used, 17);
  return used;
}

/** One pass of a radix sort. */
function sortByByte(from: usize, to: usize, used: u32, shift: u32): void {
  memory.fill(at.buckets, 0, 4 * 256);
  for (let i: u32 = 0; i < used; i++) {
    const bucket = at.buckets + 4 * ((load<u32>(from + 4 * i) >> shift) & 255);
    store<u32>(bucket, load<u32>(bucket) + 1);
  }
  let sum: u32 = 0;
  for (let bucket = at.buckets; bucket < at.buckets + 4 * 256; bucket += 4) {
    const count = load<u32>(bucket);
    store<u32>(bucket, sum);
    sum += count;
  }
  for (let i: u32 = 0; i < used; i++) {
    const key = load<u32>(from + 4 * i);
    const bucket = at.buckets + 4 * ((key >> shift) & 255);
    const place = load<u32>(bucket);
    store<u32>(bucket, place + 1);
    store<u32>(to + 4 * place, key);
  }
}

/**
 * The first two of the three passes of Moffat and Katajainen, "In-place calculation of minimum-redundancy codes"
 * (1995): afterwards `tree` holds the depth of each of the used - 1 inner nodes, the root last.
 */
function growTree(used: u32): void {
  for (let i: u32 = 0; i < used; i++) store<u32>(at.tree + 4 * i, load<u32>(at.sorted + 4 * i) >> 9);
  let root: u32 = 0; // the first node without a parent
  let leaf: u32 = 0; // the first leaf without one
  for (let node: u32 = 0; node < used - 1; node++) {
    let weight: u32 = 0;
    for (let child = 0; child < 2; child++) {
      if (leaf >= used || (root < node && load<u32>(at.tree + 4 * root) < load<u32>(at.tree + 4 * leaf))) {
        weight += load<u32>(at.tree + 4 * root);
        store<u32>(at.tree + 4 * root++, node);
      } else {
        weight += load<u32>(at.tree + 4 * leaf++);
      }
    }
    store<u32>(at.tree + 4 * node, weight);
  }
  store<u32>(at.tree + 4 * (used - 2), 0);
  for (let node = <i32>used - 3; node >= 0; node--) {
    const parent = load<u32>(at.tree + 4 * node);
    store<u32>(at.tree + 4 * node, load<u32>(at.tree + 4 * parent) + 1);
  }
}

/** The third pass: how many leaves have which depth. Those below the limit count as at the limit. */
function numberLengths(used: u32, limit: u32): void {
  memory.fill(at.lengthNumbers, 0, 4 * 64);
  let node = <i32>used - 2;
  let places: u32 = 1;
  for (let depth: u32 = 0; places > 0; depth++) {
    let inner: u32 = 0;
    for (; node >= 0 && load<u32>(at.tree + 4 * node) == depth; node--) inner++;
    const number = at.lengthNumbers + 4 * min(depth, limit);
    store<u32>(number, load<u32>(number) + places - inner);
    places = 2 * inner;
  }
}

/** Makes a code of numbers that are too many for its lengths, by moving leaves down until there is room for all. */
function limitLengths(limit: u32): void {
  let taken: u32 = 0; // of 2 ** limit leaves at the limit
  for (let length: u32 = 1; length <= limit; length++) {
    taken += load<u32>(at.lengthNumbers + 4 * length) << (limit - length);
  }
  const lowest = at.lengthNumbers + 4 * limit;
  for (; taken > <u32>(1 << limit); taken--) {
    let number = lowest - 4;
    while (load<u32>(number) == 0) number -= 4;
    store<u32>(lowest, load<u32>(lowest) - 1);
    store<u32>(number, load<u32>(number) - 1);
    store<u32>(number, load<u32>(number, 4) + 2, 4);
  }
}
