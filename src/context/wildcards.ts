/** A piece of a pattern: the regular expression for it, and what it takes of a path. */
export type Piece =
  | { readonly source: string; readonly takes: "one"; readonly matches: (point: string) => boolean }
  /**
   * Any characters of a name; any at all, to the end; any folders, with their slash, or none; nothing, at the path's
   * start.
   */
  | { readonly source: string; readonly takes: "name" | "rest" | "folders" | "start" };

/**
 * Whether pieces match a whole path. A regular expression tells where there are few wildcards. Where there are many it
 * would try every way to share a path among them, which no build ends: all ways are then followed at once, in time in
 * proportion to path times pattern.
 */
export function compilePieces(pieces: readonly Piece[]): (path: string) => boolean {
  const expression = new RegExp(`^${pieces.map(({ source }) => source).join("")}$`, "u");
  const wild = pieces.filter(({ takes }) => takes !== "one").length;
  return wild <= mostForExpression ? (path) => expression.test(path) : (path) => matchAtOnce(pieces, path);
}

/** Two share a path of 4,096 characters in 8 million ways at most. */
const mostForExpression = 2;

/** Places of a pattern that a path can have come to, each with a place for being among the folders of it. */
interface Places {
  readonly before: Uint8Array;
  readonly among: Uint8Array;
}

/** Follows all ways through the pieces, one character of the path after the other. */
export function matchAtOnce(pieces: readonly Piece[], path: string): boolean {
  let now = noPlaces(pieces);
  let next = noPlaces(pieces);
  // What stands for the path's start takes nothing there, and nowhere else.
  let from = reach(pieces, now, 0);
  while (pieces[from]?.takes === "start") from = reach(pieces, now, from + 1);
  for (const point of path) {
    next.before.fill(0);
    next.among.fill(0);
    if (!step(pieces, { now, next }, point)) return false;
    [now, next] = [next, now];
  }
  return now.before[pieces.length] === 1;
}

/** Takes a character in every place that was come to; whether any is left. */
function step(
  pieces: readonly Piece[],
  { now, next }: { readonly now: Places; readonly next: Places },
  point: string,
): boolean {
  let isLeft = false;
  for (let index = 0; index < pieces.length; index++) {
    if (now.before[index] === 0 && now.among[index] === 0) continue;
    const to = destination(pieces[index]!, point, index);
    if (to === undefined) continue;
    isLeft = true;
    if (to !== "among") {
      reach(pieces, next, to);
      continue;
    }
    next.among[index] = 1;
    if (point === "/") reach(pieces, next, index + 1);
  }
  return isLeft;
}

/** Where a piece that takes a character leads; among the folders of it, or nowhere. */
function destination(piece: Piece, point: string, index: number): number | "among" | undefined {
  switch (piece.takes) {
    case "one":
      return piece.matches(point) ? index + 1 : undefined;
    case "name":
      return point === "/" ? undefined : index;
    case "rest":
      return point === "\n" ? undefined : index;
    case "folders":
      return point === "\n" ? undefined : "among";
    case "start":
      return undefined;
  }
}

/** A place is reached, and so are those behind pieces that may take nothing; the last of them. */
function reach(pieces: readonly Piece[], { before, among }: Places, from: number): number {
  let index = from;
  for (; before[index] === 0; index++) {
    before[index] = 1;
    const takes = pieces[index]?.takes;
    if (takes === "folders") among[index] = 1;
    if (takes === undefined || takes === "one" || takes === "start") break;
  }
  return index;
}

function noPlaces({ length }: readonly Piece[]): Places {
  return { before: new Uint8Array(length + 1), among: new Uint8Array(length + 1) };
}
