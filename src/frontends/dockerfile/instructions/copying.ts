import { chompHeredoc, parseHeredocWord } from "../parse/heredoc.js";
import { parseJsonArray } from "../parse/json-array.js";
import { splitWhitespace } from "../parse/split-whitespace.js";
import type { Statement } from "../parse/statement.js";
import { readFlags } from "./flags.js";
import type { AddInstruction, CopyInstruction, InlineFile } from "./instruction.js";
import { invalid } from "./invalid.js";

const shared = { chown: "text", chmod: "text", link: "boolean", exclude: "texts" } as const;

/** `COPY [flags] source … destination`. */
export function parseCopy(statement: Statement): CopyInstruction {
  const words = wordsOf(statement, "COPY");
  const flags = readFlags(statement.flags, { ...shared, from: "text", parents: "boolean" });
  return {
    type: "COPY",
    statement,
    ...readSources(words, statement, "COPY"),
    ...sharedFlags(flags),
    from: flags.from === "" ? undefined : flags.from,
    parents: flags.parents ?? false,
  };
}

/** `ADD [flags] source … destination`. */
export function parseAdd(statement: Statement): AddInstruction {
  const words = wordsOf(statement, "ADD");
  const flags = readFlags(statement.flags, {
    ...shared,
    checksum: "text",
    "keep-git-dir": "boolean",
    unpack: "boolean",
  });
  return {
    type: "ADD",
    statement,
    ...readSources(words, statement, "ADD"),
    ...sharedFlags(flags),
    checksum: flags.checksum === "" ? undefined : flags.checksum,
    keepGitDir: flags["keep-git-dir"],
    unpack: flags.unpack,
  };
}

function wordsOf({ rest }: Statement, keyword: string): readonly string[] {
  const words = parseJsonArray(rest) ?? (rest === "" ? [] : splitWhitespace(rest));
  if (words.length >= 2) return words;
  throw invalid(
    `${keyword} requires at least two arguments, but only one was provided. Destination could not be determined`,
  );
}

function sharedFlags({
  chown,
  chmod,
  link = false,
  exclude = [],
}: {
  readonly chown?: string;
  readonly chmod?: string;
  readonly link?: boolean;
  readonly exclude?: readonly string[];
}) {
  return { chown: chown || undefined, chmod: chmod || undefined, link, exclude };
}

function readSources(words: readonly string[], { heredocs }: Statement, keyword: string) {
  const destination = words.at(-1)!;
  if (parseHeredocWord(destination) !== undefined)
    throw invalid(`${keyword} cannot accept a heredoc as a destination`);
  const sources: string[] = [];
  const files: InlineFile[] = [];
  for (const word of words.slice(0, -1)) {
    const heredoc = parseHeredocWord(word);
    if (heredoc === undefined) {
      sources.push(word);
      continue;
    }
    const { name, expand, chomp } = heredoc;
    // Of several of one name the last is what all of them mean: BuildKit keeps them by name.
    const content = heredocs.findLast((each) => each.name === name)?.content ?? "";
    files.push({ name, expand, content: chomp ? chompHeredoc(content) : content });
  }
  return { sources, files, destination };
}
