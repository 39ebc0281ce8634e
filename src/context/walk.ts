import { rest } from "../concurrency.js";
import { GantryError } from "../errors.js";
import type { IoOptions } from "../model/events.js";
import type { Entry } from "../plan/plan.js";
import type { Sweeper } from "../plan/sweep.js";
import { type Files, nodeFiles } from "./files.js";
import type { Matcher } from "./ignore.js";
import { requireImagePath } from "./image-path.js";
import { type Recording, fileEntry, unsupported } from "./source-entry.js";
import { type Seen, seenFile, seenFolder } from "./seen.js";
import { ignoredSource, sourceFilters } from "./source-filter.js";
import { comparePaths } from "./path-order.js";
import { type SourceRoot, findSource } from "./source-root.js";
import { sweepTree } from "./sweep.js";
import { sweptEntries } from "./swept-entries.js";

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
  /** Called with the absolute path of each folder that this thread reads. */
  readonly onDirectory?: ((path: string) => void) | undefined;
  /** The file system to list; this machine's unless given. */
  readonly files?: Files | undefined;
  /** Other threads, for large folders of this machine. */
  readonly sweeper?: Sweeper | undefined;
}

/** A source that was looked at. */
export interface SeenSource {
  /**
   * Undefined where what was seen does not tell what the entries are, in which order, or whether there is an error or a
   * warning among them.
   */
  seen(): Promise<Seen | undefined>;
  /** The source's entries, in the order of a layer; now and then the event loop runs. */
  list(options?: IoOptions): Promise<Entry[]>;
  /** The same one by one, made as they are asked for, where `seen` tells of them. */
  stream(): Iterable<Entry>;
}

/**
 * Lists a file, or a folder and what is in it, in the order of a layer. A folder's contents land below the destination
 * and the folder itself at it, unless that is the root; a file lands at the destination. Symlinks are kept as they are.
 * Of several names of one file (hardlinks) the first in order is the file. Extended attributes (file capabilities among
 * them) are not recorded: Node cannot read them. Throws ERR_GANTRY_SOURCE_NOT_FOUND,
 * ERR_GANTRY_SOURCE_UNREADABLE, ERR_GANTRY_SOURCE_CHANGED and ERR_GANTRY_SOURCE_UNSUPPORTED, naming the file.
 */
export async function listSource(request: SourceRequest, options: IoOptions = {}): Promise<Entry[]> {
  return await (await lookAtSource(request, options)).list(options);
}

/** The part of `listSource` that asks the file system, but for symlinks' texts. */
export async function lookAtSource(request: SourceRequest, io: IoOptions = {}): Promise<SeenSource> {
  const { source, destination, files = nodeFiles } = request;
  io.signal?.throwIfAborted();
  if (destination !== "") requireImagePath(destination);
  const root = findSource(source, files);
  if (root.kind === "directory") return await lookAtFolder(request, root, io);
  const ignored = sourceFilters(request, false).some(({ state }) => state?.ignored);
  const list = () => {
    if (ignored) return [];
    if (destination === "") throw notAFolder(source);
    if (root.kind !== "file") throw unsupported(source, root.kind);
    return [fileEntry(destination, root.path, root.facts, request)];
  };
  const isListed = !ignored && destination !== "" && root.kind === "file";
  return {
    seen: async () => (isListed ? seenFile(root, request) : undefined),
    list: async () => list(),
    stream: list,
  };
}

async function lookAtFolder(request: SourceRequest, root: SourceRoot, io: IoOptions): Promise<SeenSource> {
  const { source, destination: image, onDirectory, sweeper, files = nodeFiles } = request;
  const { path, facts } = root;
  const filters = sourceFilters(request, true);
  const ignored = filters.some(({ state }) => state?.ignored);
  const swept = await sweepTree(path, { filters, files, sweeper, onDirectory, signal: io.signal });
  const found = { path, facts, image, ignored };
  return {
    seen: async () => (ignored ? undefined : await seenFolder(root, swept, request)),
    stream: () => sweptEntries(swept, { root: found, files, how: request }),
    async list({ signal, onEvent } = {}) {
      const walk = sweptEntries(swept, { root: found, files, how: request, onEvent });
      const entries: Entry[] = [];
      for (let step = walk.next(); ; step = walk.next()) {
        if (step.done) {
          if (ignored && entries.length === 0) throw ignoredSource(source);
          return step.value ? entries.sort((a, b) => comparePaths(a.path, b.path)) : entries;
        }
        entries.push(step.value);
        if (entries.length % entriesAtOnce !== 0) continue;
        await rest();
        signal?.throwIfAborted();
      }
    },
  };
}

/** Some milliseconds. */
const entriesAtOnce = 1000;

function notAFolder(path: string): GantryError {
  return new GantryError(
    "ERR_GANTRY_SPEC_INVALID",
    `${path} is a file and cannot stand at the image's root "/"; give it a path, or end the destination with "/"`,
  );
}
