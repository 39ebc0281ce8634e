import { posix } from "node:path";
import { GantryError, during } from "../errors.js";
import type { Matching, MatchState } from "../plan/matching.js";
import { type IgnorePattern, compilePattern } from "./ignore-pattern.js";

/** The patterns of a .dockerignore, cleaned as docker cleans them, in order. */
export interface IgnoreRules {
  readonly patterns: readonly string[];
  readonly matcher: Matcher;
}

/** Says which paths are left out. Paths are relative, with slashes and none at the ends; the folder itself is never asked about. */
export interface Matcher {
  ignores(path: string): boolean;
  /** Whether a folder is ignored with everything below it, so that it need not be entered. */
  canSkip(directory: string): boolean;
  /** What `ignores` says, given what was said of the folder the path is in: the quick way while walking from the top. */
  descend(path: string, folder: MatchState | undefined): MatchState;
  /** Whether an exception (`!…`) could match something below a folder. */
  mayReinclude(directory: string): boolean;
  readonly matching: Matching;
}

/**
 * Reads a .dockerignore: a line that begins with `#` is a comment, a leading slash means nothing, `!` makes an
 * exception, later lines win. `file` is for messages. Throws ERR_GANTRY_SPEC_INVALID naming the line.
 */
export function parseIgnore(text: string, file: string): IgnoreRules {
  const lines = text.replace(/^\ufeff/, "").split("\n");
  const patterns: string[] = [];
  const compiled: IgnorePattern[] = [];
  for (const [index, line] of lines.entries()) {
    const pattern = patternOfLine(line);
    if (pattern === undefined) continue;
    try {
      compiled.push(...compile([pattern]));
    } catch (error) {
      throw during(`${file}, line ${index + 1}`, error);
    }
    patterns.push(pattern);
  }
  return { patterns, matcher: matcherOf(compiled, patterns) };
}

function patternOfLine(line: string): string | undefined {
  if (line.startsWith("#")) return undefined;
  const text = line.trim();
  if (text === "") return undefined;
  const exception = text.startsWith("!");
  const rest = exception ? text.slice(1).trim() : text;
  return (exception ? "!" : "") + (rest === "" ? "" : withoutLeadingSlash(cleanPath(rest)));
}

/**
 * Docker's matching (moby/patternmatcher, as BuildKit's file sync applies it): patterns are tried in order and a later
 * match wins; a pattern that matches a folder matches all in it; `*` and `?` do not cross slashes, `**` does. Where docker
 * leaks regular expressions (`\d`, `a|b*`, `a{2}?`) these are plain characters. Throws ERR_GANTRY_SPEC_INVALID naming
 * the pattern.
 */
export function createMatcher(patterns: readonly string[]): Matcher {
  return matcherOf(compile(patterns), patterns);
}

function compile(patterns: readonly string[]): IgnorePattern[] {
  return patterns
    .map((pattern) => pattern.trim())
    .filter((pattern) => pattern !== "")
    .map((pattern) => {
      const exception = pattern.startsWith("!");
      const path = withoutLeadingSlash(cleanPath(exception ? pattern.slice(1) : pattern));
      if (exception && (pattern === "!" || path === "/")) throw emptyException(pattern);
      return compilePattern(path, exception);
    });
}

function emptyException(pattern: string): GantryError {
  return new GantryError(
    "ERR_GANTRY_SPEC_INVALID",
    `pattern ${JSON.stringify(pattern)} excepts nothing; expected a path after the "!", such as "!dist/keep"`,
  );
}

function matcherOf(patterns: readonly IgnorePattern[], texts: readonly string[]): Matcher {
  const exceptions = patterns.filter(({ exception }) => exception);
  const descend = exceptions.length === 0 ? descendPlainly(patterns) : descendWithExceptions(patterns);
  const mayReinclude = (directory: string) =>
    exceptions.some(({ prefix }) => prefix === undefined || `${prefix}/`.startsWith(`${directory}/`));
  const ignores = (path: string) => {
    let state: MatchState | undefined;
    for (let end = path.indexOf("/"); end >= 0; end = path.indexOf("/", end + 1)) {
      state = descend(path.slice(0, end), state);
    }
    return descend(path, state).ignored;
  };
  const canSkip = (path: string) => ignores(path) && !mayReinclude(path);
  return { descend, mayReinclude, ignores, canSkip, matching: { patterns: texts } };
}

const ignored: MatchState = { ignored: true };
const kept: MatchState = { ignored: false };

/** Without exceptions one match decides, also for all below. */
function descendPlainly(patterns: readonly IgnorePattern[]): Matcher["descend"] {
  return (path, folder) =>
    folder?.ignored || patterns.some(({ matches }) => matches(path)) ? ignored : kept;
}

function descendWithExceptions(patterns: readonly IgnorePattern[]): Matcher["descend"] {
  return (path, folder) => {
    let out = false;
    const matched = new Uint8Array(patterns.length);
    for (const [index, { exception, matches }] of patterns.entries()) {
      const inherited = folder?.matched?.[index] === 1;
      // A pattern that would change nothing is not tried, so what is in the folder does not inherit its match: docker's way.
      if (!inherited && (exception !== out || !matches(path))) continue;
      matched[index] = 1;
      out = !exception;
    }
    return { ignored: out, matched };
  };
}

/** Go's filepath.Clean: single slashes, no `.`, `..` resolved, none at the end. */
function cleanPath(path: string): string {
  const clean = posix.normalize(path);
  return clean.length > 1 && clean.endsWith("/") ? clean.slice(0, -1) : clean;
}

function withoutLeadingSlash(path: string): string {
  return path.length > 1 && path.startsWith("/") ? path.slice(1) : path;
}
