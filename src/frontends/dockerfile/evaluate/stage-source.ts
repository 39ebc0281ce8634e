import { posix } from "node:path";
import type { Entry } from "../../../plan/plan.js";
import type { FileTree } from "../../../plan/file-tree.js";
import { invalid } from "../instructions/invalid.js";
import type { CopySource } from "./copy-source.js";
import { unsupported } from "./refuse-remote.js";
import { findSources } from "./find-sources.js";
import type { StageState } from "./state.js";

/** Another stage that a COPY takes files from; they keep their owners. */
export function stageSource(state: StageState, label: string): CopySource {
  const written = mergeLayers(state);
  return {
    keepsOwner: true,
    async find(pattern) {
      const tree = await state.tree();
      return findSources(pattern, {
        resolve(name) {
          const { path, node } = tree.resolve(name);
          return node === undefined ? undefined : { path, isDirectory: node.type === "directory" };
        },
        children: (folder) => [...tree.children(folder)],
        isDirectory: (path) => tree.lookup(path)?.type === "directory",
        notFound: (path) =>
          invalid(`failed to calculate checksum: ${JSON.stringify(`/${path}`)}: not found in ${label}`),
      });
    },
    async entries(found, destination, { exclude }) {
      const tree = await state.tree();
      if (!found.isDirectory) return [moved(entryAt(written, found.path, label), found.path, destination)];
      const isKept = (path: string) =>
        exclude?.ignores(path.slice(found.path.length).replace(/^\//, "")) !== true;
      return descendants(tree, found.path, isKept).map((path) =>
        moved(entryAt(written, path, label), found.path, destination),
      );
    },
  };
}

/** What a stage's own layers come to, by path. */
function mergeLayers({ layers }: StageState): ReadonlyMap<string, Entry> {
  return new Map(layers.flatMap(({ entries }) => entries.map((entry) => [entry.path, entry] as const)));
}

function entryAt(written: ReadonlyMap<string, Entry>, path: string, label: string): Entry {
  const entry = written.get(path);
  if (entry !== undefined) return entry;
  throw unsupported(
    `/${path} of ${label} comes from its base image: COPY --from takes files that a stage itself added`,
  );
}

/** An entry at its new place. */
function moved(entry: Entry, from: string, destination: string): Entry {
  const rest = entry.path.slice(from.length).replace(/^\//, "");
  const path = rest === "" ? destination : destination === "" ? rest : `${destination}/${rest}`;
  if (entry.type !== "hardlink") return { ...entry, path };
  throw unsupported(`/${entry.path} is a further name of a file: COPY --from does not take hard links yet`);
}

/** What is in a folder, folders before what they have; one that is left out is there for what is kept in it. */
function descendants(tree: FileTree, folder: string, isKept: (path: string) => boolean): string[] {
  return [...tree.children(folder)].flatMap((name) => {
    const path = posix.join(folder, name);
    const inside = tree.lookup(path)?.type === "directory" ? descendants(tree, path, isKept) : [];
    return inside.length > 0 || isKept(path) ? [path, ...inside] : [];
  });
}
