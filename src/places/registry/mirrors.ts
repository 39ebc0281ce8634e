import { isDigest, verified } from "../../model/digest.js";
import type { OpenOptions } from "../../model/content.js";
import type { IoOptions, OnEvent } from "../../model/events.js";
import type { Descriptor } from "../../model/oci.js";
import type { Source } from "../../model/place.js";

export interface MirrorOptions {
  /** Asked in this order, before the source itself. */
  readonly mirrors: readonly Source[];
  /** Whether they may say what a tag stands for. */
  readonly tags: boolean;
  /** Labels of mirrors that failed before: they are not asked again. Shared by all sources of a session. */
  readonly failed: Set<string>;
}

/**
 * A source whose mirrors are asked first for what is named by digest. A mirror that fails, or gives bytes of another
 * digest, is told of once and not asked again. Its credentials are those of its own name.
 */
export function withMirrors(origin: Source, { mirrors, tags, failed }: MirrorOptions): Source {
  const usable = () => mirrors.filter(({ label }) => !failed.has(label));
  const giveUp = (mirror: Source, error: unknown, { signal, onEvent }: IoOptions) => {
    if (signal?.aborted === true) throw error;
    if (!failed.has(mirror.label)) tellOf(mirror, error, onEvent);
    failed.add(mirror.label);
  };
  return {
    ...origin,
    async resolve(name, io = {}) {
      for (const mirror of name !== undefined && (tags || isDigest(name)) ? usable() : []) {
        try {
          return await mirror.resolve(name, io);
        } catch (error) {
          giveUp(mirror, error, io);
        }
      }
      return await origin.resolve(name, io);
    },
    read(descriptor, options = {}) {
      const bytes = readFirst(descriptor, { ...options, sources: usable(), origin, giveUp });
      if (usable().length === 0 || (options.start ?? 0) > 0) return bytes;
      // Parts may come from several: together they are verified here.
      return verified(bytes, descriptor, `${descriptor.digest} of ${origin.label}`);
    },
  };
}

async function* readFirst(
  descriptor: Descriptor,
  {
    sources,
    origin,
    giveUp,
    start = 0,
    ...io
  }: OpenOptions & {
    readonly sources: readonly Source[];
    readonly origin: Source;
    readonly giveUp: (mirror: Source, error: unknown, io: IoOptions) => void;
  },
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
