import { GantryError } from "../../../errors.js";
import { quote } from "../../../model/quote.js";
import { lexWords } from "./heredoc-lexer.js";
import { withoutLineEnd } from "./join-lines.js";
import { parseJsonArray } from "./json-array.js";
import { splitCommand } from "./split-command.js";
import type { EscapeCharacter, Heredoc, HeredocWord, Statement } from "./statement.js";

type Command = Pick<Statement, "keyword" | "rest" | "text">;

/**
 * Reads the heredocs that begin in a joined line from the lines after it, one after the other; `next` and the result's
 * are indexes of lines. No heredocs but the end of the file where one does not end. Throws
 * ERR_GANTRY_DOCKERFILE_INVALID for JSON that is an array of something else than strings.
 */
export function readHeredocs(
  command: Command,
  {
    escape,
    lines,
    next,
  }: { readonly escape: EscapeCharacter; readonly lines: readonly string[]; readonly next: number },
): { readonly heredocs: readonly Heredoc[] | undefined; readonly next: number } {
  const heredocs: Heredoc[] = [];
  for (const word of findHeredocs(command, escape)) {
    const end = findEnd(word, { lines, from: next });
    if (end === undefined) return { heredocs: undefined, next: lines.length };
    const content = lines.slice(next, end).map((line) => `${line}\n`);
    heredocs.push({ ...word, content: content.join("") });
    next = end + 1;
  }
  return { heredocs, next };
}

function findEnd(
  { name, chomp }: HeredocWord,
  { lines, from }: { readonly lines: readonly string[]; readonly from: number },
): number | undefined {
  for (let index = from; index < lines.length; index++) {
    const line = withoutLineEnd(lines[index]!);
    if ((chomp ? line.replace(/^\t+/, "") : line) === name) return index;
  }
  return undefined;
}

/**
 * The heredocs that begin in a joined line, in order. Only ADD, COPY and RUN have any, also behind an ONBUILD, and not in
 * JSON form. A line that a shell could not split into words has none. Throws ERR_GANTRY_DOCKERFILE_INVALID for JSON that
 * is an array of something else than strings.
 */
function findHeredocs({ keyword, rest, text }: Command, escape: EscapeCharacter): readonly HeredocWord[] {
  const inner = keyword.toLowerCase() === "onbuild" ? splitCommand(rest, escape) : { keyword, rest };
  if (!holders.has(inner.keyword.toLowerCase())) return [];
  if (parseJsonArray(inner.rest) !== undefined || !text.includes("<<")) return [];
  // Lexed with a backslash whatever the file's escape character: BuildKit's way.
  const words = quietly(() => lexWords(text, { keepQuotes: true, keepEscapes: true })) ?? [];
  return words.map(parseHeredocWord).filter((word) => word !== undefined);
}

const holders = new Set(["add", "copy", "run"]);

/**
 * Reads a word as the beginning of a heredoc: `<<NAME`, `<<-NAME`, with or without blanks before the name, a quoted part
 * meaning that nothing in it is expanded. Undefined for any other word. Throws ERR_GANTRY_DOCKERFILE_INVALID for quotes
 * or braces that do not close.
 */
export function parseHeredocWord(word: string): HeredocWord | undefined {
  const match = /^\d*<<(-?)[\t\n\f\r ]*([^<]*)$/.exec(word);
  const [, dash, rest = ""] = match ?? [];
  if (rest === "") return undefined;
  const lex = (keepQuotes: boolean) => lexName(rest, keepQuotes);
  const [names, quotedNames] = [lex(false), lex(true)];
  if (names.length !== 1) return undefined;
  const [name, quotedName] = [names[0]!, quotedNames[0] ?? ""];
  return { name, expand: countQuotes(name) === countQuotes(quotedName), chomp: dash === "-" };
}

function lexName(text: string, keepQuotes: boolean): readonly string[] {
  try {
    return lexWords(text, { keepQuotes, keepEscapes: false });
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new GantryError("ERR_GANTRY_DOCKERFILE_INVALID", `failed to process ${quote(text)}: ${problem}`, {
      cause: error,
    });
  }
}

function countQuotes(text: string): number {
  return text.replace(/[^'"]/g, "").length;
}

/** A heredoc's content as `<<-` has it: without the tabs that begin its lines. */
export function chompHeredoc(content: string): string {
  return content.replace(/(^|\n)\t+/g, "$1");
}

function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
