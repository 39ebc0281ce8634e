/**
 * Whether the first UTF-16 unit of a text is white space as BuildKit means it (Go's unicode.IsSpace): unlike
 * JavaScript's, it has U+0085 and lacks U+FEFF.
 */
export function isSpace(char: string | undefined): boolean {
  return char !== undefined && spaces.test(char);
}

const spaces = /^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

/** Without white space at its beginning. */
export function trimSpaceStart(text: string): string {
  let start = 0;
  while (isSpace(text[start])) start++;
  return text.slice(start);
}

/** Without white space at either end. A loop: an expression anchored at the end is tried again at every blank. */
export function trimSpace(text: string): string {
  return trimSpaceStart(trimEnd(text, isSpace));
}

/** Without the last characters that fit. */
export function trimEnd(text: string, fits: (char: string | undefined) => boolean): string {
  let end = text.length;
  while (end > 0 && fits(text[end - 1])) end--;
  return text.slice(0, end);
}
