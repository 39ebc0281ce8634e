import { lookupIn, type StageState } from "../evaluate/state.js";
import { splitPort } from "../evaluate/expose.js";
import { expandWord, expandWords } from "../expand/word.js";
import type { StageInstruction } from "../dockerfile.js";
import type { CommandInstruction, PairsInstruction } from "../instructions/instruction.js";
import type { EscapeCharacter } from "../parse/statement.js";
import type { CheckPlace, Report } from "./checks.js";

/** What has been in a stage before an instruction, beside its state. */
export interface StageMemory {
  /** Whether there was a WORKDIR, in a stage that this one begins with too. */
  hasWorkdir: boolean;
  /** Where the last one stood of what a stage has one of. */
  readonly last: Map<string, CheckPlace>;
}

export interface InstructionContext {
  readonly state: StageState;
  readonly memory: StageMemory;
  readonly escape: EscapeCharacter;
  readonly place: CheckPlace;
  readonly report: Report;
}

/**
 * The rules about one instruction of a stage that change no file. Throws ERR_GANTRY_DOCKERFILE_INVALID where it makes no
 * sense, as carrying it out does.
 */
export function checkInstruction(instruction: StageInstruction, context: InstructionContext): void {
  const { state, memory, escape, place, report } = context;
  const expand = (word: string) => expandWord(word, lookupIn(state), { escape }).text;
  switch (instruction.type) {
    case "ENV":
    case "LABEL":
      return checkPairs(instruction, { ...context, expand });
    case "CMD":
    case "ENTRYPOINT":
      checkOnce(instruction, context);
      return checkShell(instruction, context);
    case "HEALTHCHECK":
      return checkOnce(instruction, context);
    case "WORKDIR": {
      const path = expand(instruction.text);
      if (!memory.hasWorkdir && !path.startsWith("/")) report("WorkdirRelativePath", place, path);
      memory.hasWorkdir = true;
      return;
    }
    case "EXPOSE":
      for (const word of instruction.ports)
        for (const port of expandWords(word, lookupIn(state), { escape })) checkPort(port, context);
  }
}

function checkPairs(
  { type, legacy, pairs, statement }: PairsInstruction,
  { place, report, expand }: InstructionContext & { readonly expand: (word: string) => string },
): void {
  for (const { name } of pairs) {
    if (legacy) report("LegacyKeyValueFormat", place, statement.keyword, statement.keyword);
    if (type === "ENV") checkSecret(type, expand(name), { place, report });
  }
}

/** Tells of a name that says its value is a secret: the value would be in the image. */
export function checkSecret(
  keyword: "ARG" | "ENV",
  name: string,
  { place, report }: Pick<InstructionContext, "place" | "report">,
): void {
  if (secret.test(name) && !harmless.test(name)) report("SecretsUsedInArgOrEnv", place, keyword, name);
}

const secret = /(?:_|^)(?:apikey|auth|credentials?|key|password|pword|passwd|secret|token)(?:_|$)/i;
const harmless = /(?:_|^)(?:public|file|version)(?:_|$)/i;

/** The one that is told of is the one before, which has no effect; whether it is skipped is for the later one to say. */
function checkOnce(
  { type, statement }: StageInstruction,
  { memory, place, report }: InstructionContext,
): void {
  const before = memory.last.get(type);
  if (before !== undefined)
    report("MultipleInstructionsDisallowed", { ...place, range: before.range }, statement.keyword);
  memory.last.set(type, place);
}

function checkShell(
  { command, statement }: CommandInstruction,
  { state, place, report }: InstructionContext,
): void {
  const { Shell: shell = [] } = state.config;
  if (command.forShell && shell.length === 0) report("JSONArgsRecommended", place, statement.keyword);
}

function checkPort(port: string, { place, report }: InstructionContext): void {
  const { ip, host, protocol } = splitPort(port);
  if (protocol !== protocol.toLowerCase()) report("ExposeProtoCasing", place, port);
  if (ip !== "" || host !== "") report("ExposeInvalidFormat", place, port);
}
