import { statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { type SingleFlight, allDone } from "../../concurrency.js";
import { GantryError, during } from "../../errors.js";
import { createMatcher } from "../../context/ignore.js";
import { inlineFile } from "../../context/inline.js";
import { composeWalked } from "../../context/walked-layer.js";
import { splitLayer } from "../../context/split-layer.js";
import { type SourceRequest, listSource } from "../../context/walk.js";
import { digestOf } from "../../model/digest.js";
import { type IoOptions, inStep } from "../../model/events.js";
import type { Entry, LayerPlan } from "../../plan/plan.js";
import type { FolderLister } from "../../plan/world.js";
import { type FileDestination, parseDestination } from "./destination.js";
import { parseMode, parseOwner, parseSplit } from "./file-options.js";
import type { FileSpec, LayerSpec } from "./request.js";

/** Layers listed so far in one run, by all that decides their entries: platforms and images share the lists. */
export type LayerLists = SingleFlight<string, readonly ListedLayer[]>;

/** What one layer of a request became: one list, or several where it is split. */
interface ListedLayer {
  readonly entries: readonly Entry[];
  /** For the history, after what the whole is called. */
  readonly part: string;
}

/** How the layers of one image are listed. */
export interface Listing {
  /** The folder of relative sources; absolute. */
  readonly filesBase: string;
  readonly ignore: SourceRequest["ignore"];
  readonly onBase: boolean;
  readonly assumeNew: readonly string[];
  readonly preserveMode: boolean;
  /** Seconds since 1970. */
  readonly mtime: number;
}

/** How lists are made. */
interface ListOptions extends IoOptions {
  readonly lister?: FolderLister | undefined;
}

/** One layer as asked for, with everything in it that text can say already checked. */
export interface PlannedLayer {
  readonly createdBy: string;
  readonly files: readonly PlannedFile[];
  /** The folder that is split and into how many layers, where there is one. */
  readonly split?: { readonly folder: string; readonly parts: number };
}

interface PlannedFile {
  readonly where: string;
  readonly destination: FileDestination;
  readonly content: string | Uint8Array | undefined;
  readonly source: string;
  readonly mode: number | undefined;
  readonly owner: { readonly uid: number; readonly gid: number };
  readonly exclude: readonly string[];
  readonly split: number | undefined;
}

/** Checks what can be checked without looking at the disk. `where` is the layer's own path in the request: "files", "layers[0].files". */
export function checkLayer(layer: LayerSpec, where: string): PlannedLayer {
  const files = Object.entries(layer.files).map(([destination, file]): PlannedFile => {
    const at = `${where}[${JSON.stringify(destination)}]`;
    try {
      return { where: at, ...checkFile(destination, typeof file === "string" ? { source: file } : file) };
    } catch (error) {
      throw during(at, error);
    }
  });
  return {
    createdBy: layer.name === undefined ? `files ${destinationsOf(layer)}` : `layer ${layer.name}`,
    files,
    ...splitOf(files),
  };
}

function splitOf(files: readonly PlannedFile[]): Pick<PlannedLayer, "split"> {
  const [one, other] = files.filter(({ split }) => split !== undefined && split > 1);
  if (other !== undefined)
    throw invalid(
      `${other.where}: ${one!.where} has a "split" too, and a layer can have one: put this into a layer of its own`,
    );
  return one === undefined ? {} : { split: { folder: one.destination.path, parts: one.split! } };
}

function checkFile(text: string, file: FileSpec): Omit<PlannedFile, "where"> {
  const destination = parseDestination(text);
  const { source, content, mode, owner = "0:0", exclude = [], split } = file;
  if ((source === undefined) === (content === undefined))
    throw invalid(`expected one of "source" and "content"`);
  if (source === "") throw invalid("expected a file or folder as the source, got an empty text");
  if (source?.includes("\0")) throw invalid("a source's path cannot hold a NUL");
  if (content !== undefined && (destination.folder || destination.path === "")) {
    throw invalid("content needs a file's path as its destination, without a slash at the end");
  }
  if (content !== undefined && split !== undefined) throw invalid(onlyFolders);
  const patterns = typeof exclude === "string" ? [exclude] : exclude;
  createMatcher(patterns);
  return {
    destination,
    content,
    source: source ?? "",
    mode: mode === undefined ? undefined : parseMode(mode),
    owner: parseOwner(owner),
    exclude: patterns,
    split: split === undefined ? undefined : parseSplit(split),
  };
}

const onlyFolders = "split is for folders: leave it out, or name a folder as the source";

function destinationsOf({ files }: LayerSpec): string {
  const [first = "", second, ...more] = Object.keys(files);
  if (second === undefined) return first;
  return more.length === 0 ? `${first}, ${second}` : `${first}, ${second} and ${more.length} more`;
}

/** Lists a layer's files, or takes the list of one that is the same in everything; several layers where it is split. */
export async function listLayer(
  layer: PlannedLayer,
  listing: Listing,
  { lists, ...io }: ListOptions & { readonly lists: LayerLists },
): Promise<LayerPlan[]> {
  const listed = await lists.get(keyOf(layer, listing), () =>
    inStep(
      io.onEvent,
      { kind: "walk", name: `list ${layer.createdBy}` },
      async () =>
        cutLayer(
          composeWalked(await allDone(layer.files.map((file) => listFile(file, listing, io))), listing),
          layer.split,
        ),
      describeListed,
    ),
  );
  return listed.map(({ entries, part }) => ({ createdBy: layer.createdBy + part, entries }));
}

/** A layer without entries stays one: the image was asked to have it. */
function cutLayer(entries: readonly Entry[], split: PlannedLayer["split"]): readonly ListedLayer[] {
  if (split === undefined || entries.length === 0) return [{ entries, part: "" }];
  return splitLayer(entries, split).map(({ number, entries: own }) => ({
    entries: own,
    part: `, part ${number} of ${split.parts}`,
  }));
}

function describeListed(listed: readonly ListedLayer[]): string {
  const count = listed.reduce((sum, { entries }) => sum + entries.length, 0);
  const entries = `${count} ${count === 1 ? "entry" : "entries"}`;
  return listed.length === 1 ? entries : `${entries} in ${listed.length} layers`;
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
