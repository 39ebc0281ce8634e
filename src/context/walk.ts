import { GantryError } from "../errors.js";
import type { IoOptions } from "../model/events.js";
import type { Entry } from "../plan/plan.js";
import { type Files, nodeFiles } from "./files.js";
import { walkFolder } from "./folder-walk.js";
import type { FolderLister } from "../plan/world.js";
import type { Matcher } from "./ignore.js";
import { requireImagePath } from "./image-path.js";
import { type Recording, fileEntry, unsupported } from "./source-entry.js";
import { ignoredSource, sourceFilters } from "./source-filter.js";
import { findSource } from "./source-root.js";

/** A file or folder of this machine, and how it is recorded in a layer. */
export interface SourceRequest extends Recording {
  /** Absolute. A symlink here (and only here) stands for what it leads to. */
  readonly source: string;
  /** Path in the image without slashes around; "" is the root, for folders only. */
  readonly destination: string;
  /** Patterns against paths relative to the source (a file: against its name). */
  readonly exclude: Matcher | undefined;
  /** Of a folder, what else leaves paths out, for COPY --parents; paths relative to the source. */
  readonly only?: Matcher | undefined;
  /** The context's .dockerignore: patterns against paths relative to `root`, which is absolute. */
  readonly ignore: { readonly root: string; readonly matcher: Matcher } | undefined;
  /** Called with the absolute path of each folder that is read. */
  readonly onDirectory?: ((path: string) => void) | undefined;
  /** The file system to list; this machine's unless given. */
  readonly files?: Files | undefined;
  /** Other threads, for large folders of this machine. */
  readonly lister?: FolderLister | undefined;
}

/**
 * Lists a file, or a folder and what is in it, in the order of a layer. A folder's contents land below the destination
 * and the folder itself at it, unless that is the root; a file lands at the destination. Symlinks are kept as they are.
 * Of several names of one file (hardlinks) the first in order is the file. Extended attributes (file capabilities among
 * them) are not recorded: Node cannot read them. Throws ERR_GANTRY_SOURCE_NOT_FOUND,
 * ERR_GANTRY_SOURCE_UNREADABLE, ERR_GANTRY_SOURCE_CHANGED and ERR_GANTRY_SOURCE_UNSUPPORTED, naming the file.
 */
export async function listSource(
  request: SourceRequest,
  { signal, onEvent }: IoOptions = {},
): Promise<Entry[]> {
  const { source, destination, onDirectory, lister, files = nodeFiles } = request;
  signal?.throwIfAborted();
  if (destination !== "") requireImagePath(destination);
  const root = findSource(source, files);
  const filters = sourceFilters(request, root.kind === "directory");
  const ignored = filters.some(({ state }) => state?.ignored);
  if (root.kind === "directory") {
    const found = { path: root.path, facts: root.facts, image: destination };
    const entries = await walkFolder(found, {
      filters,
      files,
      lister,
      how: request,
      onDirectory,
      onEvent,
      signal,
    });
    if (ignored && entries.length === 0) throw ignoredSource(source);
    return entries;
  }
  if (ignored) return [];
  if (destination === "") throw notAFolder(source);
  if (root.kind !== "file") throw unsupported(source, root.kind);
  return [fileEntry(destination, root.path, root.facts, request)];
}

function notAFolder(path: string): GantryError {
  return new GantryError(
    "ERR_GANTRY_SPEC_INVALID",
    `${path} is a file and cannot stand at the image's root "/"; give it a path, or end the destination with "/"`,
  );
}
