import { join } from "node:path";
import type { IoOptions } from "../../../model/events.js";
import type { FileTree } from "../../../plan/file-tree.js";
import type { Checkout } from "../../../plan/remote-files.js";
import type { World } from "../../../plan/world.js";
import type { AddInstruction, CopyInstruction } from "../instructions/instruction.js";
import { readIgnore } from "../read-ignore.js";
import type { CopySource } from "./copy-source.js";
import { folderSource, type FolderSourceOptions } from "./folder-source.js";
import { checkoutSource } from "./remote-source.js";
import { treeSource } from "./tree-source.js";
import { withArchives } from "./with-archives.js";

/**
 * The files of a build's context: a folder of this machine without what its .dockerignore leaves out, or all of a
 * commit or of a tar, whose files keep their owners.
 */
export type ContextFiles =
  | ({ readonly type: "folder" } & Pick<FolderSourceOptions, "root" | "ignore">)
  | { readonly type: "checkout"; readonly checkout: Checkout }
  | { readonly type: "tree"; readonly tree: FileTree; readonly label: string };

/** The context as an instruction may use it. */
export function contextSource(
  files: ContextFiles,
  instruction: CopyInstruction | AddInstruction,
  { world, ...io }: IoOptions & { readonly world: World },
): CopySource {
  if (files.type === "folder") {
    const folder = folderSource({ ...files, ...io, sweeper: world.sweeper });
    return withArchives(folder, instruction, { world, fileAt: inFolder(files.root), ...io });
  }
  if (files.type === "checkout") {
    const { checkout } = files;
    const commit = checkoutSource(checkout, { world, ...io });
    return withArchives(commit, instruction, { world, fileAt: inFolder(checkout.root), ...io });
  }
  const { tree, label } = files;
  const fileAt = async (path: string) => {
    const bytes = (await tree.files([path], io)).get(path);
    return bytes?.type === "file" ? bytes.path : undefined;
  };
  return withArchives(
    treeSource(async () => tree, label, io),
    instruction,
    { world, fileAt, ...io },
  );
}

function inFolder(root: string): (path: string) => Promise<string> {
  return async (path) => join(root, path);
}

/** A folder, or a commit, that has a name of its own: for COPY --from, and in the place of a stage. */
export function namedSource(
  { root, checkout }: { readonly root: string; readonly checkout?: Checkout | undefined },
  { world, ...io }: IoOptions & { readonly world: World },
): CopySource {
  return checkout === undefined
    ? folderSource({ root, ignore: readIgnore(root), sweeper: world.sweeper, ...io })
    : checkoutSource(checkout, { world, ...io });
}
