import { splitNameValues } from "../parse/split-name-values.js";
import { splitWords } from "../parse/split-words.js";
import type { EscapeCharacter, Statement } from "../parse/statement.js";
import { readFlags } from "./flags.js";
import type { ArgInstruction, PairsInstruction } from "./instruction.js";
import { invalid, requireArguments } from "./invalid.js";

/** `ENV name=value …`, and LABEL. */
export function parsePairs(
  statement: Statement,
  type: PairsInstruction["type"],
  escape: EscapeCharacter,
): PairsInstruction {
  const { pairs, legacy } = splitNameValues(statement.rest, { escape, keyword: type });
  readFlags(statement.flags, {});
  requireArguments(type, pairs);
  if (pairs.some(({ name }) => name === "")) throw invalid(`${type} names can not be blank`);
  return { type, statement, pairs, legacy };
}

/** `ARG name[=default] …`. */
export function parseArg(statement: Statement, escape: EscapeCharacter): ArgInstruction {
  const words = splitWords(statement.rest, escape);
  requireArguments("ARG", words);
  const args = words.map((word) => {
    const equals = word.indexOf("=");
    if (equals === 0) throw invalid("ARG names can not be blank");
    return equals < 0
      ? { name: word, value: undefined }
      : { name: word.slice(0, equals), value: word.slice(equals + 1) };
  });
  return { type: "ARG", statement, args };
}
