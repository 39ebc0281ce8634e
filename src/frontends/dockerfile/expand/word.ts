import { GantryError, during } from "../../../errors.js";
import { goQuote } from "../go-text.js";
import { cursorOver } from "./cursor.js";
import { readDoubleQuoted, readSingleQuoted } from "./quotes.js";
import { type ExpandOptions, type Lookup, type Mode, type Reading, missingEnd } from "./reading.js";
import { readDollar } from "./substitution.js";
import { type WordSplitter, wordSplitter } from "./word-splitter.js";

/** A word with its variables, quotes and escapes worked out. */
export interface Expanded {
  readonly text: string;
  /** The text split at blanks that were neither quoted nor escaped, also at those that came out of variables. */
  readonly words: readonly string[];
  /** The names of variables that were asked for and set, whether or not their value is in the text. */
  readonly used: ReadonlySet<string>;
  /** The names that were asked for and not set. */
  readonly missing: ReadonlySet<string>;
}

/**
 * Expands a word as BuildKit's frontend/dockerfile/shell does (ProcessWordWithMatches): `$name`, `${name}` and its
 * forms with an operator, quotes, escapes. Throws ERR_GANTRY_DOCKERFILE_INVALID with BuildKit's text,
 * `failed to process "word": …`, and ERR_GANTRY_LIMIT for operands more than 500 deep in each other.
 */
export function expandWord(word: string, lookup: Lookup, options: ExpandOptions = {}): Expanded {
  const used = new Set<string>();
  const missing = new Set<string>();
  const words = wordSplitter();
  function find(name: string): string | undefined {
    const value = lookup(name);
    (value === undefined ? missing : used).add(name);
    return value;
  }
  try {
    const reading = startReading(word, { find, words, options });
    const text = readUntil(undefined, reading, {
      mode: { keepEscapes: options.rawEscapes ?? false, pattern: false },
      words,
    });
    return { text, words: words.end(), used, missing };
  } catch (error) {
    throw error instanceof GantryError ? during(`failed to process ${goQuote(word)}`, error) : error;
  }
}

/** Expands a word and splits it (ProcessWords): what EXPOSE does with its arguments. */
export function expandWords(word: string, lookup: Lookup, options: ExpandOptions = {}): readonly string[] {
  return expandWord(word, lookup, options).words;
}

/** Go's stacks grow as needed; a call stack of JavaScript ends at some thousand operands in each other. */
const deepest = 500;

function startReading(
  word: string,
  {
    find,
    words,
    options,
  }: { readonly find: Lookup; readonly words: WordSplitter; readonly options: ExpandOptions },
): Reading {
  const { escape = "\\", quotes = "process", keepUnset = false, rawQuotes = false } = options;
  let depth = 0;
  const reading: Reading = {
    cursor: cursorOver(word),
    escape,
    processQuotes: quotes === "process",
    rawQuotes,
    keepUnset,
    find,
    operand(stop, mode) {
      if (++depth > deepest)
        throw new GantryError("ERR_GANTRY_LIMIT", `more than ${deepest} substitutions are in each other`);
      // BuildKit has one buffer for the word in the making and empties it for each operand:
      // in EXPOSE, 80${x:-81} is 81.
      words.forget();
      const text = readUntil(stop, reading, { mode });
      depth--;
      return text;
    },
  };
  return reading;
}

/** Reads to the given character, and over it, or to the end of the word. */
function readUntil(
  stop: "}" | "/" | undefined,
  reading: Reading,
  { mode, words }: { readonly mode: Mode; readonly words?: WordSplitter },
): string {
  const { cursor } = reading;
  let text = "";
  for (let point = cursor.peek(); point !== undefined; point = cursor.peek()) {
    if (point === stop) {
      cursor.next();
      return text;
    }
    const read = specialReader(point, reading);
    const piece = read === undefined ? cursor.take(plain) || cursor.next()! : read(reading, mode);
    if (read === undefined || read === readDollar) words?.add(piece);
    else words?.addWhole(piece);
    text += piece;
  }
  if (stop !== undefined) throw missingEnd(stop);
  return text;
}

/** What may be special, here or with other options, is read one by one. */
const plain = /[^$<'"\\`}/]+/uy;

function specialReader(
  point: string,
  { escape, processQuotes }: Reading,
): ((reading: Reading, mode: Mode) => string) | undefined {
  if (point === "$") return readDollar;
  if (point === "<") return readHeredocMark;
  if (point === "'" && processQuotes) return readSingleQuoted;
  if (point === '"' && processQuotes) return readDoubleQuoted;
  return point === escape ? readEscape : undefined;
}

/** An escape character and what it escapes, whatever that is; alone at the end of the word it is nothing. */
function readEscape({ cursor, escape }: Reading, { keepEscapes }: Mode): string {
  cursor.next();
  return (keepEscapes ? escape : "") + (cursor.next() ?? "");
}

/** `<<` keeps the blanks behind it, so that a heredoc's mark and its name stay one word. */
function readHeredocMark({ cursor }: Reading): string {
  return cursor.take(/<<[\t\r ]*|</y);
}
