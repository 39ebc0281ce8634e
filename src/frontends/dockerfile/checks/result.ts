import { formatExcerpt, type DockerfileError, type SourceFile, type SourceRange } from "../source.js";
import type { Violation } from "./checks.js";

/** What the build checks of a Dockerfile found: the JSON of `docker build --call=check,format=json`. */
export interface CheckResult {
  /** In the order they were found. */
  readonly warnings: readonly CheckWarning[];
  /** The Dockerfile, the one source there is. */
  readonly sources: readonly CheckSource[];
  /** What is wrong with the file beyond warnings; what is after it may not have been checked. */
  readonly buildError?: CheckError;
}

/** One rule that some lines break. */
export interface CheckWarning {
  /** "StageNameCasing": for `# check=skip=…`. */
  readonly ruleName: string;
  readonly description: string;
  /**
   * Docker's page of the rule, or "docs/dockerfile.md#…" for one that only Gantry has. Absent of a rule that docker
   * explains nowhere.
   */
  readonly url?: string;
  /** What is wrong with these lines, in one line. */
  readonly detail: string;
  readonly location: CheckLocation;
}

export interface CheckError {
  readonly message: string;
  readonly location: CheckLocation;
}

/** Each of the lines of an instruction, counted from 1; no ranges where it is about none. */
export interface CheckLocation {
  readonly ranges?: readonly {
    readonly start: { readonly line: number };
    readonly end: { readonly line: number };
  }[];
}

export interface CheckSource {
  readonly filename: string;
  readonly language: "Dockerfile";
  /** Its text, in base64. */
  readonly data: string;
}

/** A violation as it is in the result. */
export function warningOf({ rule, detail, range }: Violation): CheckWarning {
  const { name, description, url } = rule;
  return {
    ruleName: name,
    description,
    ...(url === undefined ? {} : { url }),
    detail,
    location: locationOf([range]),
  };
}

/** An error as it is in the result, without the excerpt that its message ends with. */
export function checkErrorOf(error: Error & Partial<Pick<DockerfileError, "place">>): CheckError {
  const { place, message } = error;
  const excerpt = place === undefined ? "" : formatExcerpt(place);
  const own = excerpt !== "" && message.endsWith(`\n${excerpt}`);
  return {
    message: own ? message.slice(0, -excerpt.length - 1) : message,
    location: locationOf(place?.ranges ?? []),
  };
}

function locationOf(ranges: readonly SourceRange[]): CheckLocation {
  const lines = ranges.flatMap(({ start, end }) =>
    Array.from({ length: end - start + 1 }, (_, index) => start + index),
  );
  return lines.length === 0 ? {} : { ranges: lines.map((line) => ({ start: { line }, end: { line } })) };
}

/** The result as `docker build --check` prints it: warnings in the order of their lines, each with the lines around it. */
export function formatCheck({ warnings, sources, buildError }: CheckResult): string {
  const count = `${warnings.length} ${warnings.length === 1 ? "warning has" : "warnings have"}`;
  const none = buildError === undefined ? ["Check complete, no warnings found."] : [];
  const heading = warnings.length === 0 ? none : [`Check complete, ${count} been found!`];
  const file = fileOf(sources);
  const ordered = warnings.toSorted((one, other) => firstLine(one) - firstLine(other));
  const told = ordered.map((warning) => `\n${formatWarning(warning, file)}`);
  const failure =
    buildError === undefined
      ? []
      : [
          ...(warnings.length === 0 ? [] : [""]),
          `ERROR: ${buildError.message}`,
          ...excerptOf(buildError, file),
        ];
  return [...heading, ...told, ...failure].map((line) => `${line}\n`).join("");
}

function formatWarning(warning: CheckWarning, file: SourceFile): string {
  const { ruleName, url, detail } = warning;
  const title = `WARNING: ${ruleName}${url === undefined ? "" : ` - ${url}`}`;
  return [title, detail, ...excerptOf(warning, file)].join("\n");
}

function excerptOf({ location: { ranges = [] } }: { readonly location: CheckLocation }, file: SourceFile) {
  const place = { file, ranges: ranges.map(({ start, end }) => ({ start: start.line, end: end.line })) };
  const excerpt = ranges.length === 0 ? "" : formatExcerpt(place);
  return excerpt === "" ? [] : [excerpt];
}

function fileOf([source]: readonly CheckSource[]): SourceFile {
  const text = Buffer.from(source?.data ?? "", "base64").toString("utf8");
  return { name: source?.filename ?? "", lines: text.split("\n") };
}

function firstLine({ location: { ranges = [] } }: CheckWarning): number {
  return ranges[0]?.start.line ?? 0;
}
