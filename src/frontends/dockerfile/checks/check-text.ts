import { splitWhitespace } from "../parse/split-whitespace.js";
import type { Statement } from "../parse/statement.js";
import type { DockerfileReading, ReadStatement } from "../dockerfile.js";
import type { Report } from "./checks.js";

/**
 * The rules about how a file is written, as far as it can be read: letters' case, names of stages, comments, empty
 * lines.
 */
export function checkText({ text, read, stages, failure }: DockerfileReading, report: Report): void {
  for (const range of text.emptyContinuations) report("NoEmptyContinuation", { range });
  for (const each of read) checkStatement(each, report);
  if (failure !== undefined) return;
  const names = new Set<string>();
  for (const { from } of stages) {
    const { name, statement } = from;
    if (name === undefined) continue;
    const { range } = statement;
    if (name === "context" || name === "scratch") report("ReservedStageName", { range }, name);
    if (names.has(name)) report("DuplicateStageName", { range }, name);
    names.add(name);
  }
  // ARGs before the first FROM are of no stage, and BuildKit asks stages alone.
  const statements = stages.flatMap(({ from, instructions }) =>
    [from, ...instructions].map(({ statement }) => statement),
  );
  checkCasing(statements, report);
}

function checkStatement({ statement, instruction }: ReadStatement, report: Report): void {
  const { keyword, rest } = statement;
  const type = keyword.toUpperCase();
  if (type === "MAINTAINER") report("MaintainerDeprecated", statement);
  if (type === "FROM") checkNaming(statement, splitWhitespace(rest), report);
  const names =
    instruction?.type === "ARG"
      ? instruction.args.map(({ name }) => name)
      : instruction?.type === "FROM" && instruction.name !== undefined
        ? [instruction.name]
        : [];
  checkDescription(type, names, { statement, report });
}

/** The words of `image AS name`. */
function checkNaming(statement: Statement, words: readonly string[], report: Report): void {
  const { keyword } = statement;
  const [, as = "", name = ""] = words;
  if (words.length === 3 && name !== name.toLowerCase()) report("StageNameCasing", statement, name);
  const casing = casingOf(keyword);
  // Of a keyword in both cases another rule tells.
  if (words.length < 3 || casing === "mixed") return;
  const matching = casing === "lowercase" ? as.toLowerCase() : as.toUpperCase();
  if (as !== matching) report("FromAsCasing", statement, as, keyword);
}

function checkDescription(
  type: string,
  names: readonly string[],
  { statement, report }: { readonly statement: Statement; readonly report: Report },
): void {
  const comment = statement.comments.at(-1);
  const [first] = names;
  if (comment === undefined || first === undefined || names.includes(comment.split(" ", 1)[0]!)) return;
  report("InvalidDefinitionDescription", statement, type, names.length === 1 ? first : "<arg_key>");
}

function checkCasing(statements: readonly Statement[], report: Report): void {
  const count = (casing: Casing) => statements.filter(({ keyword }) => casingOf(keyword) === casing).length;
  const majority = count("lowercase") > count("uppercase") ? "lowercase" : "uppercase";
  for (const { keyword, range } of statements) {
    if (casingOf(keyword) !== majority) report("ConsistentInstructionCasing", { range }, keyword, majority);
  }
}

type Casing = "lowercase" | "uppercase" | "mixed";

function casingOf(keyword: string): Casing {
  if (keyword === keyword.toLowerCase()) return "lowercase";
  return keyword === keyword.toUpperCase() ? "uppercase" : "mixed";
}
