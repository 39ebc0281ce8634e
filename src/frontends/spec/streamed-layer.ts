import { createHash } from "node:crypto";
import { madeFolder, parentOf } from "../../context/layer-files.js";
import { mayBeLinked } from "../../context/linked-destinations.js";
import { comparePaths } from "../../context/path-order.js";
import type { Seen } from "../../context/seen.js";
import type { SeenSource } from "../../context/walk.js";
import type { LayerKeys } from "../../model/layer-keys.js";
import type { Entry } from "../../plan/plan.js";
import { tarVersion } from "../../tar/header.js";
import { mayAskBase } from "./base-tree.js";
import type { Listing, WrittenLayer } from "./layer-list.js";

/** A file or folder that was looked at, and where it goes. */
export interface PlacedSource {
  readonly source: SeenSource;
  /** In the image. */
  readonly path: string;
  /** Whether a folder's own entry is left out where something is in it. */
  readonly keepsBaseFolder: boolean;
}

export interface StreamOptions {
  /** Of all that the request says about the layer, and the same without where its files are. */
  readonly key: string;
  readonly shapeKey: string;
  readonly listing: Listing;
}

/** A stretch of a layer: entries at a path and, of a folder, below it. */
interface Stretch {
  readonly path: string;
  readonly isFolder: boolean;
  readonly entries: () => Iterable<Entry>;
}

/**
 * A layer whose entries are made as they are asked for, and whose keys follow from what was seen of its files. Undefined
 * where all entries have to be there first: an error or a warning may be among them, the base may be asked about them, or
 * files of several sources may lie between each other.
 */
export async function streamLayer(
  placed: readonly PlacedSource[],
  { key, shapeKey, listing }: StreamOptions,
): Promise<WrittenLayer | undefined> {
  const seen: Seen[] = [];
  for (const { source, path } of placed) {
    if (path === "" || mayAskBase(path, listing) || (listing.onBase && mayBeLinked(path))) return undefined;
    const found = await source.seen();
    if (found === undefined) return undefined;
    seen.push(found);
  }
  const stretches = placed.map((one, at) => stretchOf(one, seen[at]!));
  const made = listing.onBase ? [] : parentsOf(stretches, listing.mtime);
  const ordered = [...stretches, ...made].sort((one, other) => comparePaths(one.path, other.path));
  if (!areApart(ordered)) return undefined;
  const stream = function* (): Generator<Entry> {
    for (const { entries } of ordered) yield* entries();
  };
  let entries: readonly Entry[] | undefined;
  return {
    part: "",
    files: seen.reduce((sum, { files }) => sum + files, 0),
    keys: keysOf(seen, key, shapeKey),
    stream,
    roughSize: seen.reduce((sum, { tarSize }) => sum + tarSize, 0),
    get entries() {
      return (entries ??= [...stream()]);
    },
  };
}

function stretchOf({ source, path, keepsBaseFolder }: PlacedSource, { names }: Seen): Stretch {
  const leaveOut = keepsBaseFolder && names !== undefined && names > 0;
  return {
    path,
    isFolder: names !== undefined,
    entries: leaveOut ? () => withoutFirst(source.stream()) : () => source.stream(),
  };
}

function* withoutFirst(entries: Iterable<Entry>): Generator<Entry> {
  let isFirst = true;
  for (const entry of entries) {
    if (!isFirst) yield entry;
    isFirst = false;
  }
}

/** The folders that nobody adds, above those that are added. */
function parentsOf(stretches: readonly Stretch[], mtime: number): Stretch[] {
  const above = new Set<string>();
  for (const { path } of stretches)
    for (let at = parentOf(path); at !== "" && !above.has(at); at = parentOf(at)) above.add(at);
  return [...above].map((path) => ({ path, isFolder: false, entries: () => [madeFolder(path, mtime)] }));
}

/** What is in "a" ends before "a0": "0" is what follows the slash. */
function areApart(ordered: readonly Stretch[]): boolean {
  return ordered.every(({ path, isFolder }, at) => {
    const next = ordered[at + 1];
    return next === undefined || comparePaths(isFolder ? `${path}0` : `${path}\0`, next.path) <= 0;
  });
}

function keysOf(seen: readonly Seen[], key: string, shapeKey: string): LayerKeys {
  const stamps = createHash("sha256").update(`seen stamps\0${tarVersion}\0${key}\0`);
  const shape = createHash("sha256").update(`seen shape\0${tarVersion}\0${shapeKey}\0`);
  for (const one of seen) {
    stamps.update(one.stamps);
    shape.update(one.shape);
  }
  const newest = Math.floor(Math.max(0, ...seen.map((one) => one.newest)));
  return { stamps: stamps.digest("hex"), shape: shape.digest("hex"), newest };
}
