import { suggest } from "../../../errors.js";
import type { EscapeCharacter, Statement } from "../parse/statement.js";
import { parseCommand, parseRun, parseShell } from "./command-line.js";
import { parseAdd, parseCopy } from "./copying.js";
import { parseFrom } from "./from.js";
import { parseHealthcheck } from "./healthcheck.js";
import type { Instruction } from "./instruction.js";
import { invalid } from "./invalid.js";
import { parseExpose, parseOnbuild, parseText, parseVolume } from "./simple.js";
import { parseArg, parsePairs } from "./variables.js";

type Parse = (statement: Statement, escape: EscapeCharacter) => Instruction;

const parsers: Readonly<Record<string, Parse>> = {
  ADD: parseAdd,
  ARG: parseArg,
  CMD: (statement) => parseCommand(statement, "CMD"),
  COPY: parseCopy,
  ENTRYPOINT: (statement) => parseCommand(statement, "ENTRYPOINT"),
  ENV: (statement, escape) => parsePairs(statement, "ENV", escape),
  EXPOSE: parseExpose,
  FROM: parseFrom,
  HEALTHCHECK: parseHealthcheck,
  LABEL: (statement, escape) => parsePairs(statement, "LABEL", escape),
  MAINTAINER: (statement) => parseText(statement, "MAINTAINER"),
  ONBUILD: parseOnbuild,
  RUN: parseRun,
  SHELL: parseShell,
  STOPSIGNAL: (statement) => parseText(statement, "STOPSIGNAL"),
  USER: (statement) => parseText(statement, "USER"),
  VOLUME: parseVolume,
  WORKDIR: (statement) => parseText(statement, "WORKDIR"),
};

/**
 * What a statement means (BuildKit's instructions package): its arguments split by its own grammar, its flags read,
 * nothing expanded. Throws ERR_GANTRY_DOCKERFILE_INVALID in BuildKit's words, without a place.
 */
export function parseInstruction(statement: Statement, escape: EscapeCharacter): Instruction {
  const keyword = statement.keyword.toUpperCase();
  const parse = Object.hasOwn(parsers, keyword) ? parsers[keyword] : undefined;
  if (parse !== undefined) return parse(statement, escape);
  throw invalid(
    `unknown instruction: ${statement.keyword}${suggest(statement.keyword, Object.keys(parsers))}`,
  );
}
