import { posix } from "node:path";
import { unpackMembers } from "../../../context/archive/unpack.js";
import type { Matcher } from "../../../context/ignore.js";
import { comparePaths } from "../../../context/path-order.js";
import type { ArchiveMember } from "../../../plan/archive.js";
import type { FileTree } from "../../../plan/file-tree.js";
import type { Entry } from "../../../plan/plan.js";
import { invalid } from "../instructions/invalid.js";
import type { CopySource, Found } from "../sources/copy-source.js";
import type { CopyWords } from "./copy-words.js";
import { rootOwner, type Owner } from "./owner.js";
import { replaceEntries } from "./replace-entries.js";
import { missingFolders, type FolderMode, type Target } from "./target-path.js";

/** How what is copied arrives in the image. */
export interface Arrival {
  readonly target: Target;
  /** Of everything; what is copied keeps its own where there is none. */
  readonly owner: Owner | undefined;
  /** How folders on the way are made. */
  readonly folders: FolderMode;
  /** An entry with the time, the owner and the mode that it is to have. */
  adjust(entry: Entry): Entry;
}

/** One COPY being carried out: what it adds is seen by what it copies next. */
export class Copying {
  readonly #arrival: Arrival;
  readonly #added = new Map<string, Entry>();
  #tree: FileTree;

  constructor(tree: FileTree, arrival: Arrival) {
    this.#tree = tree;
    this.#arrival = arrival;
  }

  /** In the order of a layer. */
  entries(): readonly Entry[] {
    return [...this.#added.values()].sort((one, other) => comparePaths(one.path, other.path));
  }

  /** BuildKit writes one file over the other; the last alone would be left. */
  refuseManyIntoOne(count: number): void {
    const { target } = this.#arrival;
    if (count < 2 || target.isFolder) return;
    if (this.#tree.resolve(target.path).node?.type === "directory") return;
    throw invalid(
      "When using COPY with more than one source file, the destination must be a directory and end with a /",
    );
  }

  async copy(
    found: Found,
    { source, exclude }: { readonly source: CopySource; readonly exclude: Matcher | undefined },
  ): Promise<void> {
    const to = this.#place(found);
    const owner = this.#arrival.owner ?? rootOwner;
    const entries = await source.entries(found, to, { owner, exclude });
    const isPassed = passedFolders(to, [exclude, found.only]);
    this.#add(
      entries.map((entry) => (isPassed(entry) ? this.#passThrough(entry) : this.#arrival.adjust(entry))),
    );
  }

  /** The body of a heredoc. */
  write({ name, content }: CopyWords["files"][number]): void {
    const path = this.#place({ path: name, name, isDirectory: false });
    const bytes = Buffer.from(content);
    const body = bytes.length === 0 ? {} : { bytes: { type: "inline", bytes } as const };
    const file = { path, type: "file", mode: 0o644, ...rootOwner, mtime: 0, size: bytes.length } as const;
    this.#add([this.#arrival.adjust({ ...file, ...body })]);
  }

  /** Into the destination, which is a folder whatever it is written as; `--chmod` means nothing there. */
  async unpack(members: readonly ArchiveMember[], name: string): Promise<void> {
    const { target, owner, folders } = this.#arrival;
    const folder = this.#tree.resolve(target.path).path;
    this.#add(missingFolders(folder, this.#tree, { ...folders, mode: 0o755 }));
    const { mtime } = folders;
    const unpacked = await unpackMembers(members, { name, tree: this.#tree, folder, owner, mtime });
    replaceEntries(this.#added, unpacked);
    this.#tree = this.#tree.with(unpacked.entries);
  }

  /** Makes the folders that are missing; where a file is to be, or what is in a folder. */
  #place(found: Found): string {
    const { target, folders } = this.#arrival;
    const { path: resolved, node } = this.#tree.resolve(target.path);
    const isFolder = found.isDirectory || target.isFolder || node?.type === "directory";
    const folder = isFolder ? resolved : parentOf(resolved);
    this.#add(missingFolders(folder, this.#tree, folders));
    // A symlink that has the file's name in the folder is replaced, and not followed.
    return found.isDirectory || !isFolder ? resolved : posix.join(resolved, posix.basename(found.name));
  }

  /** A folder on the way to what is copied that is there already keeps its owner, and gets the source's mode alone. */
  #passThrough(entry: Entry): Entry {
    const there = this.#tree.lookup(entry.path);
    if (there?.type !== "directory") return this.#arrival.adjust(entry);
    return { ...entry, mtime: this.#arrival.folders.mtime, uid: there.uid, gid: there.gid };
  }

  #add(entries: readonly Entry[]): void {
    for (const entry of entries) this.#refuseConflict(entry);
    replaceEntries(this.#added, { entries, replaced: [] });
    if (entries.length > 0) this.#tree = this.#tree.with(entries);
  }

  #refuseConflict({ path, type }: Entry): void {
    const there = this.#tree.lookup(path);
    if (there === undefined) return;
    if (type === "directory" && there.type !== "directory")
      throw invalid(`cannot copy to non-directory: /${path}`);
    if (type !== "directory" && there.type === "directory")
      throw invalid(`cannot replace to directory /${path} with file`);
  }
}

/** Folders below a destination that are listed for what is in them, though they are left out themselves. */
function passedFolders(
  destination: string,
  filters: readonly (Matcher | undefined)[],
): (entry: Entry) => boolean {
  const start = destination === "" ? 0 : destination.length + 1;
  return ({ type, path }) =>
    type === "directory" && filters.some((filter) => filter?.ignores(path.slice(start)) === true);
}

function parentOf(path: string): string {
  return posix.dirname(`/${path}`).slice(1);
}
