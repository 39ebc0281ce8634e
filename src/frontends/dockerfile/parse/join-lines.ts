import type { EscapeCharacter } from "./statement.js";
import { trimEnd, trimSpaceStart } from "./space.js";

/** A statement's physical lines as one. */
export interface JoinedLine {
  readonly text: string;
  /** Index of the line after it. */
  readonly next: number;
  /** Whether an empty line was passed over on the way. */
  readonly emptyContinuation: boolean;
}

/**
 * Joins the line at an index with those it goes on in. Nothing is put between them; only the first loses its leading
 * blanks; comments and empty lines among them are left out, and the end of the file ends it.
 */
export function joinLines(
  lines: readonly string[],
  { at, escape }: { readonly at: number; readonly escape: EscapeCharacter },
): JoinedLine {
  let { text, continues } = splitContinuation(trimSpaceStart(withoutLineEnd(lines[at]!)), escape);
  const parts = [text];
  let emptyContinuation = false;
  let next = at + 1;
  for (; continues && next < lines.length; next++) {
    const line = withoutLineEnd(lines[next]!);
    const trimmed = trimSpaceStart(line);
    if (trimmed === "") emptyContinuation = true;
    if (trimmed === "" || trimmed.startsWith("#")) continue;
    ({ text, continues } = splitContinuation(line, escape));
    parts.push(text);
  }
  return { text: parts.join(""), next, emptyContinuation };
}

/**
 * A line goes on in the next where the escape character is its last but blanks, and is not itself after one. So `\\` ends
 * a line, and so does `\\\`: BuildKit looks no further back.
 */
function splitContinuation(
  line: string,
  escape: EscapeCharacter,
): { readonly text: string; readonly continues: boolean } {
  const trimmed = trimEnd(line, (char) => char === " " || char === "\t");
  const continues = trimmed.endsWith(escape) && trimmed.at(-2) !== escape;
  return { text: continues ? trimmed.slice(0, -1) : line, continues };
}

/** Without the carriage returns before its line feed. */
export function withoutLineEnd(line: string): string {
  return trimEnd(line, (char) => char === "\r");
}
