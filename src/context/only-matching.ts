import { posix } from "node:path";
import { compilePattern } from "./ignore-pattern.js";
import { createMatcher, type Matcher } from "./ignore.js";
import type { Matching, MatchState } from "../plan/matching.js";

/**
 * A matcher that leaves out all but what a pattern matches: the other way round than .dockerignore's, by the same
 * rules, so that a folder that matches is kept with all that is in it. Folders that can hold no match are skipped.
 * Throws ERR_GANTRY_SPEC_INVALID for a pattern that is none.
 */
export function onlyMatching(pattern: string): Matcher {
  const matcher = createMatcher([pattern]);
  const mayReinclude = pathsTo(pattern);
  const ignores = (path: string) => !matcher.ignores(path);
  return {
    ignores,
    mayReinclude,
    canSkip: (path) => ignores(path) && !mayReinclude(path),
    descend: (path, folder) => inverse(matcher.descend(path, folder && inverse(folder))),
    matching: { only: pattern },
  };
}

/** The matcher of which `matching` is told. */
export function makeMatcher(matching: Matching): Matcher {
  return "only" in matching ? onlyMatching(matching.only) : createMatcher(matching.patterns);
}

function inverse(state: MatchState): MatchState {
  return { ...state, ignored: !state.ignored };
}

/** Whether a folder lies on the way to what a pattern can match, as far as the pattern's parts tell where that is. */
function pathsTo(pattern: string): Matcher["mayReinclude"] {
  const text = posix.join("/", pattern.trim()).slice(1);
  if (text === "" || text.startsWith("!")) return () => false;
  const parts = text.split("/");
  // "**" takes any number of folders; a class, and what a backslash stands before, may take a slash. What "^" means
  // depends on the rest of the pattern.
  const anyDepth = parts.findIndex((part) => /\*\*|[[\\^]/.test(part));
  const known = anyDepth < 0 ? parts.length - 1 : anyDepth;
  const begins = Array.from({ length: known }, (_, at) =>
    compilePattern(parts.slice(0, at + 1).join("/"), false),
  );
  return (directory) => {
    const names = directory.split("/");
    if (names.length > known)
      return anyDepth >= 0 && (known === 0 || begins[known - 1]!.matches(first(names, known)));
    return begins[names.length - 1]!.matches(directory);
  };
}

function first(names: readonly string[], count: number): string {
  return names.slice(0, count).join("/");
}
