import type { GantryError } from "../../../errors.js";
import { type SourceRange, parseAt, parseError } from "../source.js";
import { createDirectiveReader, detectCheck, detectSyntax, parseEscape } from "./directives.js";
import { readHeredocs } from "./heredoc.js";
import { type JoinedLine, joinLines, withoutLineEnd } from "./join-lines.js";
import { type SourceLines, readLines } from "./read-lines.js";
import { trimSpace, trimSpaceStart } from "./space.js";
import { splitCommand } from "./split-command.js";
import type { DockerfileText, EscapeCharacter, Statement } from "./statement.js";

/**
 * Reads a Dockerfile into its statements as BuildKit's parser does; no instruction need exist, and no argument be sound.
 * `name` is what messages call the file. Throws ERR_GANTRY_DOCKERFILE_INVALID, a DockerfileError unless the text is
 * empty.
 */
export function parseDockerfile(
  text: string | Uint8Array,
  { name = "Dockerfile" }: { readonly name?: string | undefined } = {},
): DockerfileText {
  const source = readLines(text, name);
  const { file, lines } = source;
  const { escape, next: top } = readEscape(source);
  const statements: Statement[] = [];
  const emptyContinuations: SourceRange[] = [];
  let comments: string[] = [];
  for (let at = top; at < lines.length;) {
    const line = lines[at]!;
    const trimmed = trimSpaceStart(line);
    if (trimmed === "" || trimmed.startsWith("#")) {
      const comment = trimmed === "" ? undefined : readComment(line);
      if (comment === "") comments = [];
      else if (comment !== undefined) comments.push(comment);
      at++;
      continue;
    }
    const joined = joinLines(lines, { at, escape });
    const statement = readStatement(source, { start: at + 1, escape, joined });
    statements.push({ ...statement, comments });
    if (joined.emptyContinuation) emptyContinuations.push({ start: joined.next, end: joined.next });
    comments = [];
    at = statement.range.end;
  }
  if (statements.length === 0) throw noInstructions(source);
  const [syntax, check] = [detectSyntax(lines), detectCheck(lines)];
  const directives = { escape, ...(syntax && { syntax }), ...(check && { check }) };
  return { file, statements, directives, emptyContinuations };
}

/** Passes over the directives; of these only `escape` matters to the parser. */
function readEscape({ file, lines }: SourceLines): {
  readonly escape: EscapeCharacter;
  readonly next: number;
} {
  const read = createDirectiveReader("#");
  let escape: EscapeCharacter = "\\";
  for (const [next, line] of lines.entries()) {
    const isDirective = parseAt({ file, ranges: [{ start: next + 1, end: next + 1 }] }, () => {
      const directive = read(trimSpaceStart(withoutLineEnd(line)));
      if (directive?.name === "escape") escape = parseEscape(directive.text);
      return directive !== undefined;
    });
    if (!isDirective) return { escape, next };
  }
  return { escape, next: lines.length };
}

/** Of an indented comment the `#` is kept, since BuildKit cuts whatever comes first. */
function readComment(line: string): string {
  return trimSpace(line.slice(1));
}

function readStatement(
  { file, lines }: SourceLines,
  {
    start,
    escape,
    joined,
  }: { readonly start: number; readonly escape: EscapeCharacter; readonly joined: JoinedLine },
): Omit<Statement, "comments"> {
  const { text, next } = joined;
  const command = { ...splitCommand(text, escape), text };
  const { heredocs, next: end } = parseAt({ file, ranges: [{ start, end: next }] }, () =>
    readHeredocs(command, { escape, lines, next }),
  );
  if (heredocs === undefined)
    throw parseError("unterminated heredoc", { place: { file, ranges: [{ start, end }] } });
  return { ...command, heredocs, range: { start, end } };
}

function noInstructions({ file, lines }: SourceLines): GantryError {
  const line = Math.max(1, lines.length);
  return parseError("file with no instructions", { place: { file, ranges: [{ start: line, end: line }] } });
}
