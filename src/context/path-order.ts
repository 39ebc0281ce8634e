/**
 * Orders paths by their UTF-8 bytes, the order of a layer's entries: a folder comes before what is in it. Differs from
 * JavaScript's own order only for characters beyond U+FFFF, which come last.
 */
export function comparePaths(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let index = 0; index < shared; index++) {
    const x = a.charCodeAt(index);
    const y = b.charCodeAt(index);
    if (x !== y) return x >= 0xd800 && y >= 0xd800 ? byteRank(x) - byteRank(y) : x - y;
  }
  return a.length - b.length;
}

/** Surrogates stand for characters above all others, though their units are below U+E000. */
function byteRank(unit: number): number {
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
