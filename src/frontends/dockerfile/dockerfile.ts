import { quote } from "../../model/quote.js";
import { parseAt, DockerfileError, type SourceFile, type SourcePlace } from "./source.js";
import type { ArgInstruction, FromInstruction, Instruction } from "./instructions/instruction.js";
import { parseInstruction } from "./instructions/parse-instruction.js";
import { parseDockerfile } from "./parse/parse.js";
import type { Directive, EscapeCharacter } from "./parse/statement.js";

/** A Dockerfile understood: stages of instructions, nothing expanded, nothing asked. */
export interface Dockerfile {
  readonly file: SourceFile;
  readonly escape: EscapeCharacter;
  /** The ARGs before the first FROM. */
  readonly globals: readonly ArgInstruction[];
  readonly stages: readonly Stage[];
}

export interface Stage {
  readonly index: number;
  readonly from: FromInstruction;
  readonly instructions: readonly StageInstruction[];
}

/** What stands in a stage after its FROM. */
export type StageInstruction = Exclude<Instruction, FromInstruction>;

/** Where an instruction stands. */
export function placeOf(file: SourceFile, { statement }: Instruction): SourcePlace {
  return { file, ranges: [statement.range] };
}

/** Reads a Dockerfile; `name` is for messages. Throws DockerfileError with the place. */
export function readDockerfile(text: string, name: string): Dockerfile {
  const { file, statements, directives } = parseDockerfile(text, { name });
  const { escape, syntax } = directives;
  if (syntax !== undefined) refuseOtherSyntax(syntax, file);
  const globals: ArgInstruction[] = [];
  const stages: (Stage & { readonly instructions: StageInstruction[] })[] = [];
  for (const statement of statements) {
    const place = { file, ranges: [statement.range] };
    const instruction = parseAt(place, () => parseInstruction(statement, escape));
    const stage = stages.at(-1);
    if (instruction.type === "FROM")
      stages.push({ index: stages.length, from: instruction, instructions: [] });
    else if (stage !== undefined) stage.instructions.push(instruction);
    else if (instruction.type === "ARG") globals.push(instruction);
    else
      throw new DockerfileError(
        "no build stage in current context: nothing but ARG may stand before the first FROM",
        { place },
      );
  }
  if (stages.length === 0)
    throw new DockerfileError(`dockerfile contains no stages to build: ${name} has no FROM`, {
      place: { file, ranges: [] },
    });
  return { file, escape, globals, stages };
}

/** Images of BuildKit's own frontend, wherever they are mirrored: of them this is the language, whatever the version. */
const ownSyntax = /^(?:dockerfile\.v0|(?:.+\/)?docker\/dockerfile(?:-upstream)?(?:[:@].*)?)$/;

/** Another frontend is a program, and its language is its own. */
function refuseOtherSyntax({ value, range }: Directive, file: SourceFile): void {
  if (value === "" || ownSyntax.test(value)) return;
  throw new DockerfileError(
    `${file.name} is written for the frontend ${quote(value)}, and Gantry reads docker/dockerfile alone: ` +
      "leave the syntax line out if nothing of that frontend is used",
    { place: { file, ranges: [range] }, code: "ERR_GANTRY_UNSUPPORTED" },
  );
}
