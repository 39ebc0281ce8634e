import { statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { type SingleFlight, allDone } from "../../concurrency.js";
import { GantryError, during } from "../../errors.js";
import { createMatcher } from "../../context/ignore.js";
import { composeOnBase, followed, type SourceOnBase } from "../../context/compose-on-base.js";
import { inlineFile } from "../../context/inline.js";
import { composeWalked } from "../../context/walked-layer.js";
import { splitLayer } from "../../context/split-layer.js";
import { type SourceRequest, listSource } from "../../context/walk.js";
import { digestOf } from "../../model/digest.js";
import { type IoOptions, inStep } from "../../model/events.js";
import type { Entry } from "../../plan/plan.js";
import type { FolderLister } from "../../plan/world.js";
import type { FileTree } from "../../plan/file-tree.js";
import { asksBase, type AskingBase, mayAskBase } from "./base-tree.js";
import { onlyFolders, type PlannedFile, type PlannedLayer } from "./check-layer.js";
import type { FileDestination } from "./destination.js";

/** Layers listed so far in one run, by all that decides their entries: platforms and images share the lists. */
export interface LayerLists {
  readonly read: SingleFlight<string, ListedLayer>;
  /** Those laid over a base, which decides their entries too. */
  readonly placed: SingleFlight<string, readonly WrittenLayer[]>;
}

/** A layer as its sources are on disk. */
export interface ListedLayer {
  /** Of all that decides it. */
  readonly key: string;
  /** Undefined where the base is to be asked first: see placeLayer. */
  readonly parts: readonly WrittenLayer[] | undefined;
  readonly sources: readonly SourceOnBase[];
}

/** What one layer of a request became: one list, or several where it is split. */
export interface WrittenLayer {
  readonly entries: readonly Entry[];
  /** For the history, after what the whole is called. */
  readonly part: string;
}

/** How the layers of one image are listed. */
export interface Listing extends AskingBase {
  /** The folder of relative sources; absolute. */
  readonly filesBase: string;
  readonly ignore: SourceRequest["ignore"];
  readonly preserveMode: boolean;
  /** Seconds since 1970. */
  readonly mtime: number;
}

/** How lists are made. */
interface ListOptions extends IoOptions {
  readonly lister?: FolderLister | undefined;
}

/** Lists a layer's files, or takes the list of one that is the same in everything. */
export function listLayer(
  layer: PlannedLayer,
  listing: Listing,
  { lists, ...io }: ListOptions & { readonly lists: LayerLists },
): Promise<ListedLayer> {
  const key = keyOf(layer, listing);
  return lists.read.get(key, () =>
    inStep(
      io.onEvent,
      { kind: "walk", name: `list ${layer.createdBy}` },
      async () => {
        const found = await allDone(layer.files.map((file) => listFile(file, listing, io)));
        if (layer.files.some((file, at) => asksAbout(file, found[at]!, listing)))
          return {
            key,
            parts: undefined,
            sources: layer.files.map((file, at) => asked(file, found[at]!, listing)),
          };
        return { key, parts: cutLayer(composeWalked(found, listing), layer.split), sources: [] };
      },
      describeListed,
    ),
  );
}

function asksAbout({ destination }: PlannedFile, entries: readonly Entry[], listing: Listing): boolean {
  if (!mayAskBase(destination.path, listing)) return false;
  const asks = asksBase(listing);
  return entries.some(({ path }) => asks(path));
}

function asked(
  { mode, hasOwner }: PlannedFile,
  entries: readonly Entry[],
  { preserveMode }: Listing,
): SourceOnBase {
  return { entries, asked: { mode: mode !== undefined || preserveMode, owner: hasOwner } };
}

/** A listed layer laid over what is below it; several where it is split. */
export function placeLayer(
  { sources }: ListedLayer,
  { split }: PlannedLayer,
  { tree, listing }: { readonly tree: FileTree; readonly listing: Listing },
): readonly WrittenLayer[] {
  const below = { tree, decides: asksBase(listing), mtime: listing.mtime };
  const entries = composeOnBase(sources, below);
  return cutLayer(entries, split && { ...split, folder: followed(split.folder, below) });
}

/** A layer without entries stays one: the image was asked to have it. */
function cutLayer(entries: readonly Entry[], split: PlannedLayer["split"]): readonly WrittenLayer[] {
  if (split === undefined || entries.length === 0) return [{ entries, part: "" }];
  return splitLayer(entries, split).map(({ number, entries: own }) => ({
    entries: own,
    part: `, part ${number} of ${split.parts}`,
  }));
}

function describeListed({ parts, sources }: ListedLayer): string {
  const lists = parts ?? sources;
  const count = lists.reduce((sum, { entries }) => sum + entries.length, 0);
  const entries = `${count} ${count === 1 ? "entry" : "entries"}`;
  return parts === undefined || parts.length === 1 ? entries : `${entries} in ${parts.length} layers`;
}

function keyOf(layer: PlannedLayer, { ignore, ...listing }: Listing): string {
  const files = layer.files.map((file) => ({ ...file, where: undefined, content: contentKey(file.content) }));
  return JSON.stringify([files, ignore?.root, listing]);
}

function contentKey(content: string | Uint8Array | undefined): string | undefined {
  if (content === undefined) return undefined;
  return digestOf(typeof content === "string" ? Buffer.from(content) : content);
}

async function listFile(
  file: PlannedFile,
  listing: Listing,
  { lister, ...io }: ListOptions,
): Promise<Entry[]> {
  const { destination, content, mode, owner, exclude, split } = file;
  const { mtime, preserveMode, ignore } = listing;
  try {
    if (content !== undefined)
      return [inlineFile({ destination: destination.path, content, owner, mode, mtime })];
    const source = resolve(listing.filesBase, file.source);
    const listed = await listSource(
      {
        source,
        destination: pathInImage(destination, source),
        exclude: exclude.length === 0 ? undefined : createMatcher(exclude),
        ignore,
        owner,
        mode,
        preserveMode,
        mtime,
        lister,
      },
      io,
    );
    if (split !== undefined && !isFolder(source)) throw invalid(onlyFolders);
    return keepsBaseFolder(file, listing, listed) ? listed.slice(1) : listed;
  } catch (error) {
    io.signal?.throwIfAborted();
    throw during(file.where, error);
  }
}

/**
 * Whether the destination folder itself gets no entry: a base may have it with a mode of its own (1777 of /tmp, 0700 of
 * /root), which an entry would overwrite, and one that is missing is made 0755 by whoever unpacks the layer.
 */
function keepsBaseFolder(
  { mode, owner, destination }: PlannedFile,
  { onBase, preserveMode }: Listing,
  listed: readonly Entry[],
): boolean {
  const asked = mode !== undefined || preserveMode || owner.uid !== 0 || owner.gid !== 0;
  const [root] = listed;
  return (
    onBase && !asked && listed.length > 1 && root?.type === "directory" && root.path === destination.path
  );
}

/** A file goes into a destination that ends with a slash, a folder's contents do so anyway. */
function pathInImage({ path, folder }: FileDestination, source: string): string {
  const intoFolder = folder && !isFolder(source);
  if (!intoFolder) return path;
  return path === "" ? basename(source) : `${path}/${basename(source)}`;
}

/** What cannot be looked at is left to the walk, which says why. */
function isFolder(source: string): boolean {
  try {
    return statSync(source).isDirectory();
  } catch {
    return false;
  }
}

function invalid(message: string): GantryError {
  return new GantryError("ERR_GANTRY_SPEC_INVALID", message);
}
