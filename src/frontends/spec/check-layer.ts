import { createMatcher } from "../../context/ignore.js";
import { GantryError, during } from "../../errors.js";
import { type FileDestination, parseDestination } from "./destination.js";
import { parseMode, parseOwner, parseSplit } from "./file-options.js";
import type { FileSpec, LayerSpec } from "./request.js";

/** One layer as asked for, with everything in it that text can say already checked. */
export interface PlannedLayer {
  readonly createdBy: string;
  readonly files: readonly PlannedFile[];
  /** The folder that is split and into how many layers, where there is one. */
  readonly split?: { readonly folder: string; readonly parts: number };
}

/** One source or content, and where it goes. */
export interface PlannedFile {
  /** The field of the request, for errors. */
  readonly where: string;
  readonly destination: FileDestination;
  readonly content: string | Uint8Array | undefined;
  readonly source: string;
  readonly mode: number | undefined;
  readonly owner: { readonly uid: number; readonly gid: number };
  /** Whether the owner was asked for. */
  readonly hasOwner: boolean;
  readonly exclude: readonly string[];
  readonly split: number | undefined;
}

/**
 * Checks what can be checked without looking at the disk. `where` is the layer's own path in the request: "files",
 * "layers[0].files".
 */
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
  const { source, content, mode, owner, exclude = [], split } = file;
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
    owner: parseOwner(owner ?? "0:0"),
    hasOwner: owner !== undefined,
    exclude: patterns,
    split: split === undefined ? undefined : parseSplit(split),
  };
}

/** What is wrong with a split of something else. */
export const onlyFolders: string = "split is for folders: leave it out, or name a folder as the source";

function destinationsOf({ files }: LayerSpec): string {
  const [first = "", second, ...more] = Object.keys(files);
  if (second === undefined) return first;
  return more.length === 0 ? `${first}, ${second}` : `${first}, ${second} and ${more.length} more`;
}

function invalid(message: string): GantryError {
  return new GantryError("ERR_GANTRY_SPEC_INVALID", message);
}
