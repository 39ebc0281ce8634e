import { assemble } from "./assemble.js";
import { mapLimit } from "../concurrency.js";
import { createReuse } from "./reuse.js";
import { forImage } from "../model/events.js";
import { createLayerMaker } from "./layers.js";
import { planAll } from "./plans.js";
import { checkOutputs, openTargets, staysHere } from "./targets.js";
import { parseCompression } from "../plan/compression.js";
import { publishAll, stageAll } from "./publish.js";
import { openWorkspace } from "./workspace.js";
import type { BuildOptions, BuildResult, Output } from "./options.js";
import type { BuildRequest } from "../frontends/spec/request.js";
import type { BuildPlan, Compression } from "../plan/plan.js";
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
  requests: BuildRequest | readonly BuildRequest[],
  options: BuildOptions = {},
): Promise<BuildResult[]> {
  const { outputs = [{ type: "store" }], onPushError = "fail", signal, onEvent } = options;
  await using workspace = await openWorkspace(options);
  const list = Array.isArray(requests) ? (requests as readonly BuildRequest[]) : [requests as BuildRequest];
  checkCompressions(list, options);
  const plans = await planAll(list, workspace, options);
  checkOutputs(plans, outputs);
  const built = await mapLimit(plans, imagesAtOnce, (plan, index) =>
    makeAndStage(plan, list[index]?.compression, { workspace, outputs, options }),
  );
  const results = await publishAll(
    built.map(({ deliveries }) => deliveries),
    { onPushError, signal, onEvent },
  );
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

/** One image on its way: made, and everywhere but for its names. */
async function makeAndStage(
  plan: BuildPlan,
  requested: string | undefined,
  { workspace, outputs, options }: { workspace: Workspace; outputs: readonly Output[]; options: BuildOptions },
): Promise<Assembled & { readonly plan: BuildPlan; readonly deliveries: readonly Delivery[] }> {
  const { cacheFrom = [], signal, ociMediaTypes = true } = options;
  const { session } = workspace;
  const io = { signal, onEvent: forImage(options.onEvent, plan.name) };
  const compression = resolveCompression(options.compression ?? requested, staysHere(plan.tags, outputs));
  const reuse = cacheFrom.length > 0 ? createReuse(cacheFrom, { session, tags: plan.tags, ...io }) : undefined;
  const makeLayer = createLayerMaker({ ...workspace.layers, reuse }, { compression, ...io });
  const assembled = await assemble(plan, { makeLayer, style: ociMediaTypes ? "oci" : "docker" });
  const deliveries = await stageAll(assembled.artifact, openTargets(plan, outputs, workspace), io);
  return { ...assembled, plan, deliveries };
}

/** Before any work: a misspelt compression must not wait for the files to be read. */
function checkCompressions(requests: readonly BuildRequest[], { compression }: BuildOptions): void {
  for (const text of [compression, ...requests.map((request) => request.compression)]) {
    if (text !== undefined) parseCompression(text);
  }
}

function resolveCompression(text: string | undefined, here: boolean): Compression {
  return parseCompression(text ?? "auto") ?? (here ? { type: "none", level: 0 } : { type: "gzip", level: 1 });
}
