import { posix } from "node:path";
import { isDigest } from "../../../model/digest.js";
import type { IoOptions } from "../../../model/events.js";
import { parseGitSource, type GitSource } from "../../../model/git-source.js";
import type { Digest } from "../../../model/oci.js";
import type { ArchiveMember } from "../../../plan/archive.js";
import type { Entry } from "../../../plan/plan.js";
import type { Checkout, Received, RemoteFiles } from "../../../plan/remote-files.js";
import type { World } from "../../../plan/world.js";
import { expandWord } from "../expand/word.js";
import type { AddInstruction } from "../instructions/instruction.js";
import { invalid } from "../instructions/invalid.js";
import type { EscapeCharacter } from "../parse/statement.js";
import { withoutCredentials } from "../../../model/without-credentials.js";
import { isUrl } from "../remote-context.js";
import type { CopySource, Found } from "./copy-source.js";
import { folderSource } from "./folder-source.js";
import { lookupIn, type StageState } from "../evaluate/state.js";

/** What the sources of an ADD are found with. */
export interface RemoteSourceOptions extends IoOptions {
  readonly world: World;
  /** Its variables are those of `--checksum`. */
  readonly state: StageState;
  readonly escape: EscapeCharacter;
}

/** The sources of an ADD: those of the context, and URLs and git repositories beside them. */
export function withRemote(
  context: CopySource,
  instruction: AddInstruction,
  { world, state, escape, ...io }: RemoteSourceOptions,
): CopySource {
  const remote = new Map<Found, FoundRemote>();
  const checksum = expandWord(instruction.checksum ?? "", lookupIn(state), { escape }).text || undefined;
  return {
    async find(source) {
      const git = readGit(source);
      if (git === undefined && !isUrl(source)) return await context.find(source);
      const one =
        git === undefined
          ? await findFile(source, { remote: world.remote, checksum, ...io })
          : await findCommit(withFlags(git, instruction.keepGitDir, checksum), {
              world,
              name: source,
              ...io,
            });
      remote.set(one.found, one);
      return [one.found];
    },
    entries: (found, destination, options) =>
      (remote.get(found) ?? context).entries(found, destination, options),
    async archive(found) {
      const one = remote.get(found);
      if (one === undefined) return await context.archive?.(found);
      // What was downloaded is unpacked where that is asked for, and only then.
      if (one.file === undefined || instruction.unpack !== true) return undefined;
      const members = await world.archive({ path: one.file, name: one.name }, io);
      return members?.map((member) => pinnedMember(member, one.name));
    },
  };
}

function readGit(source: string): GitSource | undefined {
  try {
    return parseGitSource(source);
  } catch (error) {
    throw invalid((error as Error).message);
  }
}

interface FoundRemote extends Pick<CopySource, "entries"> {
  readonly found: Found;
  /** For messages. */
  readonly name: string;
  /** Where a file was downloaded to. */
  readonly file?: string;
}

async function findFile(
  source: string,
  {
    remote,
    checksum,
    ...io
  }: IoOptions & { readonly remote: RemoteFiles; readonly checksum: string | undefined },
): Promise<FoundRemote> {
  if (!URL.canParse(source)) throw invalid(`${JSON.stringify(withoutCredentials(source))} is not a URL`);
  if (checksum !== undefined && !isDigest(checksum))
    throw invalid(
      `invalid checksum digest format: ${JSON.stringify(checksum)}, expected sha256: and 64 digits`,
    );
  const received = await remote.download(source, { checksum: checksum as Digest | undefined, ...io });
  const name = fileNameOf(source);
  return {
    found: { path: name, name, isDirectory: false },
    name: withoutCredentials(source),
    file: received.file.path,
    entries: async (_, path) => [entryOf(received, path)],
  };
}

/** A plan names the archive and not where the cache has it. */
function pinnedMember(member: ArchiveMember, name: string): ArchiveMember {
  const { bytes, path } = member;
  return bytes === undefined ? member : { ...member, bytes: { ...bytes, origin: `${name}:${path}` } };
}

/** Only its owner may read what was downloaded, as BuildKit has it. */
function entryOf({ file, size }: Received, path: string): Entry {
  const bytes = size === 0 ? {} : { bytes: file };
  return { path, type: "file", mode: 0o600, uid: 0, gid: 0, mtime: 0, size, ...bytes };
}

/** What a URL's file is called: the last part of its path, whatever the server says. */
function fileNameOf(url: string): string {
  const [, path = ""] = /^https?:\/\/[^/?#]*([^?#]*)/.exec(url) ?? [];
  const base = posix.basename(decoded(path));
  if (base === "") return "__unnamed__";
  const name = base.trim();
  return name === "" || name === "." || name === ".." || /[\0-\x1f\x7f-\x9f]/.test(name) ? "download" : name;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return "";
  }
}

/** The query and the flags may say the same, and nothing else. */
function withFlags(git: GitSource, keepGitDir: boolean | undefined, checksum: string | undefined): GitSource {
  if (keepGitDir !== undefined && git.keepGitDir !== undefined && keepGitDir !== git.keepGitDir)
    throw invalid("inconsistent keep-git-dir configuration");
  if (checksum !== undefined && git.checksum !== undefined && checksum !== git.checksum)
    throw invalid(`checksum mismatch ${JSON.stringify(checksum)} != ${JSON.stringify(git.checksum)}`);
  return {
    ...git,
    keepGitDir: git.keepGitDir ?? keepGitDir,
    checksum: git.checksum ?? checksum,
  };
}

async function findCommit(
  git: GitSource,
  { world, name, ...io }: IoOptions & { readonly world: World; readonly name: string },
): Promise<FoundRemote> {
  const checkout = await world.remote.checkout(git, io);
  const files = checkoutSource(checkout, { world, ...io });
  return { found: { path: "", name, isDirectory: true }, name, entries: files.entries };
}

/** A commit's files as a source, each with the commit that it is from. */
export function checkoutSource(
  { root, origin }: Checkout,
  { world, ...io }: IoOptions & { readonly world: World },
): CopySource {
  const folder = folderSource({ root, ignore: undefined, sweeper: world.sweeper, ...io });
  const pinned = (entry: Entry): Entry =>
    entry.bytes?.type === "file"
      ? { ...entry, bytes: { ...entry.bytes, origin: `${origin}:${posix.relative(root, entry.bytes.path)}` } }
      : entry;
  return {
    find: folder.find,
    entries: async (...args) => (await folder.entries(...args)).map(pinned),
  };
}
