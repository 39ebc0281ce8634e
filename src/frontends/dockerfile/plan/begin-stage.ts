import { allDone } from "../../../concurrency.js";
import type { World } from "../../../plan/world.js";
import type { Stage } from "../dockerfile.js";
import { beginWith } from "../evaluate/evaluate.js";
import { rootOwner } from "../evaluate/owner.js";
import { addLayer, inherit, type StageState } from "../evaluate/state.js";
import { namedSource } from "../sources/context-source.js";
import type { NamedContext } from "../stages/named-context.js";
import { nameOf } from "../stages/stage-names.js";
import type { Build } from "./build.js";
import type { DockerfileOptions } from "./options.js";

/** A stage before its first instruction. */
export async function beginStage(
  stage: Stage,
  {
    world,
    graph,
    bases,
    states,
    options,
  }: Pick<Build, "world" | "graph" | "bases"> & {
    /** Of the stages before. */
    readonly states: ReadonlyMap<Stage, StageState>;
    readonly options: DockerfileOptions;
  },
): Promise<StageState> {
  const base = graph.baseOf(stage);
  switch (base.type) {
    case "stage":
      return inherit(states.get(base.stage)!);
    case "scratch":
      return beginWith(undefined);
    case "folder":
      return beginWithFolder(stage, base, { world, options });
    case "image": {
      const pinned = bases.get(stage)!;
      return beginWith(pinned, async () => world.tree(pinned, options));
    }
  }
}

/** A stage that a folder takes the place of: all of the folder, and a configuration that says nothing. */
async function beginWithFolder(
  stage: Stage,
  folder: Extract<NamedContext, { readonly type: "folder" }>,
  { world, options }: { readonly world: World; readonly options: DockerfileOptions },
): Promise<StageState> {
  const state = beginWith(undefined);
  const source = namedSource(folder, { ...options, world });
  const all = await source.find("/");
  const listed = await allDone(
    all.map((found) => source.entries(found, "", { owner: rootOwner, exclude: undefined })),
  );
  const entries = listed.flat().map((entry) => ({ ...entry, mtime: options.mtime }));
  await addLayer(state, { createdBy: `COPY / / # context ${nameOf(stage)}`, entries });
  return state;
}
