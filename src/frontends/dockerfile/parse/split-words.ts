import type { EscapeCharacter } from "./statement.js";
import { isSpace } from "./space.js";

/**
 * Splits at white space outside of quotes. Words keep their quotes and escapes, which expansion removes; an escape
 * character that is the last of all is dropped. ENV, LABEL and ARG.
 */
export function splitWords(rest: string, escape: EscapeCharacter): readonly string[] {
  const words: string[] = [];
  let word = "";
  let quote: string | undefined;
  for (let at = 0; at < rest.length; at++) {
    const char = rest[at]!;
    if (quote === undefined && isSpace(char)) {
      if (word !== "") words.push(word);
      word = "";
    } else if (char === escape && quote !== "'") {
      if (at + 1 < rest.length) word += char + rest[++at]!;
    } else {
      word += char;
      if (char === quote) quote = undefined;
      else if (quote === undefined && (char === "'" || char === '"')) quote = char;
    }
  }
  if (word !== "") words.push(word);
  return words;
}
