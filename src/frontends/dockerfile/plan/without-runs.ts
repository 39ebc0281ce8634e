import type { IoOptions } from "../../../model/events.js";
import type { AskBase } from "../checks/ask-base.js";
import type { PinnedBase } from "../../../plan/plan.js";
import type { Stage } from "../dockerfile.js";
import type { StageGraph } from "../stages/stage-graph.js";
import { copiedFrom } from "../stages/copied-from.js";
import { cut } from "../stages/cut.js";
import type { NamedContexts } from "../stages/named-context.js";
import { isRun, runsOf } from "../stages/needed-runs.js";
import { triggersOf } from "../stages/open-bases.js";
import { refuseRun } from "./refuse-run.js";
import type { EngineName } from "../run-with/engine.js";
import { findEngine } from "../run-with/find-engine.js";
import type { Handed, HandedBuild, HandOverOptions } from "../run-with/hand-over.js";

/** What becomes of RUN. */
export interface RunOptions {
  /** RUN is left out, warned of and told in a label, instead of being refused. */
  readonly ignoreRun: boolean;
  /** What makes the stages that have a RUN, instead of their being refused. */
  readonly runWith: EngineName | undefined;
}

/** Before anything is asked: throws where a RUN would have to be executed, or where the engine for it is not there. */
export async function checkRuns(
  builds: readonly HandedBuild[],
  { runWith, ignoreRun }: RunOptions,
): Promise<void> {
  if (ignoreRun) return;
  for (const { dockerfile, graph, world } of builds) {
    if (runWith === undefined) await refuseRun(dockerfile, graph, world.programs);
    else if (graph.needed.some((stage) => runsOf(stage, graph).length > 0))
      await findEngine(runWith, world.programs);
  }
}

/** A build without the stages that have a RUN, which an engine has made, where there is one. */
export async function withoutRuns<B extends HandedBuild>(
  build: B,
  { runWith: engine, ...options }: RunOptions & Omit<HandOverOptions, "engine">,
): Promise<B & Handed> {
  if (engine === undefined) return { ...build, made: new Map() };
  // Hardly any build has one.
  const { handOver } = await import("../run-with/hand-over.js");
  return { ...build, ...(await handOver(build, { ...options, engine })) };
}

/** The stages of a build that no engine makes, as far as what their images leave to them is known. */
export async function ownStages(
  graph: StageGraph,
  { runWith, bases }: Pick<RunOptions, "runWith"> & { readonly bases: ReadonlyMap<Stage, PinnedBase> },
): Promise<readonly Stage[]> {
  if (runWith === undefined) return graph.needed;
  const left = triggersOf(bases);
  const { needed, handed } = await cut(
    graph,
    async (stage) => runsOf(stage, graph).length > 0 || (left.get(stage) ?? []).some(isRun),
  );
  return needed.filter((stage) => !handed.includes(stage));
}

/**
 * Asks for the bases of a build; of those that an engine's stages alone need nothing is known, and they are its to ask
 * for.
 */
export async function askOwnBases(
  { graph, world }: HandedBuild,
  {
    runWith,
    contexts,
    ...io
  }: IoOptions & Pick<RunOptions, "runWith"> & { readonly contexts: NamedContexts },
): Promise<AskBase> {
  const ask: AskBase = (name, platform) => world.base(name, platform, io);
  if (runWith === undefined) return ask;
  const stages = await ownStages(graph, { runWith, bases: new Map() });
  const own = new Set(
    stages.flatMap((stage) => {
      const base = graph.baseOf(stage);
      const copied = stage.instructions.flatMap((each) => {
        const from = each.type === "COPY" ? copiedFrom(each, { stage, graph, contexts }) : undefined;
        return from?.type === "image" ? [from.name] : [];
      });
      return base.type === "image" ? [base.name, ...copied] : copied;
    }),
  );
  return async (name, platform) => (own.has(name) ? await ask(name, platform) : undefined);
}
