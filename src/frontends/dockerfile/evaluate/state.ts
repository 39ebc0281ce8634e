import type { HistoryLine, LayerPlan, PinnedBase } from "../../../plan/plan.js";
import type { FileTree } from "../../../plan/file-tree.js";
import type { RuntimeConfig } from "../../../model/oci.js";
import type { Lookup } from "../expand/reading.js";

/** What a stage has come to so far. */
export interface StageState {
  readonly base: PinnedBase | undefined;
  author: string | undefined;
  config: RuntimeConfig;
  /** ENV and ARG in the order they were set: the last writer of a name wins, whichever it was. */
  readonly variables: Map<string, string>;
  readonly layers: LayerPlan[];
  readonly history: HistoryLine[];
  /** The files of the stage as they are now. */
  tree: LazyTree;
  /** What a stage that begins with this one, or builds on the image, is to carry out first. */
  readonly triggers: readonly string[];
  /** Whether this stage has set CMD itself: ENTRYPOINT then leaves it. */
  hasCommand: boolean;
}

/** A tree that is read when it is first asked for: a stage that never asks never fetches its base. */
export type LazyTree = () => Promise<FileTree>;

/** What a stage's variables are for expansion. */
export function lookupIn({ variables }: Pick<StageState, "variables">): Lookup {
  return (name) => variables.get(name);
}

/** A variable as an image's Env has it. */
export function splitVariable(line: string): [string, string] {
  const at = line.indexOf("=");
  return at < 0 ? [line, ""] : [line.slice(0, at), line.slice(at + 1)];
}

/**
 * A stage that begins where another one ends, where ENV wins over a later ARG of its name; what that set up for who
 * builds on it is not inherited.
 */
export function inherit(state: StageState): StageState {
  const { OnBuild: triggers = [], ...config } = state.config;
  return {
    ...state,
    config,
    triggers,
    variables: new Map([...state.variables, ...(config.Env ?? []).map(splitVariable)]),
    layers: [...state.layers],
    history: [...state.history],
    hasCommand: false,
  };
}

/** A layer, its line of history, and its files in those of the stage. */
export async function addLayer(state: StageState, layer: LayerPlan): Promise<void> {
  state.layers.push(layer);
  state.history.push({ createdBy: layer.createdBy, layer: true });
  const after = (await state.tree()).with(layer.entries);
  state.tree = async () => after;
}

/** A line of history that made no layer. */
export function tell(state: StageState, createdBy: string): void {
  state.history.push({ createdBy, layer: false });
}
