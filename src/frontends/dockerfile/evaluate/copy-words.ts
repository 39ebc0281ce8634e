import type { Lookup } from "../expand/reading.js";
import { expandWord } from "../expand/word.js";
import type { AddInstruction, CopyInstruction } from "../instructions/instruction.js";
import { invalid } from "../instructions/invalid.js";
import type { EscapeCharacter } from "../parse/statement.js";
import { withoutCredentials } from "../../../model/without-credentials.js";
import { isByName } from "./owner.js";

/** An instruction's words with their variables expanded. */
export interface CopyWords {
  readonly sources: readonly string[];
  readonly files: readonly { readonly name: string; readonly content: string }[];
  readonly destination: string;
  readonly chown: string | undefined;
  readonly chmod: string | undefined;
}

/** The words of a COPY or ADD, and the bodies of its heredocs, with the variables of a stage. */
export function expandWords(
  { sources, files, destination, chown, chmod }: CopyInstruction | AddInstruction,
  lookup: Lookup,
  escape: EscapeCharacter,
): CopyWords {
  const expand = (word: string) => expandWord(word, lookup, { escape }).text;
  const optional = (word: string | undefined) => (word === undefined ? undefined : expand(word) || undefined);
  return {
    sources: sources.map(expand),
    destination: expand(destination),
    chown: optional(chown),
    chmod: optional(chmod),
    files: files.map(({ name, content, expand: expands }) => ({
      name,
      // A body is expanded with a backslash whatever the file's escape character: BuildKit's way.
      content: expands ? expandWord(content, lookup, { quotes: "leave" }).text : content,
    })),
  };
}

/** The line of history, as BuildKit writes it: where from, how and what is left out are not told. */
export function describeCopy({ type, ...flags }: CopyInstruction | AddInstruction, words: CopyWords): string {
  const parents = "parents" in flags && flags.parents ? ["--parents"] : [];
  const chown = words.chown === undefined ? [] : [`--chown=${words.chown}`];
  const chmod = words.chmod === undefined ? [] : [`--chmod=${words.chmod}`];
  const inline = words.files.map(({ name }) => `<<${name}`);
  const all = [
    type,
    ...parents,
    ...chown,
    ...chmod,
    ...words.sources.map(withoutCredentials),
    ...inline,
    words.destination,
  ];
  return `${all.join(" ")} # buildkit`;
}

/**
 * Whether a layer is made on nothing and laid over the stage, so that what the stage has does not count: where the
 * destination leads, which folders are there, who there is. BuildKit forgets it where there is a --chmod.
 */
export function isLinked({ link }: CopyInstruction | AddInstruction, { chown, chmod }: CopyWords): boolean {
  if (link && chown !== undefined && isByName(chown)) {
    throw invalid(
      `--chown=${chown}: user and group names can't be resolved when used with --link, use numeric uid[:gid] instead`,
    );
  }
  return link && chmod === undefined;
}
