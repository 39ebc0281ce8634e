import { splitWhitespace } from "../parse/split-whitespace.js";
import type { Statement } from "../parse/statement.js";
import { readFlags } from "./flags.js";
import type { FromInstruction } from "./instruction.js";
import { invalid } from "./invalid.js";
import { quote } from "../../../model/quote.js";

/** `FROM [--platform=P] image [AS name]`. */
export function parseFrom(statement: Statement): FromInstruction {
  const words = splitWhitespace(statement.rest);
  const name = stageName(words);
  const { platform } = readFlags(statement.flags, { platform: "text" });
  return { type: "FROM", statement, image: words[0]!, platform, name };
}

function stageName(words: readonly string[]): string | undefined {
  const [, as, written] = words;
  if (words.length === 3 && as!.toLowerCase() === "as") {
    const name = written!.toLowerCase();
    if (/^[a-z][a-z0-9-_.]*$/.test(name)) return name;
    throw invalid(
      `invalid name for build stage: ${quote(written!)}, name can't start with a number or contain symbols`,
    );
  }
  if (words.length !== 1) throw invalid("FROM requires either one or three arguments");
  return undefined;
}
