import { isDigest, verified } from "../../model/digest.js";
import type { OpenOptions } from "../../model/content.js";
import type { IoOptions, OnEvent } from "../../model/events.js";
import type { Descriptor } from "../../model/oci.js";
import type { Source } from "../../model/place.js";
import { formatReference, parseReference, type Reference } from "../../model/reference.js";

/** The mirrors of one repository. */
export interface Mirrors {
  /** Asked in this order, before the source itself. */
  readonly sources: readonly Source[];
  /** Whether they may say what a tag stands for. */
  readonly tags: boolean;
}

/**
 * A source whose mirrors are asked first for what is named by digest. A mirror that fails, or gives bytes of another
 * digest, is told of once and not asked again while `failed` is kept. Its credentials are those of its own name.
 */
export function withMirrors(
  origin: Source,
  { find, failed }: { readonly find: () => Promise<Mirrors>; readonly failed: Set<string> },
): Source {
  const usable = async (wanted: (mirrors: Mirrors) => boolean): Promise<readonly Source[]> => {
    const mirrors = await find();
    return wanted(mirrors) ? mirrors.sources.filter(({ label }) => !failed.has(label)) : [];
  };
  const giveUp: GiveUp = (mirror, error, { signal, onEvent }) => {
    if (signal?.aborted === true) throw error;
    if (!failed.has(mirror.label)) tellOf(mirror, error, onEvent);
    failed.add(mirror.label);
  };
  return {
    ...origin,
    async resolve(name, io = {}) {
      const asked = name === undefined ? [] : await usable(({ tags }) => tags || isDigest(name));
      for (const mirror of asked) {
        try {
          return await mirror.resolve(name, io);
        } catch (error) {
          giveUp(mirror, error, io);
        }
      }
      return await origin.resolve(name, io);
    },
    async *read(descriptor, options = {}) {
      const sources = await usable(() => true);
      if (sources.length === 0) return yield* origin.read(descriptor, options);
      const bytes = readFirst(descriptor, { sources, origin, giveUp }, options);
      // Parts may come from several: together they are verified here.
      if ((options.start ?? 0) > 0) yield* bytes;
      else yield* verified(bytes, descriptor, `${descriptor.digest} of ${origin.label}`);
    },
  };
}

/** The reference of a repository at a mirror: "HOST", "HOST/PATH" or a URL. */
export function mirrorReference(mirror: string, { repository, tag, digest }: Reference): Reference {
  const place = mirror.replace(/^https?:\/\//, "").replace(/\/+$/, "");
  const [host = "", ...path] = place.split("/");
  const name = [...path, repository].join("/");
  return parseReference(
    formatReference({
      registry: host,
      repository: name,
      ...(tag === undefined ? {} : { tag }),
      ...(digest === undefined ? {} : { digest }),
    }),
  );
}

type GiveUp = (mirror: Source, error: unknown, io: IoOptions) => void;

interface Candidates {
  readonly sources: readonly Source[];
  readonly origin: Source;
  readonly giveUp: GiveUp;
}

/** The bytes from the first that gives them; where one breaks off, the next goes on. */
async function* readFirst(
  descriptor: Descriptor,
  { sources, origin, giveUp }: Candidates,
  { start = 0, ...io }: OpenOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  let offset = start;
  for (const mirror of sources) {
    try {
      for await (const bytes of mirror.read(descriptor, { ...io, start: offset })) {
        offset += bytes.length;
        yield bytes;
      }
      return;
    } catch (error) {
      giveUp(mirror, error, io);
    }
  }
  yield* origin.read(descriptor, { ...io, start: offset });
}

function tellOf(mirror: Source, error: unknown, onEvent: OnEvent | undefined): void {
  const why = error instanceof Error ? error.message : String(error);
  onEvent?.({
    type: "warning",
    code: "mirror-failed",
    message: `the mirror ${mirror.label} is not asked again: ${why}`,
  });
}
