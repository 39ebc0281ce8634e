import type { IoOptions } from "../../model/events.js";
import type { AskBase } from "./checks/ask-base.js";
import { cut } from "./evaluate/cut.js";
import type { NamedContexts } from "./evaluate/named-context.js";
import { runsOf } from "./evaluate/needed-runs.js";
import { refuseRun } from "./evaluate/refuse-run.js";
import type { EngineName } from "./run-with/engine.js";
import { findEngine } from "./run-with/find-engine.js";
import type { Handed, HandedBuild, HandOverOptions } from "./run-with/hand-over.js";

/** What becomes of RUN. */
export interface RunOptions {
  /** RUN is left out, warned of and told in a label, instead of being refused. */
  readonly ignoreRun: boolean;
  /** What makes the stages that have a RUN, instead of their being refused. */
  readonly runWith: EngineName | undefined;
}

/** Before anything is asked: throws where a RUN would have to be executed, or where the engine for it is not there. */
export async function refuseRuns(
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
  const { handOver } = await import("./run-with/hand-over.js");
  return { ...build, ...(await handOver(build, { ...options, engine })) };
}

/** Asks for the bases of a build; of those that an engine's stages alone need nothing is known, and they are its to ask for. */
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
  const { needed, handed } = await cut(graph, async (stage) => runsOf(stage, graph).length > 0);
  const own = new Set(
    needed
      .filter((stage) => !handed.includes(stage))
      .flatMap((stage) => {
        const base = graph.baseOf(stage);
        const froms = stage.instructions.flatMap((each) => (each.type === "COPY" ? (each.from ?? []) : []));
        const named = froms.map((from) => {
          const context = contexts.get(from.toLowerCase());
          return context?.type === "image" ? context.name : from;
        });
        return base.type === "image" ? [base.name, ...named] : named;
      }),
  );
  return async (name, platform) => (own.has(name) ? await ask(name, platform) : undefined);
}
