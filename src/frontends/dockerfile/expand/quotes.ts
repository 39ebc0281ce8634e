import { type Mode, type Reading, invalidWord } from "./reading.js";
import { readDollar } from "./substitution.js";

/** Reads a `'…'`, in which everything but its end is literal. */
export function readSingleQuoted({ cursor, escape, rawQuotes }: Reading, { pattern }: Mode): string {
  const quote = rawQuotes ? "'" : "";
  let text = quote;
  cursor.next();
  for (let point = cursor.next(); point !== "'"; point = cursor.next()) {
    if (point === undefined)
      throw invalidWord("unexpected end of statement while looking for matching single-quote");
    text += pattern && point === escape ? point + point : point;
  }
  return text + quote;
}

/** Reads a `"…"`, in which `$` expands and an escape character only escapes `"`, `$` and itself. */
export function readDoubleQuoted(reading: Reading, mode: Mode): string {
  const { cursor, rawQuotes } = reading;
  const quote = rawQuotes ? '"' : "";
  let text = quote;
  cursor.next();
  for (let point = cursor.peek(); point !== '"'; point = cursor.peek()) {
    if (point === undefined)
      throw invalidWord("unexpected end of statement while looking for matching double-quote");
    if (point === "$") text += readDollar(reading);
    else if (point === reading.escape) text += readEscape(reading, mode);
    else text += cursor.next();
  }
  cursor.next();
  return text + quote;
}

function readEscape({ cursor, escape, rawQuotes }: Reading, { keepEscapes, pattern }: Mode): string {
  cursor.next();
  const escaped = cursor.peek();
  if (escaped === undefined) return "";
  if (escaped === '"' || escaped === "$" || escaped === escape) {
    cursor.next();
    return (keepEscapes ? escape : "") + escaped;
  }
  // It stands for itself, and a pattern that keeps escapes has to escape it; text that keeps its quotes needs not.
  return keepEscapes && (!rawQuotes || pattern) ? escape + escape : escape;
}
