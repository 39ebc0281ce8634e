import type { EscapeCharacter, Statement } from "./statement.js";
import { isSpace, trimSpace } from "./space.js";
import { splitWhitespaceOnce } from "./split-whitespace.js";

/**
 * Splits a joined line into its instruction, the flags that lead its arguments, and the rest. The inner instruction of an
 * ONBUILD is split by the same function.
 */
export function splitCommand(
  line: string,
  escape: EscapeCharacter,
): Pick<Statement, "keyword" | "flags" | "rest"> {
  const [keyword, after] = splitWhitespaceOnce(trimSpace(line));
  if (after === undefined) return { keyword, flags: [], rest: "" };
  if (!trimSpace(after).startsWith("--")) return { keyword, flags: [], rest: trimSpace(after) };
  const { flags, rest } = splitFlags(toByteString(after), escape);
  return { keyword, flags, rest: trimSpace(fromByteString(rest)) };
}

/** What splitFlags has read so far. */
interface FlagScan {
  readonly text: string;
  readonly escape: EscapeCharacter;
  at: number;
}

/**
 * Works on a string of bytes, because BuildKit takes each byte of a flag for a character: a letter beyond ASCII comes
 * out as the Latin-1 reading of its UTF-8, and its bytes 0x85 and 0xa0 are blanks. What follows the flags is not
 * harmed.
 */
function splitFlags(
  text: string,
  escape: EscapeCharacter,
): { readonly flags: readonly string[]; readonly rest: string } {
  const flags: string[] = [];
  const scan: FlagScan = { text, escape, at: 0 };
  for (;;) {
    while (isSpace(text[scan.at])) scan.at++;
    if (!text.startsWith("--", scan.at)) return { flags, rest: text.slice(scan.at) };
    const flag = readFlag(scan);
    if (flag === "--") return { flags, rest: text.slice(scan.at) };
    flags.push(flag);
  }
}

/**
 * Reads a word to the blank that ends it, without its quotes and escapes; an escape character at the very end is
 * dropped.
 */
function readFlag(scan: FlagScan): string {
  const { text, escape } = scan;
  let word = "";
  let quote: string | undefined;
  for (; scan.at < text.length; scan.at++) {
    const char = text[scan.at]!;
    if (char === quote) quote = undefined;
    else if (char === escape) word += text[++scan.at] ?? "";
    else if (quote === undefined && isSpace(char)) break;
    else if (quote === undefined && (char === "'" || char === '"')) quote = char;
    else word += char;
  }
  return word;
}

/** A string with a character for each byte of the text's UTF-8. */
function toByteString(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

function fromByteString(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString("utf8");
}
