import type { IoOptions } from "../../../model/events.js";
import type { Platform } from "../../../model/oci.js";
import type { World } from "../../../plan/world.js";
import type { Stage } from "../dockerfile.js";
import type { StageState } from "../evaluate/state.js";
import type { AddInstruction, CopyInstruction } from "../instructions/instruction.js";
import type { EscapeCharacter } from "../parse/statement.js";
import { copiedFrom } from "../stages/copied-from.js";
import type { NamedContexts } from "../stages/named-context.js";
import type { StageGraph } from "../stages/stage-graph.js";
import { nameOf } from "../stages/stage-names.js";
import { contextSource, namedSource, type ContextFiles } from "./context-source.js";
import type { CopySource } from "./copy-source.js";
import { withRemote } from "./remote-source.js";
import { treeSource } from "./tree-source.js";

export interface SourceOptions extends IoOptions {
  readonly world: World;
  readonly platform: Platform;
  readonly graph: StageGraph;
  readonly escape: EscapeCharacter;
  readonly context: ContextFiles;
  readonly contexts: NamedContexts;
  /** The stage that the instruction is of, as it is by now, and those before it. */
  readonly stage: Stage;
  readonly state: StageState;
  readonly states: ReadonlyMap<Stage, StageState>;
}

/** Where an instruction's files come from. */
export function sourceOf(
  instruction: CopyInstruction | AddInstruction,
  { world, platform, graph, escape, context, contexts, stage, state, states, signal, onEvent }: SourceOptions,
): CopySource {
  const io = { signal, onEvent };
  if (instruction.type === "ADD") {
    const own = contextSource(context, instruction, { world, ...io });
    return withRemote(own, instruction, { world, state, escape, ...io });
  }
  const from = copiedFrom(instruction, { stage, graph, contexts });
  switch (from?.type) {
    case undefined:
      return contextSource(context, instruction, { world, ...io });
    case "folder":
      return namedSource(from, { world, ...io });
    case "stage":
      return treeSource(states.get(from.stage)!.tree, `stage ${nameOf(from.stage)}`, io);
    case "image": {
      const tree = async () => world.tree(await world.base(from.name, platform, io), io);
      return treeSource(tree, `image ${from.name}`, io);
    }
  }
}
