import { GantryError, during } from "../../errors.js";
import type { Artifact } from "../../model/content.js";
import { inStep, type IoOptions } from "../../model/events.js";
import { PartlyPublished, type Destination, type Published } from "../../model/place.js";
import { familiarReference, parseReference, type Reference } from "../../model/reference.js";
import type { Placement } from "./placement.js";

interface Name {
  readonly text: string;
  readonly reference: Reference;
}

/**
 * One registry as a destination. Staging brings everything into each repository that the names are in, by digest;
 * publishing puts the root under the tags ("latest" where a name has neither tag nor digest).
 */
export function createRegistryDestination(
  registry: string,
  open: (io: IoOptions) => Promise<Placement>,
): Destination {
  return {
    label: registry,
    async stage(root, names, io = {}) {
      const wanted = names.map((text) => parseName(text, registry, root));
      const repositories = [...new Set(wanted.map(({ reference }) => reference.repository))];
      try {
        const placement = await open(io);
        await placement.place(root, repositories, io);
        return {
          publish: (options = {}) => publish(placement, root, wanted, options),
          abort: () => Promise.resolve(),
        };
      } catch (error) {
        io.signal?.throwIfAborted();
        throw during(`pushing to ${registry}`, error, "ERR_GANTRY_NETWORK");
      }
    },
  };
}

function parseName(text: string, registry: string, root: Artifact): Name {
  const reference = parseReference(text);
  if (reference.registry !== registry) {
    throw new GantryError(
      "ERR_GANTRY_USAGE",
      `${text} names the registry ${reference.registry}, expected ${registry}`,
    );
  }
  if (reference.digest !== undefined && reference.digest !== root.descriptor.digest) {
    throw new GantryError(
      "ERR_GANTRY_USAGE",
      `${text} names another digest than what is pushed, ${root.descriptor.digest}; leave the digest out`,
    );
  }
  return { text, reference };
}

/** Moves all tags; an error after a failure knows which of them moved. */
async function publish(
  placement: Placement,
  root: Artifact,
  names: readonly Name[],
  io: IoOptions,
): Promise<readonly Published[]> {
  const { digest } = root.descriptor;
  const outcomes = await Promise.allSettled(names.map((name) => publishOne(placement, root, name, io)));
  const moved = names
    .filter((_, at) => outcomes[at]!.status === "fulfilled")
    .map(({ text }) => ({ name: text, digest }));
  const failed = outcomes.findIndex(({ status }) => status === "rejected");
  if (failed !== -1) {
    if (moved.length === 0) io.signal?.throwIfAborted();
    const { reason } = outcomes[failed] as PromiseRejectedResult;
    const error = during(`publishing ${names[failed]!.text}`, reason, "ERR_GANTRY_NETWORK");
    throw moved.length === 0 ? error : new PartlyPublished(error, moved);
  }
  return moved;
}

async function publishOne(
  placement: Placement,
  root: Artifact,
  { reference }: Name,
  io: IoOptions,
): Promise<void> {
  const { repository, tag = reference.digest === undefined ? "latest" : undefined } = reference;
  if (tag === undefined) return;
  const name = `push ${familiarReference({ registry: reference.registry, repository, tag })}`;
  const put = () => placement.put(root, { repository, reference: tag }, io);
  await inStep(io.onEvent, { name, kind: "push" }, put, () => root.descriptor.digest);
}
