import { posix } from "node:path";
import { compileGlob, isGlob } from "../../../context/go-match.js";
import type { Entry } from "../../../plan/plan.js";
import type { FileTree } from "../../../plan/file-tree.js";
import { invalid } from "../instructions/invalid.js";
import type { CopySource, Found } from "./copy-source.js";
import { unsupported } from "./copy.js";
import type { StageState } from "./state.js";

/** Another stage that a COPY takes files from; they keep their owners. */
export function stageSource(state: StageState, label: string): CopySource {
  const written = mergeLayers(state);
  return {
    keepsOwner: true,
    async find(pattern) {
      const tree = await state.tree();
      const clean = posix.join("/", pattern).slice(1).replace(/\/$/, "");
      if (isGlob(clean)) return findAll(tree, clean);
      const { path, node } = tree.resolve(clean);
      if (node === undefined)
        throw invalid(`failed to calculate checksum: ${JSON.stringify(`/${clean}`)}: not found in ${label}`);
      return [{ path, name: clean, isDirectory: node.type === "directory" }];
    },
    async entries(found, destination, { exclude }) {
      const tree = await state.tree();
      if (!found.isDirectory) return [moved(entryAt(written, found.path, label), found.path, destination)];
      return descendants(tree, found.path)
        .filter((path) => exclude === undefined || !exclude.ignores(path.slice(found.path.length + 1)))
        .map((path) => moved(entryAt(written, path, label), found.path, destination));
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

function findAll(tree: FileTree, pattern: string): readonly Found[] {
  let folders: readonly Found[] = [{ path: "", name: "", isDirectory: true }];
  for (const part of pattern.split("/")) {
    const matches = isGlob(part) ? compileGlob(part) : (name: string) => name === part;
    folders = folders.flatMap((folder) =>
      [...tree.children(folder.path)].filter(matches).flatMap((child): Found[] => {
        const name = posix.join(folder.name, child);
        const { path, node } = tree.resolve(name);
        return node === undefined ? [] : [{ path, name, isDirectory: node.type === "directory" }];
      }),
    );
  }
  return folders;
}

function descendants(tree: FileTree, folder: string): string[] {
  return [...tree.children(folder)].flatMap((name) => {
    const path = posix.join(folder, name);
    return [path, ...(tree.lookup(path)?.type === "directory" ? descendants(tree, path) : [])];
  });
}
