import { GantryError, during } from "../../errors.js";
import type { Artifact } from "../../model/content.js";
import { inStep, startStep, type IoOptions } from "../../model/events.js";
import { PartlyPublished, type Destination, type Published } from "../../model/place.js";
import { familiarReference, parseReference, type Reference } from "../../model/reference.js";
import type { Digest } from "../../model/oci.js";
import { openDraft } from "./draft.js";
import type { RegistryHost } from "./host.js";
import { takesDrafts } from "./ladder.js";
import type { Placement } from "./placement.js";

/** A registry as a destination needs it. */
export interface OpenRegistry {
  readonly host: RegistryHost;
  readonly placement: Placement;
}

interface Opener {
  open(io: IoOptions): Promise<OpenRegistry>;
  /** The registry where it has been opened before. */
  opened(): OpenRegistry | undefined;
}

interface Name {
  readonly text: string;
  readonly reference: Reference;
  /** None where the name has a digest alone. */
  readonly tag: string | undefined;
}

/**
 * One registry as a destination. Staging brings everything into each repository that the names are in, by digest;
 * publishing puts the root under the tags ("latest" where a name has neither tag nor digest).
 */
export function createRegistryDestination(registry: string, { open, opened }: Opener): Destination {
  return {
    label: registry,
    async stage(root, names, { sole = false, ...io } = {}) {
      const wanted = names.map((text) => parseName(text, registry, root));
      const tags = tagsOf(wanted);
      // Alone in one repository nothing can move before a manifest that is refused: its tag may be the first to bring it.
      const below = sole && tags.size === 1 && wanted.every(({ tag }) => tag !== undefined);
      try {
        const { placement } = await open(io);
        await placement.place(root, [...tags.keys()], { tags, below, ...io });
        return {
          publish: (options = {}) => publish(placement, root, wanted, { ...options, inTurn: below }),
          abort: () => Promise.resolve(),
        };
      } catch (error) {
        io.signal?.throwIfAborted();
        throw during(`pushing to ${registry}`, error, "ERR_GANTRY_NETWORK");
      }
    },
    receive(names, { size, ...options } = {}) {
      const [first] = names;
      const known = opened();
      if (first === undefined || (known !== undefined && !takesDrafts(known.host, size))) return undefined;
      const { repository } = parseReference(first);
      const hold = (digest: Digest) => opened()?.placement.hold(digest, repository);
      return openDraft({ repository, open: async (io) => (await open(io)).host, hold }, { size, ...options });
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
  return {
    text,
    reference,
    tag: reference.digest === undefined ? (reference.tag ?? "latest") : reference.tag,
  };
}

/** The tags of each repository that is named. */
function tagsOf(names: readonly Name[]): Map<string, string[]> {
  const tags = new Map<string, string[]>();
  for (const { reference, tag } of names) {
    const known = tags.get(reference.repository) ?? [];
    tags.set(reference.repository, tag === undefined || known.includes(tag) ? known : [...known, tag]);
  }
  return tags;
}

/**
 * Moves all tags, `inTurn` the first before the others, so that a manifest that is refused moves none; an error after a
 * failure knows which of them moved.
 */
async function publish(
  placement: Placement,
  root: Artifact,
  names: readonly Name[],
  { inTurn, ...io }: IoOptions & { readonly inTurn: boolean },
): Promise<readonly Published[]> {
  const { digest } = root.descriptor;
  const publishAll = (some: readonly Name[]) =>
    Promise.allSettled(some.map((name) => publishOne(placement, root, name, io)));
  const first = inTurn ? await publishAll(names.slice(0, 1)) : [];
  const refused = first.some(({ status }) => status === "rejected");
  const outcomes = refused ? first : [...first, ...(await publishAll(names.slice(first.length)))];
  const moved = names
    .filter((_, at) => outcomes[at]?.status === "fulfilled")
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
  { reference, tag }: Name,
  io: IoOptions,
): Promise<void> {
  if (tag === undefined) return;
  const { registry, repository } = reference;
  const step = { name: `push ${familiarReference({ registry, repository, tag })}`, kind: "push" } as const;
  const where = { repository, reference: tag };
  if (placement.isTagged(root, where)) return startStep(io.onEvent, step).end("already there", "cached");
  await inStep(
    io.onEvent,
    step,
    () => placement.put(root, where, io),
    () => root.descriptor.digest,
  );
}
