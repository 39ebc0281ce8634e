import { parseModeChange } from "../evaluate/chmod.js";
import { configure, joinWorkdir, type ConfigureContext } from "../evaluate/configure.js";
import { expandWords, isLinked } from "../evaluate/copy-words.js";
import { refuseRemote } from "../evaluate/refuse-remote.js";
import { lookupIn, type StageState } from "../evaluate/state.js";
import { expandWord } from "../expand/word.js";
import type { StageInstruction } from "../dockerfile.js";
import type { ContextFiles } from "../sources/context-source.js";
import { checkSources } from "./check-copy.js";
import type { CheckPlace, Report } from "./checks.js";

/** What an instruction is followed with. */
export interface AdvanceContext extends ConfigureContext {
  readonly state: StageState;
  readonly files: ContextFiles;
  readonly place: CheckPlace;
  readonly report: Report;
}

/**
 * Follows an instruction for what comes after it in its stage: the configuration changes, files do not. Throws
 * ERR_GANTRY_DOCKERFILE_INVALID for what makes no sense whatever files there are.
 */
export async function advance(instruction: StageInstruction, context: AdvanceContext): Promise<void> {
  const { state, escape } = context;
  switch (instruction.type) {
    case "RUN":
      return;
    case "COPY":
    case "ADD": {
      const words = expandWords(instruction, lookupIn(state), escape);
      isLinked(instruction, words);
      if (words.chmod !== undefined) parseModeChange(words.chmod);
      if (instruction.type === "COPY") refuseRemote(instruction, words.sources);
      return checkSources(instruction, words.sources, { ...context, context: context.files });
    }
    case "WORKDIR": {
      const path = expandWord(instruction.text, lookupIn(state), { escape }).text;
      state.config = { ...state.config, WorkingDir: joinWorkdir(state.config.WorkingDir, path) };
      return;
    }
    default:
      return configure(state, instruction, context);
  }
}
