import type { SourceFile, SourceRange } from "../source.js";

/** The character that escapes the next one and, at the end of a line, joins it with the next. */
export type EscapeCharacter = "\\" | "`";

/** What a Dockerfile is made of, before anything is understood. */
export interface DockerfileText {
  /** The file as error messages show it. */
  readonly file: SourceFile;
  readonly statements: readonly Statement[];
  readonly directives: Directives;
  /**
   * For each statement that goes on over an empty line, its last line (but heredocs): where BuildKit's
   * NoEmptyContinuation points.
   */
  readonly emptyContinuations: readonly SourceRange[];
}

/** The parser directives at the top of the file (`# name=value`). */
export interface Directives {
  readonly escape: EscapeCharacter;
  /** The frontend image that the file is written for. */
  readonly syntax?: Directive;
  /** What the build checks are to skip, as `skip=A,B;error=true`. */
  readonly check?: Directive;
}

/** One parser directive's value. */
export interface Directive {
  /** Up to the first space: what counts. */
  readonly value: string;
  /** All of it. */
  readonly text: string;
  /** Its line; line 0, which no file has, where it is in a JSON document. */
  readonly range: SourceRange;
}

/** An instruction with its arguments not split yet, but for what every instruction has. */
export interface Statement {
  /** As written; "" where a line holds nothing but the escape character. */
  readonly keyword: string;
  /** The leading words with `--`, quotes and escapes removed; a bare `--` ended them and is not among them. */
  readonly flags: readonly string[];
  /** What follows the flags: trimmed, its lines joined, its quotes and escapes untouched. */
  readonly rest: string;
  /** The joined line from its first character that is not blank: for ONBUILD and for messages. */
  readonly text: string;
  /** In the order of their words in the text; of an ONBUILD they belong to the inner instruction. */
  readonly heredocs: readonly Heredoc[];
  /** From its first physical line to its last, heredocs included. */
  readonly range: SourceRange;
  /** The comments above it, trimmed, back to an empty one or the instruction before; blank lines do not part them. */
  readonly comments: readonly string[];
}

/** A word `<<NAME` that begins a heredoc. */
export interface HeredocWord {
  /** What ends it, without quotes. */
  readonly name: string;
  /** Whether variables in it are expanded: no part of the name was quoted. */
  readonly expand: boolean;
  /** `<<-`: leading tabs are to be removed from its lines. */
  readonly chomp: boolean;
}

/** A heredoc with the lines up to its end. */
export interface Heredoc extends HeredocWord {
  /** Verbatim: each line with its line feed, and its leading tabs even where `chomp` is set. */
  readonly content: string;
}
