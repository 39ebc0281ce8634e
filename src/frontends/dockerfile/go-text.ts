/**
 * A text as Go's %q prints it: in double quotes, what is printable left as it is, the rest as \n, \x01, \u00a0 or
 * \U000e0001. BuildKit quotes words so in its errors and in its history texts. What is printable is for this Node's
 * Unicode to say: a character newer than Go's Unicode 15.0 is left as it is, where Go escapes it.
 */
export function goQuote(text: string): string {
  return `"${text.replace(unprintable, escaped)}"`;
}

/** A list of texts as Go's %q prints it, as in the history text CMD ["a" "b"]. */
export function goQuoteList(texts: readonly string[]): string {
  return `[${texts.map(goQuote).join(" ")}]`;
}

/** Go's IsPrint: letters, marks, numbers, punctuation, symbols, and of the spaces only the ASCII one. */
const unprintable = /["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;

const named: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
};

function escaped(point: string): string {
  const value = point.codePointAt(0)!;
  const hex = value.toString(16);
  if (value < 0x20 || value === 0x7f) return named[point] ?? `\\x${hex.padStart(2, "0")}`;
  return named[point] ?? (value < 0x10000 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`);
}

/** A duration in nanoseconds as Go prints it: "1m30s", "500ms", "0s". */
export function goDuration(nanoseconds: number): string {
  if (nanoseconds === 0) return "0s";
  const small = [
    { unit: "ns", size: 1 },
    { unit: "\u00b5s", size: 1e3 },
    { unit: "ms", size: 1e6 },
  ].findLast(({ size }) => nanoseconds >= size && nanoseconds < 1e9);
  if (small !== undefined) return `${nanoseconds / small.size}${small.unit}`;
  const seconds = nanoseconds / 1e9;
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = `${Math.round((seconds % 60) * 1e9) / 1e9}s`;
  if (hours > 0) return `${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}
