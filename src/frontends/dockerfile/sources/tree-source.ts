import { posix } from "node:path";
import type { Matcher } from "../../../context/ignore.js";
import { comparePaths } from "../../../context/path-order.js";
import type { IoOptions } from "../../../model/events.js";
import type { ByteSource, Entry } from "../../../plan/plan.js";
import type { FileTree } from "../../../plan/file-tree.js";
import { invalid, unsupported } from "../instructions/invalid.js";
import type { CopySource, Found } from "./copy-source.js";
import { findSources } from "./find-sources.js";
import type { LazyTree } from "../evaluate/state.js";

/** A stage or an image that a COPY takes files from; they keep their owners. `label` is for messages: "stage build". */
export function treeSource(lazyTree: LazyTree, label: string, io: IoOptions): CopySource {
  return {
    async find(pattern) {
      const tree = await lazyTree();
      return findSources(pattern, {
        async resolve(name) {
          const { path, node } = tree.resolve(name);
          return node === undefined ? undefined : { path, isDirectory: node.type === "directory" };
        },
        children: (folder) => [...tree.children(folder)],
        isThere: async () => true,
        mayEnter: (path) => tree.lookup(path)?.type === "directory",
        notFound: async (path) =>
          invalid(`failed to calculate checksum: ${JSON.stringify(`/${path}`)}: not found in ${label}`),
      });
    },
    async entries(found, destination, { exclude }) {
      const tree = await lazyTree();
      // A file that is named itself is in no folder that the patterns are about, as BuildKit has it.
      const filters = [exclude, found.only].filter((each) => each !== undefined);
      const all = found.isDirectory
        ? descendants(tree, found, { folder: found.path, filters })
        : [found.path];
      // A link comes after its file in the layer, where names are in the order of whole paths.
      const kept = all.sort(comparePaths);
      const links = tree.linksAmong(kept);
      const bytes = await tree.files(
        kept.filter((path) => !links.has(path)),
        io,
      );
      const placed = (path: string) => posix.join(destination, found.isDirectory ? inside(path, found) : "");
      return kept.map((path) => {
        const first = links.get(path);
        const link = first === undefined ? undefined : placed(first);
        return entryOf(tree, path, { at: placed(path), bytes: bytes.get(path), link, label });
      });
    },
  };
}

/** A path relative to the folder that was found. */
function inside(path: string, found: Found): string {
  return path.slice(found.path.length).replace(/^\//, "");
}

/** What a tree has at a path as an entry at another one; its time is the copy's own matter. */
function entryOf(
  tree: FileTree,
  path: string,
  {
    at,
    bytes,
    link,
    label,
  }: {
    readonly at: string;
    readonly bytes: ByteSource | undefined;
    /** The entry that is the same file, where there is one before this. */
    readonly link: string | undefined;
    readonly label: string;
  },
): Entry {
  const { type, mode, uid, gid, size, linkTarget } = tree.lookup(path)!;
  const shared = { path: at, mode, uid, gid, mtime: 0 };
  if (link !== undefined) return { ...shared, type: "hardlink", size: 0, linkTarget: link };
  if (type === "directory") return { ...shared, type, size: 0 };
  if (type === "symlink") return { ...shared, type, size: 0, linkTarget: linkTarget ?? "" };
  if (type === "file") return { ...shared, type, size, ...(bytes === undefined ? {} : { bytes }) };
  throw unsupported(`/${path} of ${label} is a device or a fifo: layers of Gantry's hold none, exclude it`);
}

/** What is in a folder, folders before what they have; one that is left out is there for what is kept in it. */
function descendants(
  tree: FileTree,
  found: Found,
  { folder, filters }: { readonly folder: string; readonly filters: readonly Matcher[] },
): string[] {
  return [...tree.children(folder)].flatMap((name) => {
    const path = posix.join(folder, name);
    const relative = inside(path, found);
    if (filters.some((filter) => filter.canSkip(relative))) return [];
    const isFolder = tree.lookup(path)?.type === "directory";
    const within = isFolder ? descendants(tree, found, { folder: path, filters }) : [];
    return within.length > 0 || !filters.some((filter) => filter.ignores(relative)) ? [path, ...within] : [];
  });
}
