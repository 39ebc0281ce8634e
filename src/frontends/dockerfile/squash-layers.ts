import { restoreHardlinks } from "../../context/hardlinks.js";
import { comparePaths } from "../../context/path-order.js";
import type { Entry, ImagePlan } from "../../plan/plan.js";

/**
 * The image with its new layers as one that unpacks to the same files. Its history keeps every line, and the last that
 * made a layer is the one layer's.
 */
export function squashLayers<T extends Pick<ImagePlan, "layers" | "history" | "base">>(image: T): T {
  const { layers, history, base } = image;
  if (layers.length < 2) return image;
  const lists = layers.map((layer) => layer.entries);
  const entries = joinLayers(lists, { hasBase: base !== undefined });
  const last = history.findLastIndex((line) => line.layer);
  return {
    ...image,
    layers: [{ createdBy: `${layers.length} layers in one`, entries }],
    history: history.map((line, at) => ({ ...line, layer: at === last })),
  };
}

/**
 * Layers, lowest first, as one in order: a later entry takes an earlier one's place, and what is no folder takes that of
 * all that was below it. A folder where a file was before hides what a base has there.
 */
export function joinLayers(
  lists: readonly (readonly Entry[])[],
  { hasBase }: { readonly hasBase: boolean },
): readonly Entry[] {
  const joined = new Map<string, Entry>();
  for (const entries of lists) {
    const replaced = new Set<string>();
    for (const entry of entries) {
      const there = joined.get(entry.path);
      if (there === undefined || isFolder(there) === isFolder(entry)) continue;
      if (isFolder(there)) replaced.add(there.path);
      else if (hasBase) joined.set(opaquePath(entry.path), opaque(entry));
    }
    if (replaced.size > 0) removeBelow(joined, replaced);
    for (const entry of entries) joined.set(entry.path, entry);
  }
  return restoreHardlinks(lists, joined).sort((one, other) => comparePaths(one.path, other.path));
}

function isFolder({ type }: Entry): boolean {
  return type === "directory";
}

function removeBelow(joined: Map<string, Entry>, folders: ReadonlySet<string>): void {
  for (const path of [...joined.keys()]) {
    for (let end = path.indexOf("/"); end >= 0; end = path.indexOf("/", end + 1)) {
      if (folders.has(path.slice(0, end))) joined.delete(path);
    }
  }
}

function opaquePath(folder: string): string {
  return `${folder}/.wh..wh..opq`;
}

/** Layers below do not show in a folder with this file (image-spec layer.md, "Opaque Whiteout"). */
function opaque({ path, uid, gid, mtime }: Entry): Entry {
  return { path: opaquePath(path), type: "file", mode: 0o644, uid, gid, mtime, size: 0 };
}
