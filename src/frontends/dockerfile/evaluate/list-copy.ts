import { allDone } from "../../../concurrency.js";
import { createMatcher } from "../../../context/ignore.js";
import type { ArchiveMember } from "../../../plan/archive.js";
import type { FileTree } from "../../../plan/file-tree.js";
import type { Entry } from "../../../plan/plan.js";
import type { AddInstruction, CopyInstruction } from "../instructions/instruction.js";
import type { CopySource, Found } from "../sources/copy-source.js";
import { withParents } from "../sources/parents.js";
import { parseModeChange } from "./chmod.js";
import type { CopyWords } from "./copy-words.js";
import { Copying, type Arrival } from "./copying.js";
import { findOwner, rootOwner } from "./owner.js";
import type { StageState } from "./state.js";
import { targetOf } from "./target-path.js";

export interface ListCopyOptions {
  /** What is there at the destination: the stage's files, or nothing. */
  readonly tree: FileTree;
  readonly state: StageState;
  readonly source: CopySource;
  /** Of everything, in seconds since 1970. */
  readonly mtime: number;
}

/** The entries of a COPY or ADD, in the order of a layer. Throws ERR_GANTRY_DOCKERFILE_INVALID. */
export async function listCopy(
  instruction: CopyInstruction | AddInstruction,
  words: CopyWords,
  { tree, state, source: whole, mtime }: ListCopyOptions,
): Promise<readonly Entry[]> {
  const keepsParents = instruction.type === "COPY" && instruction.parents;
  const source = keepsParents ? withParents(whole) : whole;
  const arrival = await arrivalOf(words, state, mtime);
  const exclude = instruction.exclude.length === 0 ? undefined : createMatcher(instruction.exclude);
  const found = (await allDone(words.sources.map((pattern) => source.find(pattern)))).flat();
  const archives = await archivesAmong(found, source);
  const copying = new Copying(tree, arrival);
  // An archive makes a folder of the destination, and --parents of the folders on the way.
  const single = found.filter((one) => !archives.has(one) && !(keepsParents && one.isDirectory));
  copying.refuseManyIntoOne(single.length + words.files.length);
  for (const one of found) {
    const members = archives.get(one);
    if (members === undefined) await copying.copy(one, { source, exclude });
    else await copying.unpack(members, one.name);
  }
  for (const file of words.files) copying.write(file);
  return copying.entries();
}

async function arrivalOf(
  { destination, chown, chmod }: CopyWords,
  state: StageState,
  mtime: number,
): Promise<Arrival> {
  const target = targetOf(destination, state.config.WorkingDir);
  const change = chmod === undefined ? undefined : parseModeChange(chmod);
  const owner = chown === undefined ? undefined : await findOwner(chown, state.tree);
  return {
    target,
    owner,
    folders: { ...(owner ?? rootOwner), mode: (change?.fixed ?? 0o755) & 0o777, mtime },
    adjust: (entry) => ({
      ...entry,
      mtime,
      ...owner,
      ...(change === undefined || entry.type === "symlink"
        ? {}
        : { mode: change.apply(entry.mode, entry.type === "directory") }),
    }),
  };
}

/** What is in those of the sources that are to be unpacked. */
async function archivesAmong(
  found: readonly Found[],
  source: CopySource,
): Promise<ReadonlyMap<Found, readonly ArchiveMember[]>> {
  const archives = new Map<Found, readonly ArchiveMember[]>();
  for (const one of found) {
    const members = await source.archive?.(one);
    if (members !== undefined) archives.set(one, members);
  }
  return archives;
}
