import { posix } from "node:path";
import { allDone } from "../../../concurrency.js";
import { unpackMembers } from "../../../context/archive/unpack.js";
import { emptyTree } from "../../../context/base-tree/tree.js";
import { createMatcher, type Matcher } from "../../../context/ignore.js";
import { comparePaths } from "../../../context/path-order.js";
import type { ArchiveMember } from "../../../plan/archive.js";
import type { Entry } from "../../../plan/plan.js";
import type { FileTree } from "../../../plan/file-tree.js";
import type { Lookup } from "../expand/reading.js";
import { expandWord } from "../expand/word.js";
import type { AddInstruction, CopyInstruction } from "../instructions/instruction.js";
import { invalid } from "../instructions/invalid.js";
import type { EscapeCharacter } from "../parse/statement.js";
import { withoutCredentials } from "../../../model/without-credentials.js";
import { parseModeChange } from "./chmod.js";
import type { CopySource, Found } from "./copy-source.js";
import { findOwner, isByName, type Owner } from "./owner.js";
import { withParents } from "./parents.js";
import { replaceEntries } from "./replace-entries.js";
import { refuseRemote } from "./refuse-remote.js";
import { lookupIn, type StageState } from "./state.js";
import { missingFolders, targetOf, type FolderMode, type Target } from "./target-path.js";

/** What a COPY is carried out with. */
export interface CopyContext {
  readonly escape: EscapeCharacter;
  readonly source: CopySource;
  /** Of everything, in seconds since 1970. */
  readonly mtime: number;
}

/** Adds the layer of a COPY or ADD to a stage, and its line in the history. */
export async function copyInto(
  state: StageState,
  instruction: CopyInstruction | AddInstruction,
  context: CopyContext,
): Promise<void> {
  const words = expandWords(instruction, lookupIn(state), context.escape);
  refuseRemote(instruction, words.sources);
  const tree = isLinked(instruction, words) ? emptyTree() : await state.tree();
  const copying = new Copying(tree, words, { ...context, state });
  await copying.run(instruction);
  const entries = copying.entries();
  const createdBy = describe(instruction, words);
  state.layers.push({ createdBy, entries });
  state.history.push({ createdBy, layer: true });
  const after = (await state.tree()).with(entries);
  state.tree = async () => after;
}

/** An instruction's words with their variables expanded. */
export interface CopyWords {
  readonly sources: readonly string[];
  readonly files: readonly { readonly name: string; readonly content: string }[];
  readonly destination: string;
  readonly chown: string | undefined;
  readonly chmod: string | undefined;
}

/** The words of a COPY or ADD, and the bodies of its heredocs, with the variables of a stage. */
export function expandWords(
  { sources, files, destination, chown, chmod }: CopyInstruction | AddInstruction,
  lookup: Lookup,
  escape: EscapeCharacter,
): CopyWords {
  const expand = (word: string) => expandWord(word, lookup, { escape }).text;
  const optional = (word: string | undefined) => (word === undefined ? undefined : expand(word) || undefined);
  return {
    sources: sources.map(expand),
    destination: expand(destination),
    chown: optional(chown),
    chmod: optional(chmod),
    files: files.map(({ name, content, expand: expands }) => ({
      name,
      // A body is expanded with a backslash whatever the file's escape character: BuildKit's way.
      content: expands ? expandWord(content, lookup, { quotes: "leave" }).text : content,
    })),
  };
}

/** As BuildKit writes it: where from, how and what is left out are not told. */
function describe({ type, ...flags }: CopyInstruction | AddInstruction, words: CopyWords): string {
  const parents = "parents" in flags && flags.parents ? ["--parents"] : [];
  const chown = words.chown === undefined ? [] : [`--chown=${words.chown}`];
  const chmod = words.chmod === undefined ? [] : [`--chmod=${words.chmod}`];
  const inline = words.files.map(({ name }) => `<<${name}`);
  const all = [
    type,
    ...parents,
    ...chown,
    ...chmod,
    ...words.sources.map(withoutCredentials),
    ...inline,
    words.destination,
  ];
  return `${all.join(" ")} # buildkit`;
}

/** One COPY being carried out: what it adds is seen by what it copies next. */
class Copying {
  readonly #words: CopyWords;
  readonly #context: CopyContext & { readonly state: StageState };
  readonly #added = new Map<string, Entry>();
  #tree: FileTree;

  constructor(tree: FileTree, words: CopyWords, context: CopyContext & { readonly state: StageState }) {
    this.#tree = tree;
    this.#words = words;
    this.#context = context;
  }

