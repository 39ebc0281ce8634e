import { type StageState, lookupIn } from "../evaluate/state.js";
import type { ExpandOptions } from "../expand/reading.js";
import { expandWord } from "../expand/word.js";
import type { StageInstruction } from "../dockerfile.js";
import { configure, notVariables } from "../evaluate/configure.js";
import type { GlobalVariables } from "../stages/global-variables.js";
import type { ArgInstruction } from "../instructions/instruction.js";
import type { EscapeCharacter } from "../parse/statement.js";
import { checkShadowing } from "./check-from.js";
import { checkSecret } from "./check-instruction.js";
import type { CheckPlace, Report } from "./checks.js";
import { suggestName } from "./suggestion.js";

/** What variables of a stage are checked with. */
export interface VariableContext {
  readonly state: StageState;
  /** The names that an ARG declares, in this stage or one that it begins with. */
  readonly declared: Set<string>;
  readonly escape: EscapeCharacter;
  readonly place: CheckPlace;
  readonly report: Report;
}

/** UndefinedVar for the words that an instruction expands before it is carried out. */
export function checkVariables(instruction: StageInstruction, context: VariableContext): void {
  for (const { word, ...options } of wordsOf(instruction)) checkWord(word, context, options);
}

/** An ARG is checked and set name by name: the default of one may use the one before it. */
export function checkArgs(
  instruction: ArgInstruction,
  context: VariableContext & { readonly globals: GlobalVariables; readonly isKnown: boolean },
): void {
  const { state, declared, globals, isKnown, place, report } = context;
  checkShadowing(instruction, place, report);
  for (const arg of instruction.args) {
    checkSecret("ARG", arg.name, { place, report });
    const isGiven = Object.hasOwn(globals.given, arg.name);
    if (isKnown && !isGiven && arg.value !== undefined) checkWord(arg.value, context);
    configure(state, { ...instruction, args: [arg] }, context);
    declared.add(arg.name);
  }
}

/** UndefinedVar for one word: a name that is neither set nor declared stands for nothing. */
function checkWord(word: string, context: VariableContext, options: ExpandOptions = {}): void {
  const { state, declared, escape, place, report } = context;
  const { missing } = expandWord(word, lookupIn(state), { escape, ...options });
  for (const name of missing) {
    if (declared.has(name) || notVariables.has(name)) continue;
    report("UndefinedVar", place, name, suggestName(name, state.variables.keys(), "$"));
  }
}

interface Word extends ExpandOptions {
  readonly word: string;
}

/** In BuildKit's order. EXPOSE expands its words too, and nothing is told of them; an ARG's come one by one. */
function wordsOf(instruction: StageInstruction): readonly Word[] {
  switch (instruction.type) {
    case "ENV":
    case "LABEL":
      return instruction.pairs.flatMap(({ name, value }) => [{ word: name }, { word: value }]);
    case "COPY":
    case "ADD": {
      const { chown = "", chmod = "", sources, destination, files } = instruction;
      const checksum = instruction.type === "ADD" ? (instruction.checksum ?? "") : "";
      const plain = [chown, chmod, checksum, ...sources, destination].map((word) => ({ word }));
      const bodies = files.filter(({ expand }) => expand).map(({ content }) => content);
      return [...plain, ...bodies.map((word) => ({ word, escape: "\\", quotes: "leave" }) as const)];
    }
    case "WORKDIR":
    case "USER":
    case "STOPSIGNAL":
      return [{ word: instruction.text }];
    case "VOLUME":
      return instruction.paths.map((word) => ({ word }));
    case "RUN":
      return instruction.statement.flags.flatMap(mountValues).map((word) => ({ word }));
    default:
      return [];
  }
}

/** The values of `--mount=type=bind,target=/a`, whose fields a spreadsheet would read so. */
function mountValues(flag: string): readonly string[] {
  if (!flag.startsWith("--mount=")) return [];
  const fields = flag.slice("--mount=".length).match(/(?:"(?:[^"]|"")*"|[^,])+/g) ?? [];
  return fields.flatMap((field) => {
    const plain = field.replace(/^"(.*)"$/s, "$1").replaceAll('""', '"');
    const equals = plain.indexOf("=");
    return equals < 0 ? [] : [plain.slice(equals + 1)];
  });
}
