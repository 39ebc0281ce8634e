import { GantryError } from "../errors.js";
import { compilePieces, type Piece } from "./wildcards.js";

/** One pattern, ready to be asked. */
export interface IgnorePattern {
  readonly exception: boolean;
  /** Whether it matches this very path; folders the path is in are the caller's to ask about. */
  readonly matches: (path: string) => boolean;
  /** The path that all its matches equal or are below; undefined where that cannot be told from its text. */
  readonly prefix: string | undefined;
}

/** Compiles a cleaned pattern without its `!`. Throws ERR_GANTRY_SPEC_INVALID for one that Go's filepath.Match refuses. */
export function compilePattern(text: string, exception: boolean): IgnorePattern {
  const problem = syntaxProblem(text);
  if (problem !== undefined) throw invalid(text, problem);
  const stem = text.replace(/\/\*\*?$/, "");
  return { exception, matches: predicate(text), prefix: /[*[\]?^\\]/.test(stem) ? undefined : stem };
}

/** Text without wildcards, `**` at one end only, or a regular expression: each matches in docker's own, observable way. */
function predicate(text: string): (path: string) => boolean {
  if (!/[*?[\]\\]/.test(text)) return (path) => path === text;
  const middle = text.replace(/^\*\*\/?/, "").replace(/\/?\*\*\/?$/, "");
  const plain = !/[*?[\]\\]/.test(middle);
  if (plain && text.startsWith("**")) {
    if (!text.endsWith("**") || text === "**") return endsWith(text.slice(2));
  } else if (plain && text.endsWith("**")) {
    const start = text.slice(0, -2);
    return (path) => path.startsWith(start);
  }
  return compile(text);
}

function endsWith(suffix: string): (path: string) => boolean {
  return (path) => path.endsWith(suffix) || (suffix.startsWith("/") && path === suffix.slice(1));
}

/** `**` takes a slash after it along; a class is one token; anything else stands alone. */
const token =
  /(?<any>\*\*\/?)|(?<wild>[*?])|\[(?<not>\^?)(?<class>(?:\\[^]|[^\]\\])+)\]|\\(?<escaped>[^])|[^]/gu;

function compile(text: string): (path: string) => boolean {
  try {
    return compilePieces(piecesOf(text));
  } catch (error) {
    throw invalid(text, "it has a range whose end comes before its start", error);
  }
}

/** The pieces of a pattern whose syntax is right; throws for a range that ends before it starts. */
export function piecesOf(text: string): readonly Piece[] {
  return [...text.matchAll(token)].map((match) => pieceOf(match, text));
}

function pieceOf({ 0: match, index, groups = {} }: RegExpExecArray, text: string): Piece {
  const atEnd = index + match.length === text.length;
  const {
    any,
    wild,
    not,
    class: content,
    escaped = match,
  }: Readonly<Record<string, string | undefined>> = groups;
  if (any !== undefined)
    return atEnd ? { source: "[^\\n]*", takes: "rest" } : { source: "(?:[^\\n]*/)?", takes: "folders" };
  if (wild === "*") return { source: "[^/]*", takes: "name" };
  if (wild === "?") return { source: "[^/]", takes: "one", matches: (point) => point !== "/" };
  if (content !== undefined) return classPiece(`[${not}${classContent(content)}]`);
  // Docker hands it on to its regular expression.
  if (match === "^") return { source: match, takes: "start" };
  return {
    source: escaped.replace(/[.+()|{}$^[\]\\*?/]/, "\\$&"),
    takes: "one",
    matches: (point) => point === escaped,
  };
}

function classContent(text: string): string {
  return text.replace(/\\([^])|[^]/gu, (char, escaped?: string) =>
    char === "-" ? char : (escaped ?? char).replace(/[.+()|{}$^[\]\\*?/-]/, "\\$&"),
  );
}

/** A character of a class. */
function classPiece(source: string): Piece {
  const one = new RegExp(`^${source}$`, "u");
  return { source, takes: "one", matches: (point) => one.test(point) };
}

/**
 * What filepath.Match would call a bad pattern: unclosed or empty classes, a dash at a class's edge, a backslash at the
 * end.
 */
function syntaxProblem(text: string): string | undefined {
  const rest = text.replace(/\\[\s\S]/gu, "xx").replace(/\[\^?(?:[^\]\\-](?:-[^\]\\-])?)+\]/gu, "");
  if (rest.endsWith("\\")) return "it ends with a backslash";
  if (rest.includes("["))
    return `its "[" does not begin a class such as [a-z]; write \\[ for the character itself`;
  return undefined;
}

function invalid(text: string, problem: string, cause?: unknown): GantryError {
  return new GantryError(
    "ERR_GANTRY_SPEC_INVALID",
    `pattern ${JSON.stringify(text)} is not valid: ${problem}`,
    { cause },
  );
}
