import { during, GantryError } from "../../errors.js";
import { placeOf, type Dockerfile } from "./dockerfile.js";
import type { Instruction } from "./instructions/instruction.js";
import { DockerfileError } from "./source.js";

/** An error with the lines it is about; what has its place keeps it. */
export function located(error: unknown, { file }: Dockerfile, instruction: Instruction): unknown {
  if (error instanceof DockerfileError) return error;
  const { message } = during(`${file.name}, line ${instruction.statement.range.start}`, error);
  const place = placeOf(file, instruction);
  return error instanceof GantryError
    ? new DockerfileError(message, { place, code: error.code, cause: error })
    : during(message, error);
}
