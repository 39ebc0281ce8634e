import { GantryError } from "../errors.js";
import type { Artifact } from "../model/content.js";
import type { IoOptions } from "../model/events.js";
import { PartlyPublished, type StageOptions, type Staged } from "../model/place.js";
import type { OutputResult } from "./options.js";
import type { Target } from "./targets.js";

/** An artifact on its way to one place: staged, or failed. */
export interface Delivery {
  readonly target: Target;
  readonly staged?: Staged;
  readonly error?: Error;
}

/**
 * Brings an artifact to every place, names excepted. Never rejects for a place that fails: the delivery says so. `sole`
 * says that the run publishes no other artifact.
 */
export function stageAll(
  artifact: Artifact,
  targets: readonly Target[],
  { sole = false, ...io }: StageOptions,
): Promise<Delivery[]> {
  const options = { ...io, sole: sole && targets.length === 1 };
  return Promise.all(
    targets.map(async (target): Promise<Delivery> => {
      try {
        return { target, staged: await target.destination.stage(artifact, target.names, options) };
      } catch (error) {
        return { target, error: asError(error) };
      }
    }),
  );
}

/**
 * The commit point: moves the names everywhere, or, where a place failed and the policy is "fail", nowhere; what was
 * staged is given back. Under "continue" it goes on while at least one place is left.
 */
export async function publishAll(
  deliveries: readonly (readonly Delivery[])[],
  { onPushError, ...io }: { readonly onPushError: "fail" | "continue" } & IoOptions,
): Promise<OutputResult[][]> {
  const all = deliveries.flat();
  const failed = all.filter(({ error }) => error !== undefined);
  if (isAborted(io) || (failed.length > 0 && (onPushError === "fail" || failed.length === all.length))) {
    await abortAll(all);
    io.signal?.throwIfAborted();
    throw failureOf(failed, all.length);
  }
  const results = await Promise.all(
    deliveries.map((group) => Promise.all(group.map((one) => publishOne(one, io)))),
  );
  const unpublished = results.flat().filter(({ status }) => status === "failed");
  if (unpublished.length > 0 && isAborted(io)) {
    const tail = movedNames(results.flat());
    if (tail === "") io.signal?.throwIfAborted();
    throw new GantryError("ERR_GANTRY_INTERRUPTED", `interrupted${tail}`, { cause: io.signal?.reason });
  }
  if (unpublished.length > 0 && (onPushError === "fail" || unpublished.length === all.length)) {
    throw failureOf(unpublished, all.length, results.flat());
  }
  return results;
}

/** Gives back what was staged. */
export async function abortAll(deliveries: readonly Delivery[]): Promise<void> {
  await Promise.allSettled(deliveries.map(({ staged }) => staged?.abort()));
}

async function publishOne({ target, staged, error }: Delivery, io: IoOptions): Promise<OutputResult> {
  const about = { type: target.type, label: target.destination.label };
  if (staged === undefined) return { ...about, status: "failed", published: [], ...(error ? { error } : {}) };
  try {
    return { ...about, status: "done", published: await staged.publish(io) };
  } catch (cause) {
    await staged.abort().catch(() => undefined);
    const published = cause instanceof PartlyPublished ? cause.published : [];
    return { ...about, status: "failed", published, error: asError(cause) };
  }
}

/**
 * One failure is thrown as itself; several become one line that names them all. A source that changed is the fault of
 * no place, and how many of them had read it by then is chance: it is thrown once, as itself.
 */
function failureOf(
  failed: readonly { readonly error?: Error }[],
  total: number,
  results: readonly OutputResult[] = [],
): Error {
  const tail = movedNames(results);
  const [first] = failed;
  const only = failed.length === 1 ? first : failed.find(({ error }) => isOfSource(error));
  if (only?.error !== undefined && tail === "") return only.error;
  const lines = failed.map(({ error }) => error?.message ?? "unknown").join("; ");
  return new GantryError(
    "ERR_GANTRY_PUSH_FAILED",
    `${failed.length} of ${total} destinations failed: ${lines}${tail}`,
    { cause: first?.error },
  );
}

function isOfSource(error: Error | undefined): boolean {
  return error instanceof GantryError && error.code === "ERR_GANTRY_SOURCE_CHANGED";
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new GantryError("ERR_GANTRY_INTERNAL", String(thrown));
}

/** What cannot be taken back: the end of a message. */
function movedNames(results: readonly OutputResult[]): string {
  const moved = results.flatMap(({ published }) => published.map(({ name }) => name));
  return moved.length === 0 ? "" : `; already moved: ${moved.join(", ")}`;
}

function isAborted({ signal }: IoOptions): boolean {
  return signal?.aborted === true;
}
