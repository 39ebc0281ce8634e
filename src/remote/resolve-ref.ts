import { isCommit, type GitSource } from "../model/git-source.js";
import { GitFailure } from "./git.js";

/** What a source's ref means at its remote. */
export interface Resolved {
  /** The whole ref; undefined where the commit itself is fetched. */
  readonly ref: string | undefined;
  /** A commit, or the object of an annotated tag. */
  readonly object: string;
}

/**
 * Finds what a ref means, by asking the remote what it has: a whole ref, else a branch, else a tag of that name, and the
 * default branch where none is named. A commit is asked for by itself.
 */
export async function resolveRef(
  git: (...args: readonly string[]) => Promise<string>,
  remote: string,
  { ref, checksum, fetchByCommit }: GitSource,
): Promise<Resolved> {
  if (ref !== undefined && isCommit(ref)) return { ref: undefined, object: ref };
  if (fetchByCommit) {
    if (checksum === undefined)
      throw new GitFailure("fetch-by-commit requires a checksum or a commit SHA ref");
    if (!isCommit(checksum))
      throw new GitFailure(`fetch-by-commit requires a full commit SHA checksum, got "${checksum}"`);
    return { ref: undefined, object: checksum };
  }
  const name = ref ?? (await defaultBranch(git, remote));
  const listed = await git("ls-remote", "--", remote, name);
  const objects = new Map(
    listed.split("\n").map((line) => {
      const [object = "", found = ""] = line.split("\t", 2);
      return [found, object] as const;
    }),
  );
  const candidates = [
    `refs/${name.replace(/^refs\//, "")}`,
    `refs/heads/${name.replace(/^refs\/heads\//, "")}`,
    `refs/tags/${name.replace(/^refs\/tags\//, "")}`,
  ];
  const found = candidates.find((candidate) => objects.has(candidate));
  const object = found === undefined ? undefined : objects.get(found);
  if (object === undefined || !isCommit(object))
    throw new GitFailure(`repository does not contain ref ${name}`);
  return { ref: found, object };
}

async function defaultBranch(
  git: (...args: readonly string[]) => Promise<string>,
  remote: string,
): Promise<string> {
  const listed = await git("ls-remote", "--symref", "--", remote, "HEAD");
  const [, branch] = /^ref:\s*(\S+)\s+HEAD$/m.exec(listed) ?? [];
  if (branch === undefined || branch.startsWith("-"))
    throw new GitFailure("it has no default branch: name a ref");
  return branch;
}
