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
  /** What else decides how its entries are recorded, as text. */
  readonly how: string;
  /** Whether a folder's own entry is left out where something is in it. */
  readonly keepsBaseFolder: boolean;
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
  listing: Listing,
): Promise<WrittenLayer | undefined> {
  const seen: Seen[] = [];
  for (const { source, path } of placed) {
    if (path === "" || mayAskBase(path, listing) || (listing.onBase && mayBeLinked(path))) return undefined;
    const found = await source.seen();
    if (found === undefined) return undefined;
    seen.push(found);
  }
  const stretches = placed.map((one, at) => stretchOf(one, seen[at]!));
  const ordered = inOrder(stretches, listing);
  if (ordered === undefined) return undefined;
  const each = function* (): Generator<Entry> {
    for (const { entries } of ordered) yield* entries();
  };
  let entries: readonly Entry[] | undefined;
  const all = () => (entries ??= [...each()]);
  const roughSize = seen.reduce((sum, { tarSize }) => sum + tarSize, 0);
  return {
    part: "",
    files: seen.reduce((sum, { files }) => sum + files, 0),
    streamed: { each, all, keys: keysOf(placed, seen, listing), roughSize },
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

/** The stretches with the folders that nobody adds, where none lies in or between what another holds. */
function inOrder(stretches: readonly Stretch[], { onBase, mtime }: Listing): readonly Stretch[] | undefined {
  const paths = new Set(stretches.map(({ path }) => path));
  const above = foldersAbove(paths);
  // A file in a file, or in what another source brings.
  if (above.some((path) => paths.has(path))) return undefined;
  // On a base they are the base's own.
  const made = onBase ? [] : above.map((path) => madeStretch(path, mtime));
  const ordered = [...stretches, ...made].sort((one, other) => comparePaths(one.path, other.path));
  return areApart(ordered) ? ordered : undefined;
}

function foldersAbove(paths: Iterable<string>): string[] {
  const above = new Set<string>();
  for (const path of paths)
    for (let at = parentOf(path); at !== "" && !above.has(at); at = parentOf(at)) above.add(at);
  return [...above];
}

function madeStretch(path: string, mtime: number): Stretch {
  return { path, isFolder: false, entries: () => [madeFolder(path, mtime)] };
}

/** What is in "a" ends before "a0": "0" is what follows the slash. */
function areApart(ordered: readonly Stretch[]): boolean {
  return ordered.every(({ path, isFolder }, at) => {
    const next = ordered[at + 1];
    return next === undefined || comparePaths(isFolder ? `${path}0` : `${path}\0`, next.path) <= 0;
  });
}

/** Of what was seen, and of what the request makes of it. */
function keysOf(
  placed: readonly PlacedSource[],
  seen: readonly Seen[],
  { onBase, mtime, preserveMode }: Listing,
): LayerKeys {
  const asked = placed.map(({ path, how, keepsBaseFolder }) => [path, how, keepsBaseFolder]);
  const key = JSON.stringify([tarVersion, onBase, mtime, preserveMode, asked]);
  const digest = (of: "stamps" | "shape") =>
    createHash("sha256")
      .update(`seen ${of}\0${key}\0${seen.map((one) => one[of]).join()}`)
      .digest("hex");
  const newest = Math.floor(Math.max(0, ...seen.map((one) => one.newest)));
  return { stamps: digest("stamps"), shape: digest("shape"), newest };
}
