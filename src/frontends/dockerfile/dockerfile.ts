import { parseAt, DockerfileError, type SourceFile, type SourcePlace } from "./source.js";
import type { ArgInstruction, FromInstruction, Instruction } from "./instructions/instruction.js";
import { parseInstruction } from "./instructions/parse-instruction.js";
import { parseDockerfile } from "./parse/parse.js";
import type { EscapeCharacter } from "./parse/statement.js";

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

/** BuildKit's own frontend, in any version: what else a `# syntax` may name reads what it likes. */
const knownFrontend = /^(?:docker\.io\/)?docker\/dockerfile(?:-upstream)?(?:[:@].*)?$|^dockerfile\.v0$/;

/** Reads a Dockerfile; `name` is for messages. Throws DockerfileError with the place. */
export function readDockerfile(text: string, name: string): Dockerfile {
  const { file, statements, directives } = parseDockerfile(text, { name });
  const { escape, syntax } = directives;
  if (syntax !== undefined && !knownFrontend.test(syntax.value)) {
    throw new DockerfileError(
      `syntax ${JSON.stringify(syntax.value)} is another language than Dockerfiles': expected docker/dockerfile:1 or none`,
      { place: { file, ranges: [syntax.range] }, code: "ERR_GANTRY_UNSUPPORTED" },
    );
  }
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
    else throw new DockerfileError("no build stage in current context", { place });
  }
  if (stages.length === 0)
    throw new DockerfileError("dockerfile contains no stages to build", { place: { file, ranges: [] } });
  return { file, escape, globals, stages };
}
