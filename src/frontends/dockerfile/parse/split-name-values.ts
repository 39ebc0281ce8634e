import { GantryError } from "../../../errors.js";
import { quote } from "../../../model/quote.js";
import type { EscapeCharacter } from "./statement.js";
import { splitWhitespaceOnce } from "./split-whitespace.js";
import { splitWords } from "./split-words.js";

/** The arguments of an ENV or LABEL, quotes and escapes untouched. */
export interface NameValues {
  /** `ENV name the rest`, one name whose value is all that follows. */
  readonly legacy: boolean;
  readonly pairs: readonly { readonly name: string; readonly value: string }[];
}

/**
 * Reads `name=value …`, or the legacy form where the first word has no `=`. No pairs for nothing. Throws
 * ERR_GANTRY_DOCKERFILE_INVALID for a word without `=`, or for a legacy name alone.
 */
export function splitNameValues(
  rest: string,
  { escape, keyword }: { readonly escape: EscapeCharacter; readonly keyword: "ENV" | "LABEL" },
): NameValues {
  const words = splitWords(rest, escape);
  if (words.length === 0) return { legacy: false, pairs: [] };
  if (words[0]!.includes("=")) return { legacy: false, pairs: words.map(parsePair) };
  const [name, value] = splitWhitespaceOnce(rest);
  if (value === undefined) throw invalid(`${keyword} must have two arguments`);
  return { legacy: true, pairs: [{ name, value }] };
}

function parsePair(word: string): { readonly name: string; readonly value: string } {
  const at = word.indexOf("=");
  if (at < 0) throw invalid(`Syntax error - can't find = in ${quote(word)}. Must be of the form: name=value`);
  return { name: word.slice(0, at), value: word.slice(at + 1) };
}

function invalid(problem: string): GantryError {
  return new GantryError("ERR_GANTRY_DOCKERFILE_INVALID", problem);
}
