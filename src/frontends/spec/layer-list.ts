import { statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { type SingleFlight, allDone } from "../../concurrency.js";
import { GantryError, during } from "../../errors.js";
import { createMatcher } from "../../context/ignore.js";
import { composeOnBase, followed, type SourceOnBase } from "../../context/compose-on-base.js";
import { sizeInTar } from "../../context/facts.js";
import { inlineFile } from "../../context/inline.js";
import { composeWalked } from "../../context/walked-layer.js";
import { splitLayer } from "../../context/split-layer.js";
import { type SeenSource, type SourceRequest, lookAtSource } from "../../context/walk.js";
import { digestOf } from "../../model/digest.js";
import { type IoOptions, inStep } from "../../model/events.js";
import type { Entry, StreamedEntries } from "../../plan/plan.js";
import type { World } from "../../plan/world.js";
import type { FileTree } from "../../plan/file-tree.js";
import { asksBase, type AskingBase, mayAskBase } from "./base-tree.js";
import { onlyFolders, type PlannedFile, type PlannedLayer } from "./check-layer.js";
import type { FileDestination } from "./destination.js";
import { type PlacedSource, streamLayer } from "./streamed-layer.js";

/** Layers listed so far in one run, by all that decides their entries: platforms and images share the lists. */
export interface LayerLists {
  readonly read: SingleFlight<string, ListedLayer>;
  /** Those laid over a base, which decides their entries too. */
  readonly placed: SingleFlight<string, readonly WrittenLayer[]>;
}

/** What one layer of a request became: one list, or several where it is split; or entries that nobody has made yet. */
export type WrittenLayer = {
  /** For the history, after what the whole is called. */
  readonly part: string;
  /** How many of its entries are no folders. */
  readonly files: number;
} & (
  | { readonly entries: readonly Entry[]; readonly streamed?: undefined }
  | { readonly streamed: StreamedEntries }
);

/** A layer as its sources are on disk. */
export interface ListedLayer {
  /** Of all that decides it. */
  readonly key: string;
  /** Undefined where the base is to be asked first: see placeLayer. */
  readonly parts: readonly WrittenLayer[] | undefined;
  readonly sources: readonly SourceOnBase[];
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
  readonly world: Pick<World, "sweeper">;
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
      () => listOrStream(layer, key, listing, io),
      describeListed,
    ),
  );
}

async function listOrStream(
  layer: PlannedLayer,
  key: string,
  listing: Listing,
  { world, ...io }: ListOptions,
): Promise<ListedLayer> {
  const placed = await allDone(layer.files.map((file) => lookAtFile(file, listing, { world, ...io })));
  if (layer.split === undefined) {
    const streamed = await streamLayer(placed, listing);
    if (streamed !== undefined) return { key, parts: [streamed], sources: [] };
  }
  const found = await allDone(layer.files.map((file, at) => listFile(file, placed[at]!, io)));
  if (layer.files.some((file, at) => asksAbout(file, found[at]!, listing))) {
    const sources = layer.files.map((file, at) => asked(file, found[at]!, listing));
    return { key, parts: undefined, sources };
  }
  return { key, parts: cutLayer(composeWalked(found, listing), layer.split), sources: [] };
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
  if (split === undefined || entries.length === 0) return [{ entries, files: filesIn(entries), part: "" }];
  return splitLayer(entries, split).map(({ number, entries: own }) => ({
    entries: own,
    files: filesIn(own),
    part: `, part ${number} of ${split.parts}`,
  }));
}

function filesIn(entries: readonly Entry[]): number {
  return entries.reduce((sum, { type }) => sum + (type === "directory" ? 0 : 1), 0);
}

function describeListed({ parts, sources }: ListedLayer): string {
  const counts = parts?.map(({ files }) => files) ?? sources.map(({ entries }) => filesIn(entries));
  const count = counts.reduce((sum, each) => sum + each, 0);
  const files = `${count} ${count === 1 ? "file" : "files"}`;
  return parts === undefined || parts.length === 1 ? files : `${files} in ${parts.length} layers`;
}

function keyOf(layer: PlannedLayer, { ignore, ...listing }: Listing): string {
  const files = layer.files.map((file) => ({ ...file, where: undefined, content: contentKey(file.content) }));
  return JSON.stringify([files, ignore?.root, listing]);
}

function contentKey(content: string | Uint8Array | undefined): string | undefined {
  if (content === undefined) return undefined;
  return digestOf(typeof content === "string" ? Buffer.from(content) : content);
}

async function lookAtFile(
  file: PlannedFile,
  listing: Listing,
  { world: { sweeper }, ...io }: ListOptions,
): Promise<PlacedSource> {
  const { destination, content, mode, owner, exclude, split } = file;
  const { mtime, preserveMode, ignore } = listing;
  try {
    if (content !== undefined) {
      const inline = inlineFile({ destination: destination.path, content, owner, mode, mtime });
      const how = JSON.stringify([mode, owner]);
      return { source: seenInline(inline, content), path: inline.path, how, keepsBaseFolder: false };
    }
    const source = resolve(listing.filesBase, file.source);
    const path = pathInImage(destination, source);
    const how = { source, destination: path, ignore, owner, mode, preserveMode, mtime, sweeper };
    const seen = await lookAtSource(
      { ...how, exclude: exclude.length === 0 ? undefined : createMatcher(exclude) },
      io,
    );
    if (split !== undefined && !isFolder(source)) throw invalid(onlyFolders);
    return {
      source: seen,
      path,
      how: JSON.stringify([mode, owner]),
      keepsBaseFolder: keepsBaseFolder(file, listing),
    };
  } catch (error) {
    io.signal?.throwIfAborted();
    throw during(file.where, error);
  }
}

async function listFile(
  { where, destination }: PlannedFile,
  { source, keepsBaseFolder }: PlacedSource,
  io: IoOptions,
): Promise<Entry[]> {
  try {
    const listed = await source.list(io);
    const [root] = listed;
    const isFolder = listed.length > 1 && root?.type === "directory" && root.path === destination.path;
    return keepsBaseFolder && isFolder ? listed.slice(1) : listed;
  } catch (error) {
    io.signal?.throwIfAborted();
    throw during(where, error);
  }
}

function seenInline(entry: Entry, content: string | Uint8Array): SeenSource {
  const digest = contentKey(content)!;
  const tarSize = sizeInTar(entry.size);
  const seen = { stamps: digest, shape: digest, newest: 0, files: 1, tarSize, names: undefined };
  return { seen: async () => seen, list: async () => [entry], stream: () => [entry] };
}

/**
 * Whether the destination folder itself gets no entry: a base may have it with a mode of its own (1777 of /tmp, 0700 of
 * /root), which an entry would overwrite, and one that is missing is made 0755 by whoever unpacks the layer.
 */
function keepsBaseFolder(
  { mode, owner }: PlannedFile,
  { onBase, preserveMode }: Pick<Listing, "onBase" | "preserveMode">,
): boolean {
  return onBase && mode === undefined && !preserveMode && owner.uid === 0 && owner.gid === 0;
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
