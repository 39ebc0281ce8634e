import { GantryError } from "../../../errors.js";
import type { Cursor } from "./cursor.js";

/** Looks a variable up; undefined where it is not set. */
export type Lookup = (name: string) => string | undefined;

/** How words are expanded; the defaults are what most instructions do. */
export interface ExpandOptions {
  /** What takes away the meaning of the character after it: `\`, or what the escape directive says. */
  readonly escape?: "\\" | "`" | undefined;
  /** "leave": quotes are characters like others, as in the body of a heredoc. */
  readonly quotes?: "process" | "leave" | undefined;
  /** References to variables that are not set stay in the text, in BuildKit's spelling of them. */
  readonly keepUnset?: boolean | undefined;
  /** Quotes still quote, and stay in the text. */
  readonly rawQuotes?: boolean | undefined;
  /** Escape characters still escape, and stay in the text. */
  readonly rawEscapes?: boolean | undefined;
}

/** How one stretch of a word is read: the word itself, or an operand of a `${…}` in it. */
export interface Mode {
  readonly keepEscapes: boolean;
  /** It is a pattern and will be read again as one: what quotes make literal is escaped for that reading. */
  readonly pattern: boolean;
}

/** What the readers of one word share. */
export interface Reading {
  readonly cursor: Cursor;
  readonly escape: string;
  readonly processQuotes: boolean;
  readonly rawQuotes: boolean;
  readonly keepUnset: boolean;
  /** Looks a variable up and notes that it was asked for. */
  readonly find: Lookup;
  /** Reads and expands up to a character that ends an operand, and over it. */
  readonly operand: (stop: "}" | "/", mode: Mode) => string;
}

/** What every fault of a word becomes; the message is BuildKit's. */
export function invalidWord(message: string): GantryError {
  return new GantryError("ERR_GANTRY_DOCKERFILE_INVALID", message);
}

/** The fault of a `${…}` whose operand does not end. */
export function missingEnd(stop: "}" | "/"): GantryError {
  return invalidWord(`syntax error: missing '${stop}'${stop === "/" ? " in ${}" : ""}`);
}
