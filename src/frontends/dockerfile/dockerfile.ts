import { quote } from "../../model/quote.js";
import { parseAt, DockerfileError, type SourceFile, type SourcePlace } from "./source.js";
import type { ArgInstruction, FromInstruction, Instruction } from "./instructions/instruction.js";
import { parseInstruction } from "./instructions/parse-instruction.js";
import { parseDockerfile } from "./parse/parse.js";
import type { Directive, DockerfileText, EscapeCharacter, Statement } from "./parse/statement.js";

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

/** A Dockerfile as far as it can be read: what is wrong with it is not thrown, so that what is before it can be checked. */
export interface DockerfileReading extends Omit<Dockerfile, "file" | "escape"> {
  readonly text: DockerfileText;
  /** Its statements, up to the one that is at fault where there is one. */
  readonly read: readonly ReadStatement[];
  readonly failure?: DockerfileError;
}

export interface ReadStatement {
  readonly statement: Statement;
  /** Absent of a statement that makes no sense. */
  readonly instruction?: Instruction;
}

/** Reads a Dockerfile; `name` is for messages. Throws DockerfileError with the place. */
export function readDockerfile(text: string, name: string): Dockerfile {
  return wholeDockerfile(readStatements(text, name));
}

/** The Dockerfile, if all of it could be read. Throws DockerfileError with the place. */
export function wholeDockerfile({ text, globals, stages, failure }: DockerfileReading): Dockerfile {
  if (failure !== undefined) throw failure;
  return { file: text.file, escape: text.directives.escape, globals, stages };
}

/**
 * Reads a Dockerfile as far as it makes sense. Throws DockerfileError where it has no statements, or is of another
 * language.
 */
export function readStatements(source: string, name: string): DockerfileReading {
  const text = parseDockerfile(source, { name });
  const { escape, syntax } = text.directives;
  if (syntax !== undefined) refuseOtherSyntax(syntax, text.file);
  const globals: ArgInstruction[] = [];
  const stages: (Stage & { readonly instructions: StageInstruction[] })[] = [];
  const read: ReadStatement[] = [];
  const failed = (failure: DockerfileError) => ({ text, read, globals, stages, failure });
  for (const statement of text.statements) {
    const place = { file: text.file, ranges: [statement.range] };
    let instruction: Instruction;
    try {
      instruction = parseAt(place, () => parseInstruction(statement, escape));
    } catch (error) {
      if (!(error instanceof DockerfileError)) throw error;
      read.push({ statement });
      return failed(error);
    }
    read.push({ statement, instruction });
    const stage = stages.at(-1);
    if (instruction.type === "FROM")
      stages.push({ index: stages.length, from: instruction, instructions: [] });
    else if (stage !== undefined) stage.instructions.push(instruction);
    else if (instruction.type === "ARG") globals.push(instruction);
    else {
      const problem = "no build stage in current context: nothing but ARG may stand before the first FROM";
      return failed(new DockerfileError(problem, { place }));
    }
  }
  if (stages.length > 0) return { text, read, globals, stages };
  const problem = `dockerfile contains no stages to build: ${name} has no FROM`;
  return failed(new DockerfileError(problem, { place: { file: text.file, ranges: [] } }));
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
