import { badHead } from "./bad-answer.js";

/** Status line and fields of a response (RFC 9112 sections 4 and 5). */
export interface ResponseHead {
  /** The minor version: of HTTP/1.0, or of HTTP/1.1. */
  readonly minor: 0 | 1;
  readonly status: number;
  /** Lower-case names; repeated fields are joined with ", ". */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

// RFC wants a space behind the status even where no reason follows it; not every server does.
const statusLine = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const fieldLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\t\x20-\x7e\x80-\xff]*)$/;

/** Fields that are no lists (RFC 9110 section 5.3): of several the first counts, as for node:http. */
const single = new Set([
  "age",
  "content-type",
  "etag",
  "expires",
  "last-modified",
  "location",
  "retry-after",
  "server",
]);

/** Reads a head, without the empty line at its end. Throws a TransportFailure for one that is not to the letter. */
export function parseResponseHead(text: string): ResponseHead {
  const [first = "", ...lines] = text.split("\r\n");
  const [, minor, status] = statusLine.exec(first) ?? [];
  if (minor === undefined) throw badHead("HPE_INVALID_CONSTANT", "it begins with no status line");
  const headers = new Map<string, string>();
  for (const line of unfold(lines)) {
    const [, written, value] = fieldLine.exec(line) ?? [];
    if (written === undefined || value === undefined)
      throw badHead("HPE_INVALID_HEADER_TOKEN", "a line of its head is no header");
    const name = written.toLowerCase();
    const known = headers.get(name);
    if (known === undefined) headers.set(name, trimSpace(value));
    else if (!single.has(name)) headers.set(name, `${known}, ${trimSpace(value)}`);
  }
  return { minor: minor === "0" ? 0 : 1, status: Number(status), headers: Object.fromEntries(headers) };
}

/** Lines that go on in the next one, made one (RFC 9112 section 5.2). */
function unfold(lines: readonly string[]): string[] {
  const whole: string[] = [];
  for (const line of lines) {
    if (whole.length > 0 && /^[\t ]/.test(line)) whole.push(`${whole.pop()} ${trimSpace(line)}`);
    else whole.push(line);
  }
  return whole;
}

/** Spaces and tabs alone: what `trim` takes away beside them may belong to a value in another encoding. */
function trimSpace(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && isSpace(text[start])) start++;
  while (end > start && isSpace(text[end - 1])) end--;
  return text.slice(start, end);
}

function isSpace(character: string | undefined): boolean {
  return character === " " || character === "\t";
}
