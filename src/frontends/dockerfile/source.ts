import { type ErrorCode, GantryError } from "../../errors.js";
import { withoutCredentials } from "../../model/without-credentials.js";

/** Physical lines of a file from the first to the last, counted from 1. */
export interface SourceRange {
  readonly start: number;
  readonly end: number;
}

/** A Dockerfile as messages show it. */
export interface SourceFile {
  /** As messages name it: "Dockerfile", "build/app.Dockerfile". */
  readonly name: string;
  /** What is between its line feeds: a file that ends with one has an empty last line. */
  readonly lines: readonly string[];
}

/** Where in which file. Several ranges show as one excerpt with each of them marked. */
export interface SourcePlace {
  readonly file: SourceFile;
  readonly ranges: readonly SourceRange[];
}

/** An error about lines of a Dockerfile: its message is one line, then the excerpt that BuildKit prints. */
export class DockerfileError extends GantryError {
  readonly place: SourcePlace;

  constructor(
    message: string,
    {
      place,
      code = "ERR_GANTRY_DOCKERFILE_INVALID",
      cause,
    }: { readonly place: SourcePlace; readonly code?: ErrorCode; readonly cause?: unknown },
  ) {
    const excerpt = formatExcerpt(place);
    super(code, excerpt === "" ? message : `${message}\n${excerpt}`, { cause });
    this.place = place;
  }
}

/** An error with the words that BuildKit puts before what it could not parse; the line is the first range's first. */
export function parseError(
  problem: string,
  options: { readonly place: SourcePlace; readonly cause?: unknown },
): DockerfileError {
  const line = options.place.ranges[0]?.start ?? 1;
  return new DockerfileError(`dockerfile parse error on line ${line}: ${problem}`, options);
}

/**
 * Does work on a statement whose functions know nothing of files: an ERR_GANTRY_DOCKERFILE_INVALID that has no place
 * yet becomes a parse error at this one; anything else passes as it is.
 */
export function parseAt<T>(place: SourcePlace, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof GantryError) || error instanceof DockerfileError) throw error;
    if (error.code !== "ERR_GANTRY_DOCKERFILE_INVALID") throw error;
    throw parseError(error.message, { place, cause: error });
  }
}

/**
 * The lines of a place as BuildKit prints them: two more on either side of a single line, one of several, the place's
 * own marked with `>>>`; "" where the file has no such line. Control characters and what is past 500 characters do not
 * show.
 */
export function formatExcerpt({ file, ranges }: SourcePlace): string {
  const start = Math.min(...ranges.map((range) => range.start));
  const end = Math.min(Math.max(...ranges.map((range) => range.end)), file.lines.length);
  if (!(start >= 1 && start <= end)) return "";
  const padding = start === end ? 2 : 1;
  const first = Math.max(1, start - padding);
  const shown = file.lines.slice(first - 1, end + padding).map((line, index) => {
    const number = first + index;
    const marked = ranges.some((range) => range.start <= number && number <= range.end);
    return formatLine(line, { number, marked });
  });
  return [`${file.name}:${start}`, rule, ...shown, rule].join("\n");
}

/** The lines of a place alone, as an excerpt has them; of a longer range the first four. */
export function formatLines({ file, ranges }: SourcePlace): string {
  return ranges
    .flatMap(({ start, end }) => {
      const lines = file.lines.slice(start - 1, Math.min(end, start + 3));
      const shown = lines.map((line, index) => formatLine(line, { number: start + index, marked: true }));
      return end > start + 3 ? [...shown, "     |     ..."] : shown;
    })
    .join("\n");
}

function formatLine(
  line: string,
  { number, marked }: { readonly number: number; readonly marked: boolean },
): string {
  return ` ${String(number).padStart(3)} | ${marked ? ">>>" : "   "} ${printable(line)}`;
}

const rule = "-".repeat(20);

/** A line as messages show it: a trigger comes from a base image, which must not steer the terminal. */
export function printable(text: string): string {
  const line = withoutCredentials(text);
  const cut = line.length > 500 ? `${line.slice(0, 500)}...` : line;
  return cut.replace(/\r$/, "").replace(/[\0-\x08\x0a-\x1f\x7f-\x9f]/g, "\ufffd");
}
