import { cursorOver, noCharacter } from "./cursor.js";
import { invalidWord } from "./reading.js";
import { expandTemplate } from "./template.js";

/** The value without the shortest or longest match of a pattern at its start; unchanged where it does not match. */
export function withoutPrefix(
  value: string,
  pattern: string,
  { longest }: { readonly longest: boolean },
): string {
  const points = Array.from(value);
  const end = matchEnds(points, parsePattern(pattern), { longest })[0]!;
  return end === -1 ? value : points.slice(end).join("");
}

/** As withoutPrefix at the value's end, on both read backwards: that is also how BuildKit's errors show the pattern. */
export function withoutSuffix(
  value: string,
  pattern: string,
  { longest }: { readonly longest: boolean },
): string {
  return reversed(withoutPrefix(reversed(value), reversedPattern(pattern), { longest }));
}

/** The value with the first match replaced, by a text that is taken literally. */
export function replaceFirst(
  value: string,
  pattern: string,
  { replacement }: { readonly replacement: string },
): string {
  const points = Array.from(value);
  const ends = matchEnds(points, parsePattern(pattern), { longest: true });
  const start = ends.findIndex((end) => end !== -1);
  if (start === -1) return value;
  return points.slice(0, start).join("") + replacement + points.slice(ends[start]).join("");
}

/**
 * The value with every match replaced, by a template of Go's regexp package: BuildKit hands the replacement to its
 * ReplaceAllString. An empty match right behind another match is none.
 */
export function replaceAll(
  value: string,
  pattern: string,
  { replacement }: { readonly replacement: string },
): string {
  const points = Array.from(value);
  const ends = matchEnds(points, parsePattern(pattern), { longest: true });
  let text = "";
  let copied = 0;
  for (let start = 0; start <= points.length;) {
    const end = ends[start]!;
    if (end === -1) {
      start++;
      continue;
    }
    text += points.slice(copied, start).join("");
    if (end > copied || start === 0) text += expandTemplate(replacement, points.slice(start, end).join(""));
    copied = end;
    start = Math.max(start + 1, end);
  }
  return text + points.slice(copied).join("");
}

const star = Symbol("*");
const any = Symbol("?");

/** A code point that matches itself, or a wildcard. Neither wildcard matches a line feed. */
type Token = string | typeof star | typeof any;

/** Only `\*`, `\?`, `\\`, `\}` and `\/` are escapes, whatever the Dockerfile's escape character is. */
function parsePattern(pattern: string): readonly Token[] {
  const tokens: Token[] = [];
  const cursor = cursorOver(pattern);
  for (let point = cursor.next(); point !== undefined; point = cursor.next()) {
    if (point === "*") tokens.push(star);
    else if (point === "?") tokens.push(any);
    else if (point !== "\\") tokens.push(point);
    else if (cursor.peek() !== "}" && cursor.peek() !== "/")
      tokens.push(escapedPoint(cursor.next(), pattern));
  }
  return tokens;
}

function escapedPoint(point: string | undefined, pattern: string): string {
  if (point === "*" || point === "?" || point === "\\") return point;
  throw invalidWord(
    `invalid pattern (${pattern}) in substitution: invalid escape '\\${point ?? noCharacter}'`,
  );
}

/**
 * For each offset in the text, its end included, where a match that begins there ends, or -1: of several the one that a
 * backtracking matcher would find first, each star in turn as long or as short as can be. Takes time in proportion to
 * text times pattern: for each offset from the last to the first, a row has the end for each rest of the pattern.
 */
function matchEnds(
  text: readonly string[],
  tokens: readonly Token[],
  { longest }: { readonly longest: boolean },
): Int32Array {
  const ends = new Int32Array(text.length + 1);
  let row = new Int32Array(tokens.length + 1);
  let after = new Int32Array(tokens.length + 1).fill(-1);
  for (let start = text.length; start >= 0; start--) {
    const point = text[start];
    const onLine = point !== undefined && point !== "\n";
    row[tokens.length] = start;
    for (let index = tokens.length - 1; index >= 0; index--) {
      const token = tokens[index];
      if (token === star) {
        const stopping = row[index + 1]!;
        const going = onLine ? after[index]! : -1;
        const [first, second] = longest ? [going, stopping] : [stopping, going];
        row[index] = first === -1 ? second : first;
      } else {
        row[index] = (token === any ? onLine : token === point) ? after[index + 1]! : -1;
      }
    }
    ends[start] = row[0]!;
    [row, after] = [after, row];
  }
  return ends;
}

function reversed(text: string): string {
  return Array.from(text).reverse().join("");
}

/** Keeps each escape before what it escapes. */
function reversedPattern(pattern: string): string {
  return (pattern.match(/\\[^]|[^]/gu) ?? []).reverse().join("");
}
