import type { IoOptions } from "../../../model/events.js";
import { emptyTree } from "../../../context/base-tree/tree.js";
import type { World } from "../../../plan/world.js";
import type { Dockerfile, Stage } from "../dockerfile.js";
import { beginWith, evaluate } from "../evaluate/evaluate.js";
import type { GlobalVariables } from "../stages/global-variables.js";
import type { StageGraph } from "../stages/stage-graph.js";
import { inherit, type StageState } from "../evaluate/state.js";
import { parseTriggers } from "../stages/triggers.js";
import { located } from "../located.js";

/** What a stage that an engine makes is evaluated with. */
export interface VariablesOptions extends IoOptions {
  readonly dockerfile: Dockerfile;
  readonly graph: StageGraph;
  readonly world: World;
  readonly globals: GlobalVariables;
}

/**
 * The variables that a stage hands on to one that begins with it, though an engine makes it: an image has ENV, but not ARG,
 * so that both are evaluated from the first stage on. Undefined where there is no ARG, and ENV is all.
 */
export async function inheritedVariables(
  stage: Stage,
  { dockerfile, graph, world, globals, ...io }: VariablesOptions,
): Promise<ReadonlyMap<string, string> | undefined> {
  const chain = chainTo(stage, graph);
  if (!chain.some(hasArgument)) return undefined;
  const context = { escape: dockerfile.escape, globals, mtime: 0, sourceOf: never, onRun: never };
  let state: StageState | undefined;
  for (const { from, instructions } of chain) {
    try {
      state = state === undefined ? await beginChain(chain[0]!, { graph, world, ...io }) : inherit(state);
      const settings = [
        ...parseTriggers(state.triggers.filter(isSetting)),
        ...instructions.filter(({ type }) => type === "ARG" || type === "ENV" || type === "ONBUILD"),
      ];
      for (const instruction of settings) await evaluate(state, instruction, context);
    } catch (error) {
      io.signal?.throwIfAborted();
      throw located(error, dockerfile, from);
    }
  }
  return state!.variables;
}

function hasArgument({ instructions }: Stage): boolean {
  return instructions.some(
    (each) => each.type === "ARG" || (each.type === "ONBUILD" && isSetting(each.trigger)),
  );
}

function isSetting(trigger: string): boolean {
  return /^(?:arg|env)\s/i.test(trigger);
}

/** The stages that a stage begins with, the first one first, and itself. */
function chainTo(stage: Stage, graph: StageGraph): readonly Stage[] {
  const base = graph.baseOf(stage);
  return base.type === "stage" ? [...chainTo(base.stage, graph), stage] : [stage];
}

async function beginChain(
  stage: Stage,
  { graph, world, ...io }: Pick<VariablesOptions, "graph" | "world"> & IoOptions,
): Promise<StageState> {
  const base = graph.baseOf(stage);
  const pinned = base.type === "image" ? await world.base(base.name, base.platform, io) : undefined;
  return beginWith(pinned, async () => emptyTree());
}

function never(): never {
  throw new Error("ENV and ARG copy and run nothing");
}
