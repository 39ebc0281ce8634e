/**
 * Splits at ASCII blanks; quotes do not group. Nothing for "". FROM and EXPOSE, and ADD, COPY and VOLUME where they are
 * not JSON.
 */
export function splitWhitespace(rest: string): readonly string[] {
  return rest === "" ? [] : rest.split(/[\t\v\f\r ]+/);
}

/** What is before the first ASCII blanks and what is after them, if there are any. */
export function splitWhitespaceOnce(text: string): readonly [first: string, rest?: string] {
  const blanks = /[\t\v\f\r ]+/.exec(text);
  if (blanks === null) return [text];
  return [text.slice(0, blanks.index), text.slice(blanks.index + blanks[0].length)];
}
