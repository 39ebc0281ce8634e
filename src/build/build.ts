import { assemble } from "./assemble.js";
import { mapLimit } from "../concurrency.js";
import { checkRun } from "./check.js";
import { createReuse } from "./reuse.js";
import { forImage } from "../model/events.js";
import { createLayerMaker } from "./layers.js";
import { checkRequests, planAll } from "./plans.js";
import { openTargets, staysHere } from "./targets.js";
import { parseCompression } from "../plan/compression.js";
import { abortAll, publishAll, stageAll } from "./publish.js";
import { openWorkspace } from "./workspace.js";
import type { BuildOptions, BuildResult, Output } from "./options.js";
import type { AnyRequest } from "./plans.js";
import type { IoOptions } from "../model/events.js";
import type { LayerContext } from "../layer/materialise.js";
import type { BuildPlan, Compression } from "../plan/plan.js";
import type { Target } from "./targets.js";
import type { LayerMaker } from "./layers.js";
import type { Workspace } from "./workspace.js";
import type { Assembled } from "./assemble.js";
import type { Delivery } from "./publish.js";

/** Images that are read, packed and sent at a time; their layers share the workers. */
const imagesAtOnce = 8;

/**
 * Builds images and brings them where they are to go: request → plan → artifact → places. All images are planned
 * before any is made, all are staged before any name moves, and no name moves anywhere unless all are ready (see
 * `onPushError`). Results come in the requests' order. Rejects with a GantryError; then no name moved, unless the message lists it.
 */
export async function build(
  requests: AnyRequest | readonly AnyRequest[],
  options: BuildOptions = {},
): Promise<BuildResult[]> {
  const { outputs = [{ type: "store" }], onPushError = "fail", signal, onEvent } = options;
  const list = await checkRequests(requests);
  checkRun(list, options, outputs);
  await using workspace = await openWorkspace(options);
  const plans = await planAll(list, workspace, options);
  const makeLayer = createLayerMaker(workspace.layers);
  const staged: (readonly Delivery[])[] = [];
  const built = await mapLimit(plans, imagesAtOnce, async (plan, index) => {
    const targets = openTargets(plan, outputs, workspace);
    const made = await make(plan, list[index]?.compression, {
      workspace,
      outputs,
      targets,
      options,
      makeLayer,
    });
    const io = { signal, onEvent: forImage(onEvent, plan.name), sole: plans.length === 1 };
    staged[index] = await stageAll(made.artifact, targets, io);
    return { plan, ...made };
  }).catch(async (error: unknown) => {
    await abortAll(staged.flat());
    throw error;
  });
  const results = await publishAll(staged, { onPushError, signal, onEvent });
  return built.map(({ plan, artifact, images }, index) => ({
    name: plan.name,
    digest: artifact.descriptor.digest,
    descriptor: artifact.descriptor,
    artifact,
    images,
    plan,
    outputs: results[index]!,
  }));
}

/** One image, made: its layers' digests are known, and nothing of it is anywhere yet. */
function make(
  plan: BuildPlan,
  requested: string | undefined,
  { workspace, outputs, targets, options, makeLayer }: MakeOptions,
): Promise<Assembled> {
  const { cacheFrom = [], signal, ociMediaTypes = true } = options;
  const io = { signal, onEvent: forImage(options.onEvent, plan.name) };
  const compression = resolveCompression(options.compression ?? requested, staysHere(plan.tags, outputs));
  const from = { session: workspace.session, tags: plan.tags, ...io };
  const reuse = cacheFrom.length > 0 ? createReuse(cacheFrom, from) : undefined;
  const receive = receiver(targets, io);
  return assemble(plan, {
    makeLayer: (layer) => makeLayer(layer, { compression, reuse, receive, ...io }),
    style: ociMediaTypes ? "oci" : "docker",
  });
}

interface MakeOptions {
  readonly workspace: Workspace;
  readonly outputs: readonly Output[];
  readonly targets: readonly Target[];
  readonly options: BuildOptions;
  readonly makeLayer: LayerMaker;
}

/**
 * A place that can take layers while they are made, where there is one alone: of several the slowest would hold up the
 * packing, so that they get what is finished.
 */
function receiver(targets: readonly Target[], io: IoOptions): LayerContext["receive"] {
  const [only, ...more] = targets.filter(({ destination }) => destination.receive !== undefined);
  if (only === undefined || more.length > 0) return undefined;
  return (about) => only.destination.receive?.(only.names, { ...io, ...about });
}

function resolveCompression(text: string | undefined, here: boolean): Compression {
  return parseCompression(text ?? "auto") ?? (here ? { type: "none", level: 0 } : { type: "gzip", level: 1 });
}
