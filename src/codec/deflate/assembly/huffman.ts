import * as at from "./layout";

/**
 * The lengths and codes of a Huffman code for `symbols` counts (u32 each, at most 65,535), none longer than `limit`
 * bits. A symbol that does not occur has length 0.
 */
export function makeCode(counts: usize, symbols: u32, limit: u32, lengths: usize, codes: usize): void {
  const used = sortSymbols(counts, symbols);
  memory.fill(lengths, 0, symbols);
  memory.fill(at.lengthNumbers, 0, 64 * 4);
  if (used < 2) {
    for (let i: u32 = 0; i < used; i++) store<u8>(lengths + load<u32>(at.sorted + (i << 2)), 1);
    store<u32>(at.lengthNumbers + 4, used);
  } else {
    numberLengths(counts, used, limit);
    let i = used;
    for (let length: u32 = 1; length <= limit; length++) {
      for (let n = load<u32>(at.lengthNumbers + (length << 2)); n > 0; n--) {
        i--;
        store<u8>(lengths + (load<u32>(at.sorted + (i << 2)) & 511), <u8>length);
      }
    }
  }
  assignCodes(lengths, symbols, codes);
}

/** Sorts symbols that occur by their counts: two passes of a radix sort, stable. */
function sortSymbols(counts: usize, symbols: u32): u32 {
  let used: u32 = 0;
  for (let s: u32 = 0; s < symbols; s++) {
    const c = load<u32>(counts + (s << 2));
    if (c != 0) {
      store<u32>(at.scratch + (used << 2), (c << 9) | s);
      used++;
    }
  }
  radixPass(at.scratch, at.sorted, used, 9);
  radixPass(at.sorted, at.scratch, used, 17);
  memory.copy(at.sorted, at.scratch, used << 2);
  return used;
}

function radixPass(from: usize, to: usize, n: u32, shift: u32): void {
  memory.fill(at.buckets, 0, 256 * 4);
  for (let i: u32 = 0; i < n; i++) {
    const bucket = at.buckets + (((load<u32>(from + (i << 2)) >> shift) & 255) << 2);
    store<u32>(bucket, load<u32>(bucket) + 1);
  }
  let sum: u32 = 0;
  for (let b: usize = at.buckets; b < at.buckets + 256 * 4; b += 4) {
    const c = load<u32>(b);
    store<u32>(b, sum);
    sum += c;
  }
  for (let i: u32 = 0; i < n; i++) {
    const v = load<u32>(from + (i << 2));
    const bucket = at.buckets + (((v >> shift) & 255) << 2);
    const index = load<u32>(bucket);
    store<u32>(bucket, index + 1);
    store<u32>(to + (index << 2), v);
  }
}

/** Moffat and Katajainen's method in place over scratch: how many codes have which length, limited. */
function numberLengths(counts: usize, n: u32, limit: u32): void {
  const A = at.scratch;
  for (let i: u32 = 0; i < n; i++) store<u32>(A + (i << 2), load<u32>(at.sorted + (i << 2)) >> 9);
  // parents
  let root: u32 = 0;
  let leaf: u32 = 2;
  store<u32>(A, load<u32>(A) + load<u32>(A, 4));
  for (let next: u32 = 1; next < n - 1; next++) {
    let sum: u32;
    if (leaf >= n || load<u32>(A + (root << 2)) < load<u32>(A + (leaf << 2))) {
      sum = load<u32>(A + (root << 2));
      store<u32>(A + (root << 2), next);
      root++;
    } else {
      sum = load<u32>(A + (leaf << 2));
      leaf++;
    }
    if (leaf >= n || (root < next && load<u32>(A + (root << 2)) < load<u32>(A + (leaf << 2)))) {
      sum += load<u32>(A + (root << 2));
      store<u32>(A + (root << 2), next);
      root++;
    } else {
      sum += load<u32>(A + (leaf << 2));
      leaf++;
    }
    store<u32>(A + (next << 2), sum);
  }
  // depths of inner nodes
  store<u32>(A + ((n - 2) << 2), 0);
  for (let next: i32 = <i32>n - 3; next >= 0; next--) {
    const p = A + (next << 2);
    store<u32>(p, load<u32>(A + (load<u32>(p) << 2)) + 1);
  }
  // leaves by depth
  let available: u32 = 1;
  let usedNodes: u32 = 0;
  let depth: u32 = 0;
  let r: i32 = <i32>n - 2;
  let left = n;
  while (available > 0) {
    while (r >= 0 && load<u32>(A + (r << 2)) == depth) {
      usedNodes++;
      r--;
    }
    const leaves = available - usedNodes;
    if (leaves > 0) {
      const d = depth > limit ? limit : depth;
      const p = at.lengthNumbers + (d << 2);
      store<u32>(p, load<u32>(p) + leaves);
      left -= leaves;
    }
    available = 2 * usedNodes;
    depth++;
    usedNodes = 0;
  }
  // limit: Kraft sum
  let total: u32 = 0;
  for (let l: u32 = 1; l <= limit; l++) total += load<u32>(at.lengthNumbers + (l << 2)) << (limit - l);
  while (total > <u32>(1 << limit)) {
    const top = at.lengthNumbers + (limit << 2);
    store<u32>(top, load<u32>(top) - 1);
    for (let l = limit - 1; l > 0; l--) {
      const p = at.lengthNumbers + (l << 2);
      const c = load<u32>(p);
      if (c > 0) {
        store<u32>(p, c - 1);
        store<u32>(p, load<u32>(p, 4) + 2, 4);
        break;
      }
    }
    total--;
  }
}

/** Canonical codes (RFC 1951 §3.2.2), bits reversed, with their lengths above. */
export function assignCodes(lengths: usize, symbols: u32, codes: usize): void {
  // next code by length, in buckets
  memory.fill(at.lengthNumbers, 0, 64);
  for (let s: u32 = 0; s < symbols; s++) {
    const p = at.lengthNumbers + ((<usize>load<u8>(lengths + s)) << 2);
    store<u32>(p, load<u32>(p) + 1);
  }
  let code: u32 = 0;
  store<u32>(at.lengthNumbers, 0);
  for (let l: u32 = 1; l < 16; l++) {
    const p = at.lengthNumbers + (l << 2);
    const c = load<u32>(p);
    store<u32>(at.buckets + (l << 2), code);
    code = (code + c) << 1;
  }
  for (let s: u32 = 0; s < symbols; s++) {
    const l = <u32>load<u8>(lengths + s);
    if (l == 0) {
      store<u32>(codes + (s << 2), 0);
      continue;
    }
    const p = at.buckets + (l << 2);
    const c = load<u32>(p);
    store<u32>(p, c + 1);
    store<u32>(codes + (s << 2), reverse(c, l) | (l << 16));
  }
}

function reverse(code: u32, length: u32): u32 {
  let v = code;
  v = ((v & 0x5555) << 1) | ((v >> 1) & 0x5555);
  v = ((v & 0x3333) << 2) | ((v >> 2) & 0x3333);
  v = ((v & 0x0f0f) << 4) | ((v >> 4) & 0x0f0f);
  v = ((v & 0x00ff) << 8) | (v >> 8);
  return v >> (16 - length);
}