  /** In the order of a layer. */
  entries(): readonly Entry[] {
    return [...this.#added.values()].sort((one, other) => comparePaths(one.path, other.path));
  }

  async run(instruction: CopyInstruction | AddInstruction): Promise<void> {
    const { sources, files, destination, chown, chmod } = this.#words;
    const { state, mtime } = this.#context;
    const { exclude } = instruction;
    const keepsParents = instruction.type === "COPY" && instruction.parents;
    const source = keepsParents ? withParents(this.#context.source) : this.#context.source;
    const target = targetOf(destination, state.config.WorkingDir);
    const change = chmod === undefined ? undefined : parseModeChange(chmod);
    const owner = chown === undefined ? undefined : await findOwner(chown, state.tree);
    const made: FolderMode = { ...(owner ?? root), mode: (change?.fixed ?? 0o755) & 0o777, mtime };
    const matcher = exclude.length === 0 ? undefined : createMatcher(exclude);
    const adjust = (entry: Entry): Entry => ({
      ...entry,
      mtime,
      ...owner,
      ...(change === undefined || entry.type === "symlink"
        ? {}
        : { mode: change.apply(entry.mode, entry.type === "directory") }),
    });
    const found = (await allDone(sources.map((pattern) => source.find(pattern)))).flat();
    const archives = new Map<Found, readonly ArchiveMember[]>();
    for (const one of found) {
      const members = await source.archive?.(one);
      if (members !== undefined) archives.set(one, members);
    }
    // An archive makes a folder of the destination, and --parents of the folders on the way.
    const single = found.filter((one) => !archives.has(one) && !(keepsParents && one.isDirectory));
    this.#refuseManyIntoOne(single.length + files.length, target);
    for (const one of found) {
      const members = archives.get(one);
      if (members !== undefined) {
        await this.#unpack(members, one.name, { target, owner });
        continue;
      }
      const to = this.#place(one, target, made);
      const entries = await source.entries(one, to, { owner: owner ?? root, exclude: matcher });
      const isPassed = passedFolders(to, [matcher, one.only]);
      this.#add(entries.map((entry) => (isPassed(entry) ? this.#passThrough(entry, adjust) : adjust(entry))));
    }
    for (const { name, content } of files) {
      const path = this.#place({ path: name, name, isDirectory: false }, target, made);
      const bytes = Buffer.from(content);
      const body = bytes.length === 0 ? {} : { bytes: { type: "inline", bytes } as const };
      const file: Entry = { path, type: "file", mode: 0o644, ...root, mtime, size: bytes.length, ...body };
      this.#add([adjust(file)]);
    }
  }

  /** Into the destination, which is a folder whatever it is written as; `--chmod` means nothing there. */
  async #unpack(
    members: readonly ArchiveMember[],
    name: string,
    { target, owner }: { readonly target: Target; readonly owner: Owner | undefined },
  ): Promise<void> {
    const { mtime } = this.#context;
    const folder = this.#tree.resolve(target.path).path;
    this.#add(missingFolders(folder, this.#tree, { ...(owner ?? root), mode: 0o755, mtime }));
    const unpacked = await unpackMembers(members, { name, tree: this.#tree, folder, owner, mtime });
    replaceEntries(this.#added, unpacked);
    this.#tree = this.#tree.with(unpacked.entries);
  }

  /** BuildKit writes one file over the other; the last alone would be left. */
  #refuseManyIntoOne(count: number, target: Target): void {
    if (count < 2 || target.isFolder) return;
    if (this.#tree.resolve(target.path).node?.type === "directory") return;
    throw invalid(
      "When using COPY with more than one source file, the destination must be a directory and end with a /",
    );
  }

  /** Makes the folders that are missing; where a file is to be, or what is in a folder. */
  #place(found: Found, target: Target, made: FolderMode): string {
    const { path: resolved, node } = this.#tree.resolve(target.path);
    const isFolder = found.isDirectory || target.isFolder || node?.type === "directory";
    const folder = isFolder ? resolved : parentOf(resolved);
    this.#add(missingFolders(folder, this.#tree, made));
    // A symlink that has the file's name in the folder is replaced, and not followed.
    return found.isDirectory || !isFolder ? resolved : posix.join(resolved, posix.basename(found.name));
  }

  /** A folder on the way to what is copied that is there already keeps its owner, and gets the source's mode alone. */
  #passThrough(entry: Entry, adjust: (entry: Entry) => Entry): Entry {
    const there = this.#tree.lookup(entry.path);
    if (there?.type !== "directory") return adjust(entry);
    return { ...entry, mtime: this.#context.mtime, uid: there.uid, gid: there.gid };
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

/**
 * Whether a layer is made on nothing and laid over the stage, so that what the stage has does not count: where the
 * destination leads, which folders are there, who there is. BuildKit forgets it where there is a --chmod.
 */
export function isLinked({ link }: CopyInstruction | AddInstruction, { chown, chmod }: CopyWords): boolean {
  if (link && chown !== undefined && isByName(chown)) {
    throw invalid(
      `--chown=${chown}: user and group names can't be resolved when used with --link, use numeric uid[:gid] instead`,
    );
  }
  return link && chmod === undefined;
}

const root = { uid: 0, gid: 0 };
