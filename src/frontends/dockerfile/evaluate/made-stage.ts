import type { IoOptions } from "../../../model/events.js";
import type { PinnedBase } from "../../../plan/plan.js";
import type { World } from "../../../plan/world.js";
import { beginWith } from "./evaluate.js";
import type { StageState } from "./state.js";

/** What an engine made of a stage. */
export interface MadeStage {
  readonly base: PinnedBase;
  /** ENV and ARG as a stage that begins with this one has them; undefined where ENV is all. */
  readonly variables: ReadonlyMap<string, string> | undefined;
}

/** A stage that an engine made, as it ends: what it leaves by ONBUILD is for those that begin with it. */
export function stateOf(
  { base, variables }: MadeStage,
  { world, io }: { readonly world: World; readonly io: IoOptions },
): StageState {
  const state = beginWith(base, () => world.tree(base, io));
  const { triggers, config } = state;
  return {
    ...state,
    triggers: [],
    config: triggers.length === 0 ? config : { ...config, OnBuild: triggers },
    variables: new Map(variables ?? state.variables),
  };
}
