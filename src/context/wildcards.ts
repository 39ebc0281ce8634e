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
  reach(pieces, now, { from: 0, isStart: true });
  for (const point of path) {
    next.before.fill(0);
    next.among.fill(0);
    for (const [index, piece] of pieces.entries()) take(pieces, { index, piece, point, now, next });
    [now, next] = [next, now];
  }
  return now.before[pieces.length] === 1;
}

function take(
  pieces: readonly Piece[],
  {
    index,
    piece,
    point,
    now,
    next,
  }: {
    readonly index: number;
    readonly piece: Piece;
    readonly point: string;
    readonly now: Places;
    readonly next: Places;
  },
): void {
  if (piece.takes === "folders") {
    if (now.among[index] === 0 || point === "\n") return;
    next.among[index] = 1;
    if (point === "/") reach(pieces, next, { from: index + 1 });
  } else if (now.before[index] === 1) {
    if (piece.takes === "one" && piece.matches(point)) reach(pieces, next, { from: index + 1 });
    else if (piece.takes === "name" && point !== "/") reach(pieces, next, { from: index });
    else if (piece.takes === "rest" && point !== "\n") reach(pieces, next, { from: index });
  }
}

/** A place is reached, and so are those behind pieces that may take nothing. */
function reach(
  pieces: readonly Piece[],
  { before, among }: Places,
  { from, isStart = false }: { readonly from: number; readonly isStart?: boolean },
): void {
  for (let index = from; before[index] === 0; index++) {
    before[index] = 1;
    const takes = pieces[index]?.takes;
    if (takes === "folders") among[index] = 1;
    if (takes === undefined || takes === "one" || (takes === "start" && !isStart)) return;
  }
}

function noPlaces({ length }: readonly Piece[]): Places {
  return { before: new Uint8Array(length + 1), among: new Uint8Array(length + 1) };
}
