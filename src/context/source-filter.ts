import { posix, relative, sep } from "node:path";
import { GantryError } from "../errors.js";
import type { Matcher } from "./ignore.js";
import type { MatchState } from "../plan/matching.js";

/** One set of patterns, with what it says of the source itself. */
export interface Filter {
  readonly matcher: Matcher;
  /** Goes before a path relative to the source, to make it relative to the folder the patterns are for. */
  readonly prefix: string;
  readonly state: MatchState | undefined;
}

/** What the filters say of one path. */
export interface Verdict {
  readonly ignored: boolean;
  /** One for each filter, for judging what is in this folder. */
  readonly states: readonly (MatchState | undefined)[];
}

/**
 * The filters that apply to a source. A source that .dockerignore leaves out entirely is an error: docker cannot see it
 * either.
 */
export function sourceFilters(
  {
    source,
    exclude,
    only,
    ignore,
  }: {
    readonly source: string;
    readonly exclude: Matcher | undefined;
    readonly only?: Matcher | undefined;
    readonly ignore: { readonly root: string; readonly matcher: Matcher } | undefined;
  },
  isFolder: boolean,
): readonly Filter[] {
  const filters: Filter[] = [];
  const inContext = ignore === undefined ? undefined : pathInside(ignore.root, source);
  if (ignore !== undefined && inContext !== undefined) {
    const { matcher } = ignore;
    const state = stateOf(matcher, inContext);
    const leftOut = state?.ignored && !(isFolder && matcher.mayReinclude(inContext));
    if (leftOut) throw ignoredSource(source);
    filters.push({ matcher, prefix: inContext === "" ? "" : `${inContext}/`, state });
  }
  if (exclude !== undefined) {
    const state = isFolder ? undefined : stateOf(exclude, posix.basename(toSlashes(source)));
    filters.push({ matcher: exclude, prefix: "", state });
  }
  if (only !== undefined) filters.push({ matcher: only, prefix: "", state: undefined });
  return filters;
}

/** Asks every filter about a path relative to the source. */
export function judge(filters: readonly Filter[], folder: Verdict, path: string): Verdict {
  if (filters.length === 0) return kept;
  let ignored = false;
  const states = filters.map(({ matcher, prefix }, index) => {
    const state = matcher.descend(prefix + path, folder.states[index]);
    ignored ||= state.ignored;
    return state;
  });
  return { ignored, states };
}

const kept: Verdict = { ignored: false, states: [] };

/** Whether an ignored path, if it is a folder, may hold something that is not: only then is it entered. */
export function mayHoldKept(filters: readonly Filter[], { states }: Verdict, path: string): boolean {
  return filters.every(
    ({ matcher, prefix }, index) => !states[index]?.ignored || matcher.mayReinclude(prefix + path),
  );
}

function stateOf(matcher: Matcher, path: string): MatchState | undefined {
  let state: MatchState | undefined;
  for (let end = path.indexOf("/"); end >= 0; end = path.indexOf("/", end + 1)) {
    state = matcher.descend(path.slice(0, end), state);
  }
  return path === "" ? undefined : matcher.descend(path, state);
}

/** The path relative to the folder, with slashes; undefined where it is not in it. */
function pathInside(folder: string, path: string): string | undefined {
  const inside = toSlashes(relative(folder, path));
  return inside === ".." || inside.startsWith("../") || posix.isAbsolute(inside) ? undefined : inside;
}

function toSlashes(path: string): string {
  return sep === "/" ? path : path.replaceAll(sep, "/");
}

/** The error for a source that .dockerignore leaves out with all it holds. */
export function ignoredSource(source: string): GantryError {
  return new GantryError(
    "ERR_GANTRY_SOURCE_NOT_FOUND",
    `${source} is left out by the context's .dockerignore; add an exception ("!…") there, or name another source`,
  );
}
