import { GantryError } from "../../../errors.js";
import { type SourceFile, parseError } from "../source.js";

/** A file as messages show it and as it is parsed: without the empty line that a line feed at its end would make. */
export interface SourceLines {
  readonly file: SourceFile;
  readonly lines: readonly string[];
}

/**
 * The physical lines of a Dockerfile, without its byte order mark. Bytes that are not UTF-8 become U+FFFD. Throws
 * ERR_GANTRY_DOCKERFILE_INVALID for an empty text, and for a line of more than 65,535 bytes.
 */
export function readLines(text: string | Uint8Array, name: string): SourceLines {
  const decoded =
    typeof text === "string" ? text : new TextDecoder("utf-8", { ignoreBOM: true }).decode(text);
  if (decoded === "")
    throw new GantryError("ERR_GANTRY_DOCKERFILE_INVALID", `${name}: the Dockerfile cannot be empty`);
  const file: SourceFile = { name, lines: decoded.replace(/^\ufeff/, "").split("\n") };
  for (const [index, line] of file.lines.entries()) {
    if (isTooLong(line)) {
      const range = { start: index + 1, end: index + 1 };
      throw parseError(`dockerfile line greater than max allowed size of ${longest}`, {
        place: { file, ranges: [range] },
      });
    }
  }
  return { file, lines: file.lines.at(-1) === "" ? file.lines.slice(0, -1) : file.lines };
}

/** As long as the buffer is that BuildKit reads lines with. */
const longest = 65_535;

function isTooLong(line: string): boolean {
  return line.length * 3 > longest && Buffer.byteLength(line) > longest;
}
