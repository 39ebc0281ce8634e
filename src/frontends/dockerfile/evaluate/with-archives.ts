import { join } from "node:path";
import type { IoOptions } from "../../../model/events.js";
import type { World } from "../../../plan/world.js";
import type { AddInstruction, CopyInstruction } from "../instructions/instruction.js";
import type { CopySource } from "./copy-source.js";

/** The context as an ADD uses it, which unpacks archives unless told not to; to a COPY they are files like others. */
export function withArchives(
  source: CopySource,
  instruction: CopyInstruction | AddInstruction,
  { root, world, ...io }: IoOptions & { readonly root: string; readonly world: Pick<World, "archive"> },
): CopySource {
  if (instruction.type !== "ADD" || instruction.unpack === false) return source;
  return {
    ...source,
    async archive({ path, name, isDirectory }) {
      return isDirectory ? undefined : world.archive({ path: join(root, path), name }, io);
    },
  };
}
