import { parseJsonArray } from "../parse/json-array.js";
import { splitWhitespace } from "../parse/split-whitespace.js";
import { splitCommand } from "../parse/split-command.js";
import type { EscapeCharacter, Statement } from "../parse/statement.js";
import { readFlags } from "./flags.js";
import type {
  ExposeInstruction,
  OnbuildInstruction,
  TextInstruction,
  VolumeInstruction,
} from "./instruction.js";
import { invalid, onlyArgument, requireArguments } from "./invalid.js";

/** USER, WORKDIR, STOPSIGNAL and MAINTAINER: all that follows is one text. */
export function parseText(statement: Statement, type: TextInstruction["type"]): TextInstruction {
  const text = onlyArgument(type, statement.rest === "" ? [] : [statement.rest]);
  // BuildKit forgets to look at the flags of this one.
  if (type !== "STOPSIGNAL") readFlags(statement.flags, {});
  return { type, statement, text };
}

export function parseExpose(statement: Statement): ExposeInstruction {
  const ports = statement.rest === "" ? [] : splitWhitespace(statement.rest);
  requireArguments("EXPOSE", ports);
  readFlags(statement.flags, {});
  const ordered = [...ports].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return { type: "EXPOSE", statement, ports: ordered };
}

export function parseVolume(statement: Statement): VolumeInstruction {
  const { rest } = statement;
  const paths = parseJsonArray(rest) ?? (rest === "" ? [] : splitWhitespace(rest));
  requireArguments("VOLUME", paths);
  readFlags(statement.flags, {});
  const trimmed = paths.map((path) => path.trim());
  if (trimmed.includes("")) throw invalid("VOLUME specified can not be an empty string");
  return { type: "VOLUME", statement, paths: trimmed };
}

/** The instruction is kept as it is; what it means is looked at when a build on the image runs it. */
export function parseOnbuild(statement: Statement, escape: EscapeCharacter): OnbuildInstruction {
  const { rest, text, heredocs, flags } = statement;
  if (rest === "") requireArguments("ONBUILD", []);
  readFlags(flags, {});
  const keyword = splitCommand(rest, escape).keyword.toUpperCase();
  if (keyword === "ONBUILD") throw invalid("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  if (keyword === "FROM" || keyword === "MAINTAINER")
    throw invalid(`${keyword} isn't allowed as an ONBUILD trigger`);
  const line = text.replace(/^\s*ONBUILD\s*/i, "");
  const bodies = heredocs.map(({ name, content }) => `\n${content}${name}`);
  return { type: "ONBUILD", statement, trigger: line + bodies.join("") };
}
