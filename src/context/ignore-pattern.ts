import { GantryError } from "../errors.js";

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
  const expression = toRegExp(text);
  return (path) => expression.test(path);
}

function endsWith(suffix: string): (path: string) => boolean {
  return (path) => path.endsWith(suffix) || (suffix.startsWith("/") && path === suffix.slice(1));
}

/** `**` takes a slash after it along; a class is one token; anything else stands alone. */
const token =
  /(?<any>\*\*\/?)|(?<wild>[*?])|\[(?<not>\^?)(?<class>(?:\\[^]|[^\]\\])+)\]|\\(?<escaped>[^])|[^]/gu;

function toRegExp(text: string): RegExp {
  let source = "^";
  for (const { 0: match, index, groups = {} } of text.matchAll(token)) {
    const atEnd = index + match.length === text.length;
    if (groups["any"] !== undefined) source += atEnd ? "[^\\n]*" : "(?:[^\\n]*/)?";
    else if (groups["wild"] !== undefined) source += match === "*" ? "[^/]*" : "[^/]";
    else if (groups["class"] !== undefined) source += `[${groups["not"]}${classContent(groups["class"])}]`;
    else if (match === "^") source += match;
    else source += (groups["escaped"] ?? match).replace(/[.+()|{}$^[\]\\*?/]/, "\\$&");
  }
  try {
    return new RegExp(`${source}$`, "u");
  } catch (error) {
    throw invalid(text, "it has a range whose end comes before its start", error);
  }
}

function classContent(text: string): string {
  return text.replace(/\\([^])|[^]/gu, (char, escaped?: string) =>
    char === "-" ? char : (escaped ?? char).replace(/[.+()|{}$^[\]\\*?/-]/, "\\$&"),
  );
}

/** What filepath.Match would call a bad pattern: unclosed or empty classes, a dash at a class's edge, a backslash at the end. */
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
