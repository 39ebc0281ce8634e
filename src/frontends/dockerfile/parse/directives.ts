import { GantryError } from "../../../errors.js";
import type { Directive, EscapeCharacter } from "./statement.js";
import { trimEnd, trimSpaceStart } from "./space.js";

/** Gives the directive that the file's next line is. */
export type ReadDirective = (line: string) => { readonly name: string; readonly text: string } | undefined;

/**
 * Reads directives off lines that are given in order: the first line that is none (another comment, a blank line, an
 * unknown name) ends them for good. The name is in lower case. Throws ERR_GANTRY_DOCKERFILE_INVALID for one that comes
 * again.
 */
export function createDirectiveReader(comment: "#" | "//"): ReadDirective {
  const seen = new Set<string>();
  let done = false;
  return (line) => {
    const directive = done ? undefined : parseDirective(line, comment);
    if (directive === undefined) {
      done = true;
      return undefined;
    }
    if (seen.has(directive.name)) throw invalid(`only one ${directive.name} parser directive can be used`);
    seen.add(directive.name);
    return directive;
  };
}

const known = new Set(["syntax", "escape", "check"]);

function parseDirective(line: string, comment: string): ReturnType<ReadDirective> {
  if (!line.startsWith(comment)) return undefined;
  const match = /^([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=([^]*)$/.exec(
    trimSpaceStart(line.slice(comment.length)),
  );
  const [, written = "", after = ""] = match ?? [];
  const name = written.toLowerCase();
  if (!known.has(name) || after === "") return undefined;
  // BuildKit's expression wants a value of one character at least, and takes a blank where there is nothing else.
  const text = trimBlanks(after) || after.slice(-1);
  return { name, text };
}

/** What Go's regular expressions call white space: neither \v nor anything beyond ASCII. */
function trimBlanks(text: string): string {
  const isBlank = (char: string | undefined) => char !== undefined && "\t\n\f\r ".includes(char);
  let start = 0;
  while (isBlank(text[start])) start++;
  return trimEnd(text.slice(start), isBlank);
}

/** The value of an escape directive. Throws ERR_GANTRY_DOCKERFILE_INVALID for any but the two there are. */
export function parseEscape(text: string): EscapeCharacter {
  if (text === "\\" || text === "`") return text;
  const shown = text.replace(/[\0-\x1f\x7f-\x9f]/g, "\ufffd");
  throw invalid(`invalid escape token '${shown}' does not match \` or \\`);
}

/**
 * The frontend image a file names for itself, whatever its language: `# syntax=`, else `// syntax=`, else the "syntax"
 * of a JSON document; a first line `#!` is skipped. It is looked for before parsing, which may fail for a file of
 * another language.
 */
export function detectSyntax(lines: readonly string[]): Directive | undefined {
  return (
    findDirective("syntax", { lines, comment: "#" }) ??
    findDirective("syntax", { lines, comment: "//" }) ??
    syntaxOfJson(lines)
  );
}

/** The options for build checks that a file has; a first line `#!` is skipped. */
export function detectCheck(lines: readonly string[]): Directive | undefined {
  return findDirective("check", { lines, comment: "#" });
}

/** Unlike the parser's own reading, this one takes no blanks before the comment and stops at the first error in silence. */
function findDirective(
  name: string,
  { lines, comment }: { readonly lines: readonly string[]; readonly comment: "#" | "//" },
): Directive | undefined {
  const read = createDirectiveReader(comment);
  for (let index = shebangLines(lines); index < lines.length; index++) {
    const directive = quietly(() => read(lines[index]!.replace(/\r$/, "")));
    if (directive === undefined) return undefined;
    if (directive.name !== name) continue;
    const { text } = directive;
    return { value: text.split(" ", 1)[0]!, text, range: { start: index + 1, end: index + 1 } };
  }
  return undefined;
}

function syntaxOfJson(lines: readonly string[]): Directive | undefined {
  const skipped = shebangLines(lines);
  if (!/^[\t\r ]*(?:\{|$)/.test(lines[skipped] ?? "")) return undefined;
  const document = quietly(() => JSON.parse(lines.slice(skipped).join("\n")) as unknown);
  if (typeof document !== "object" || document === null || Array.isArray(document)) return undefined;
  const value = Object.hasOwn(document, "syntax") ? (document as { syntax: unknown }).syntax : undefined;
  return typeof value === "string"
    ? { value, text: value, range: { start: skipped, end: skipped } }
    : undefined;
}

function shebangLines(lines: readonly string[]): 0 | 1 {
  return lines[0]?.startsWith("#!") ? 1 : 0;
}

function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

function invalid(problem: string): GantryError {
  return new GantryError("ERR_GANTRY_DOCKERFILE_INVALID", problem);
}
