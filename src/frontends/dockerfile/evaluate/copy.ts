import { emptyTree } from "../../../context/base-tree/tree.js";
import type { AddInstruction, CopyInstruction } from "../instructions/instruction.js";
import type { EscapeCharacter } from "../parse/statement.js";
import type { CopySource } from "../sources/copy-source.js";
import { describeCopy, expandWords, isLinked } from "./copy-words.js";
import { listCopy } from "./list-copy.js";
import { refuseRemote } from "./refuse-remote.js";
import { addLayer, lookupIn, type StageState } from "./state.js";

/** What a COPY is carried out with. */
export interface CopyContext {
  readonly escape: EscapeCharacter;
  readonly source: CopySource;
  /** Of everything, in seconds since 1970. */
  readonly mtime: number;
}

/** Adds the layer of a COPY or ADD to a stage, and its line in the history. */
export async function copyInto(
  state: StageState,
  instruction: CopyInstruction | AddInstruction,
  { escape, source, mtime }: CopyContext,
): Promise<void> {
  const words = expandWords(instruction, lookupIn(state), escape);
  refuseRemote(instruction, words.sources);
  const tree = isLinked(instruction, words) ? emptyTree() : await state.tree();
  const entries = await listCopy(instruction, words, { tree, state, source, mtime });
  await addLayer(state, { createdBy: describeCopy(instruction, words), entries });
}
