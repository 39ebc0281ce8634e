/** A spelling of what was written so far, and where it stands. */
interface Spelling {
  readonly text: string;
  readonly quote: "" | "'" | '"';
  /** What stands at its end unescaped and must not meet a character that would give it a meaning. */
  readonly open: "" | "$" | "escape";
  /** How much there is in it that is no longer but odd: quotes within the word, a bare `$` or escape character. */
  readonly oddities: number;
}

/**
 * The shortest spelling of a text as one word: `expandWord` gives the text back with nothing looked up, `expandWords`
 * does not split it. Of equally short ones it is a plain one. The empty text is `""`.
 */
export function quoteWord(text: string, escape: "\\" | "`" = "\\"): string {
  if (text === "") return '""';
  let spellings: readonly Spelling[] = [{ text: "", quote: "", open: "", oddities: 0 }];
  for (const point of text) {
    const closed = [...spellings, ...spellings.flatMap(close).map(odder)];
    const opened = [...closed, ...closed.flatMap(open)];
    spellings = best(best(opened).flatMap((spelling) => written(spelling, point, escape)));
  }
  return spellings.flatMap(close).reduce(better).text;
}

/** Itself outside of quotes; none where a quote would be escaped. */
function close(spelling: Spelling): readonly Spelling[] {
  const { text, quote, open } = spelling;
  if (quote === "") return [spelling];
  return open === "escape" ? [] : [{ ...spelling, text: text + quote, quote: "", open: "" }];
}

function open(spelling: Spelling): readonly Spelling[] {
  const { text, quote } = spelling;
  if (quote !== "") return [];
  const quotes = ["'", '"'] as const;
  const opened = quotes.map((mark): Spelling => ({ ...spelling, text: text + mark, quote: mark, open: "" }));
  return text === "" ? opened : opened.map(odder);
}

function odder(spelling: Spelling): Spelling {
  return { ...spelling, oddities: spelling.oddities + 1 };
}

/** The ways to write a character next, as it is and escaped. */
function written(spelling: Spelling, point: string, escape: string): readonly Spelling[] {
  const { text, quote, open } = spelling;
  const bare: Spelling = { ...spelling, text: text + point, open: "" };
  if (quote === "'") return point === "'" ? [] : [bare];
  const inDouble = point === '"' || point === "$" || point === escape;
  const ways: Spelling[] = [];
  if (!meets(open, point, inDouble) && (quote === "" ? plainly(point, text, escape) : point !== '"')) {
    ways.push(inDouble ? odder({ ...bare, open: point === "$" ? "$" : "escape" }) : bare);
  }
  if (quote === "" || (inDouble && open !== "escape")) ways.push({ ...bare, text: text + escape + point });
  return ways;
}

/** Whether a character would give what stands open before it a meaning; one that is escaped never meets a `$`. */
function meets(open: Spelling["open"], point: string, inDouble: boolean): boolean {
  return open === "$" ? begins.test(point) : open === "escape" && inDouble;
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
  const gain = one.text.length - other.text.length || one.oddities - other.oddities;
  return gain <= 0 ? one : other;
}
