/** A spelling of what was written so far, and where it stands. */
interface Spelling {
  readonly text: string;
  readonly quote: "" | "'" | '"';
  /** What stands at its end unescaped and must not meet a character that would give it a meaning. */
  readonly open: "" | "$" | "escape";
  readonly switches: number;
}

/**
 * The shortest spelling of a text as one word: `expandWord` gives the text back, with nothing looked up, and `expandWords`
 * does not split it. Of equally short ones it has the fewest quotes. The empty text is `""`.
 */
export function quoteWord(text: string, escape: "\\" | "`" = "\\"): string {
  if (text === "") return '""';
  let spellings: readonly Spelling[] = [{ text: "", quote: "", open: "", switches: 0 }];
  for (const point of text) {
    const switched = best(spellings.flatMap(requoted).flatMap(requoted));
    spellings = best(switched.flatMap((spelling) => written(spelling, point, escape)));
  }
  return spellings
    .flatMap(requoted)
    .filter(({ quote }) => quote === "")
    .reduce(better).text;
}

/** Itself and, where a quote may stand next, what that opens or closes. */
function requoted(spelling: Spelling): readonly Spelling[] {
  const { text, quote, open, switches } = spelling;
  const targets = quote === "" ? (["'", '"'] as const) : open === "escape" ? [] : ([""] as const);
  const others = targets.map((target): Spelling => ({
    text: text + (quote || target),
    quote: target,
    open: "",
    switches: switches + 1,
  }));
  return [spelling, ...others];
}

/** The ways to write a character next, as it is and escaped. */
function written(spelling: Spelling, point: string, escape: string): readonly Spelling[] {
  const { text, quote, open } = spelling;
  if (quote === "'") return point === "'" ? [] : [{ ...spelling, text: text + point }];
  const inDouble = ['"', "$", escape].includes(point);
  const ways: Spelling[] = [];
  if (quote === "" ? plainly(point, text, escape) : point !== '"') {
    const next = point === "$" ? "$" : point === escape ? "escape" : "";
    const meets = open === "$" ? begins.test(point) : open === "escape" && inDouble;
    if (!meets) ways.push({ ...spelling, text: text + point, open: next });
  }
  if (quote === "" || (inDouble && open !== "escape"))
    ways.push({ ...spelling, text: text + escape + point, open: "" });
  return ways;
}

/** Whether a character stands for itself outside of quotes; a byte order mark does, but not at the start of a word. */
function plainly(point: string, before: string, escape: string): boolean {
  if (point === "\uFEFF") return before !== "";
  return point !== escape && !/['"\p{White_Space}]/u.test(point);
}

/** What makes a reference of a `$` before it. */
const begins = /[\p{L}\p{Nd}_{@*#?$!-]/u;

/** The best spelling for each place to stand. */
function best(spellings: readonly Spelling[]): readonly Spelling[] {
  const places = new Map<string, Spelling>();
  for (const spelling of spellings) {
    const place = spelling.quote + spelling.open;
    const other = places.get(place);
    places.set(place, other === undefined ? spelling : better(other, spelling));
  }
  return [...places.values()];
}

function better(one: Spelling, other: Spelling): Spelling {
  const gain = one.text.length - other.text.length || one.switches - other.switches;
  return gain <= 0 ? one : other;
}
