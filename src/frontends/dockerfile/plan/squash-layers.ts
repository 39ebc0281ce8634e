import { posix } from "node:path";
import { namingOf } from "../../../context/base-tree/whiteout.js";
import { restoreHardlinks } from "../../../context/hardlinks.js";
import { comparePaths } from "../../../context/path-order.js";
import type { Entry, ImagePlan } from "../../../plan/plan.js";

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
 * Layers, lowest first, as one in order: a later entry takes an earlier one's place, what is no folder takes that of all
 * that was below it, and what a layer deletes is gone. On a base deletions stay, and a folder where a file was before, or
 * nothing, hides what the base has there.
 */
export function joinLayers(
  lists: readonly (readonly Entry[])[],
  { hasBase }: { readonly hasBase: boolean },
): readonly Entry[] {
  const joined = new Map<string, Entry>();
  for (const entries of lists) joinLayer(joined, entries, hasBase);
  return restoreHardlinks(lists, joined).sort((one, other) => comparePaths(one.path, other.path));
}

function joinLayer(joined: Map<string, Entry>, entries: readonly Entry[], hasBase: boolean): void {
  const added = entries.filter((entry) => deletionOf(entry) === undefined);
  const deletions = entries.filter((entry) => deletionOf(entry) !== undefined);
  const isOther = (entry: Entry) => {
    const there = joined.get(entry.path);
    return there !== undefined && isFolder(there) !== isFolder(entry);
  };
  const others = new Set(added.filter(isOther));
  const emptied = [...others].filter((entry) => !isFolder(entry)).map(({ path }) => path);
  const deleted = deletions.map((entry) => deletionOf(entry)!);
  removeBelow(joined, new Set([...emptied, ...deleted.map(({ path }) => path)]));
  for (const { path, isOpaque } of deleted) if (!isOpaque) joined.delete(path);
  if (hasBase) for (const entry of deletions) joined.set(entry.path, entry);
  for (const entry of added) {
    const wasDeleted = joined.delete(deletionPath(entry.path));
    if (hasBase && isFolder(entry) && (wasDeleted || others.has(entry)))
      joined.set(opaquePath(entry.path), opaque(entry));
    joined.set(entry.path, entry);
  }
}

/**
 * What an entry deletes of the layers below, all that is in a folder where it is opaque; undefined for one that is
 * there itself.
 */
function deletionOf({ path }: Entry): { readonly path: string; readonly isOpaque: boolean } | undefined {
  const folder = posix.dirname(`/${path}`).slice(1);
  const naming = namingOf(posix.basename(path));
  if (naming.type === "opaque") return { path: folder, isOpaque: true };
  return naming.type === "deletion" ? { path: posix.join(folder, naming.name), isOpaque: false } : undefined;
}

/** The entry that deletes a path. */
function deletionPath(path: string): string {
  return `${posix.dirname(`/${path}`)}/.wh.${posix.basename(path)}`.replace(/^\/+/, "");
}

function isFolder({ type }: Entry): boolean {
  return type === "directory";
}

function removeBelow(joined: Map<string, Entry>, folders: ReadonlySet<string>): void {
  if (folders.size === 0) return;
  if (folders.has("")) return joined.clear();
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
