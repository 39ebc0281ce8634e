import { GantryError } from "../../../errors.js";
import { isSpace } from "./space.js";

interface Lexer {
  readonly chars: readonly string[];
  at: number;
  readonly keepQuotes: boolean;
  keepEscapes: boolean;
  /**
   * The word being read, one for all depths: BuildKit's buffer is shared too, so what precedes a `${x:-y}` in its word
   * is lost.
   */
  word: string;
}

/**
 * Splits a text into words as BuildKit's shell does when it looks for heredocs: a backslash escapes, quotes group, `<<`
 * keeps the blanks behind it, and every variable is unset and stays as written. Throws an ERR_GANTRY_DOCKERFILE_INVALID
 * for what does not close.
 */
export function lexWords(
  text: string,
  options: { readonly keepQuotes: boolean; readonly keepEscapes: boolean },
): readonly string[] {
  const lexer: Lexer = { chars: [...text.replace(/^\ufeff/, "")], at: 0, word: "", ...options };
  const words: string[] = [];
  const endWord = () => {
    if (lexer.word !== "") words.push(lexer.word);
    lexer.word = "";
  };
  while (lexer.at < lexer.chars.length) {
    const { text: piece, splits } = readPiece(lexer);
    if (!splits) lexer.word += piece;
    else
      for (const char of piece) {
        if (isSpace(char)) endWord();
        else lexer.word += char;
      }
  }
  endWord();
  return words;
}

/** Reads one character, or what one begins; blanks in it part words or do not. */
function readPiece(lexer: Lexer): { readonly text: string; readonly splits: boolean } {
  const char = lexer.chars[lexer.at]!;
  if (char === "$") return { text: readVariable(lexer), splits: true };
  const read = readers[char];
  if (read !== undefined) return { text: read(lexer), splits: false };
  lexer.at++;
  return { text: char, splits: true };
}

const readers: Readonly<Record<string, (lexer: Lexer) => string>> = {
  "<": readLess,
  "'": readSingleQuoted,
  '"': readDoubleQuoted,
  "\\": readEscaped,
};

function readEscaped(lexer: Lexer): string {
  const [escape = "", char = ""] = lexer.chars.slice(lexer.at, lexer.at + 2);
  lexer.at += 2;
  return lexer.keepEscapes ? escape + char : char;
}

/** `<<` goes with the blanks after it, so that the name may stand apart. */
function readLess(lexer: Lexer): string {
  const { chars, at } = lexer;
  if (chars[++lexer.at] !== "<") return "<";
  do lexer.at++;
  while ([" ", "\t", "\r"].includes(chars[lexer.at]!));
  return chars.slice(at, lexer.at).join("");
}

function readSingleQuoted(lexer: Lexer): string {
  const { chars, at, keepQuotes } = lexer;
  const end = chars.indexOf("'", at + 1);
  lexer.at = end + 1;
  if (end < 0) throw unclosed("single-quote");
  return (keepQuotes ? chars.slice(at, end + 1) : chars.slice(at + 1, end)).join("");
}

function readDoubleQuoted(lexer: Lexer): string {
  const { chars, keepQuotes } = lexer;
  let text = "";
  for (lexer.at++; chars[lexer.at] !== '"';) {
    const char = chars[lexer.at];
    if (char === undefined) throw unclosed("double-quote");
    if (char === "$") text += readVariable(lexer);
    else if (char === "\\") text += readQuotedEscape(lexer);
    else {
      text += char;
      lexer.at++;
    }
  }
  lexer.at++;
  return keepQuotes ? `"${text}"` : text;
}

/** In double quotes a backslash is one, unless a quote, a dollar or another comes after it. */
function readQuotedEscape(lexer: Lexer): string {
  const next = lexer.chars[lexer.at + 1];
  if (next === '"' || next === "$" || next === "\\") return readEscaped(lexer);
  lexer.at++;
  return next === undefined ? "" : "\\";
}

/** A variable as it was written, for it has no value here; its operands are read for their quotes. */
function readVariable(lexer: Lexer): string {
  const { chars } = lexer;
  if (chars[++lexer.at] !== "{") return `$${readName(lexer)}`;
  const first = chars[++lexer.at];
  if (first === undefined) throw invalid("syntax error: missing '}'");
  if ("{}:".includes(first)) throw invalid("syntax error: bad substitution");
  const name = readName(lexer);
  let modifier = chars[lexer.at++] ?? "\ufffd";
  if (modifier === "}") return `\${${name}}`;
  if (modifier === "/") return readReplacement(lexer, name);
  if (modifier === ":") modifier += chars[lexer.at++] ?? "\ufffd";
  if (!/^(?::[^#%]|[-+?#%])$/u.test(modifier))
    throw invalid(`unsupported modifier (${modifier}) in substitution`);
  const keepEscapes = modifier === "#" || modifier === "%";
  return `\${${name}${modifier}${readOperand(lexer, { stop: "}", keepEscapes })}}`;
}

function readReplacement(lexer: Lexer, name: string): string {
  if (lexer.chars[lexer.at] === "/") lexer.at++;
  const pattern = readOperand(lexer, { stop: "/", keepEscapes: true });
  return `\${${name}/${pattern}/${readOperand(lexer, { stop: "}", keepEscapes: true })}}`;
}

/** Reads to a closing character, past what it closes inside. */
function readOperand(
  lexer: Lexer,
  { stop, keepEscapes }: { readonly stop: "}" | "/"; readonly keepEscapes: boolean },
): string {
  const outer = lexer.keepEscapes;
  lexer.keepEscapes = keepEscapes;
  let text = "";
  while (lexer.chars[lexer.at] !== stop) {
    if (lexer.at >= lexer.chars.length)
      throw invalid(`syntax error: missing '${stop}'${stop === "/" ? " in ${}" : ""}`);
    text += readPiece(lexer).text;
  }
  lexer.at++;
  lexer.word = "";
  lexer.keepEscapes = outer;
  return text;
}

/** A run of digits, one special parameter, or letters, digits and underscores; "" for anything else. */
function readName(lexer: Lexer): string {
  const { chars, at } = lexer;
  const first = chars[at] ?? "";
  if (/^[@*#?\-$!]$/.test(first)) return chars[lexer.at++]!;
  const fits = /^\p{Nd}$/u.test(first) ? /^\p{Nd}$/u : /^[\p{L}\p{Nd}_]$/u;
  while (fits.test(chars[lexer.at] ?? "")) lexer.at++;
  return chars.slice(at, lexer.at).join("");
}

function unclosed(what: string): GantryError {
  return invalid(`unexpected end of statement while looking for matching ${what}`);
}

function invalid(problem: string): GantryError {
  return new GantryError("ERR_GANTRY_DOCKERFILE_INVALID", problem);
}
