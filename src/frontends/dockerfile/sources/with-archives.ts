import type { IoOptions } from "../../../model/events.js";
import type { World } from "../../../plan/world.js";
import type { AddInstruction, CopyInstruction } from "../instructions/instruction.js";
import type { CopySource } from "./copy-source.js";

export interface WithArchivesOptions extends IoOptions {
  readonly world: Pick<World, "archive">;
  /** Where a file of the source is on this machine; undefined where it has no bytes. */
  readonly fileAt: (path: string) => Promise<string | undefined>;
}

/** The context as an ADD uses it, which unpacks archives unless told not to; to a COPY they are files like others. */
export function withArchives(
  source: CopySource,
  instruction: CopyInstruction | AddInstruction,
  { world, fileAt, ...io }: WithArchivesOptions,
): CopySource {
  if (instruction.type !== "ADD" || instruction.unpack === false) return source;
  return {
    ...source,
    async archive({ path, name, isDirectory }) {
      const file = isDirectory ? undefined : await fileAt(path);
      return file === undefined ? undefined : await world.archive({ path: file, name }, io);
    },
  };
}
