import { parseInstruction } from "../instructions/parse-instruction.js";
import { invalid } from "../instructions/invalid.js";
import { parseDockerfile } from "../parse/parse.js";
import type { StageInstruction } from "../dockerfile.js";

/**
 * The instructions that ONBUILD left for who builds on an image, read with the default escape character: they are
 * carried out before the stage's own. A RUN among them is refused like any other.
 */
export function parseTriggers(triggers: readonly string[]): readonly StageInstruction[] {
  return triggers.map((trigger) => {
    const { statements, directives } = parseDockerfile(trigger, { name: "ONBUILD" });
    const [statement, other] = statements;
    if (statement === undefined || other !== undefined)
      throw invalid("onbuild trigger should be a single expression");
    const instruction = parseInstruction(statement, directives.escape);
    if (instruction.type === "FROM") throw invalid("FROM isn't allowed as an ONBUILD trigger");
    return instruction;
  });
}
