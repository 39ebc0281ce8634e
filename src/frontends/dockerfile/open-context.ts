import { existsSync } from "node:fs";
import { join, posix, relative, resolve } from "node:path";
import { emptyTree } from "../../context/base-tree/tree.js";
import { GantryError } from "../../errors.js";
import type { IoOptions } from "../../model/events.js";
import { parseGitSource } from "../../model/git-source.js";
import type { Entry } from "../../plan/plan.js";
import type { Received } from "../../plan/remote-files.js";
import type { World } from "../../plan/world.js";
import type { ContextFiles } from "./sources/context-source.js";
import { resolveInside } from "./sources/folder-source.js";
import { isUrl } from "./remote-context.js";
import { isArchive } from "./is-archive.js";
import { readIgnore } from "./read-ignore.js";
import { readDockerfileText } from "./read-text.js";
import { withoutCredentials } from "../../model/without-credentials.js";

/** A folder, a URL of a tar, of a Dockerfile or of a git repository; or a stream of what such a URL has. */
export type BuildContext = string | AsyncIterable<Uint8Array>;

/** A Dockerfile's text, and its name for messages. */
export interface DockerfileText {
  readonly text: string;
  readonly name: string;
}

/** A context that is at hand. */
export interface OpenedContext {
  /** The folder that paths of named contexts are relative to. */
  readonly cwd: string;
  /** The Dockerfile at a path of it; where the context is a Dockerfile itself, that one. */
  dockerfile(path: string): Promise<DockerfileText>;
  /** Its files for a build by a Dockerfile at a path, or by one from elsewhere. */
  files(dockerfile: string | undefined): ContextFiles;
}

export interface OpenContextOptions extends IoOptions {
  readonly world: World;
  /** Whether a commit's `.git` is a part of it. */
  readonly keepGitDir?: boolean | undefined;
}

/** Fetches what a context means, unless it is a folder. */
export async function openContext(
  context: BuildContext,
  options: OpenContextOptions,
): Promise<OpenedContext> {
  const { world, keepGitDir = false, ...io } = options;
  const { cwd } = world.system;
  if (typeof context !== "string")
    return await openReceived(await world.remote.receive(context, io), {
      ...options,
      label: "the context that was streamed",
    });
  const git = parseGitSource(context);
  if (git !== undefined) {
    const checkout = await world.remote.checkout(
      { ...git, keepGitDir: git.keepGitDir === true || keepGitDir },
      io,
    );
    return {
      cwd,
      files: () => ({ type: "checkout", checkout }),
      dockerfile: async (path) => {
        for (const name of eitherCase(path)) {
          const found = await resolveInside(checkout.root, name);
          if (found !== undefined) return { text: readDockerfileText(join(checkout.root, found.path)), name };
        }
        throw missing(
          path,
          git.subdir === "" ? checkout.origin : `the folder ${git.subdir} of ${checkout.origin}`,
        );
      },
    };
  }
  if (!isUrl(context)) return openFolder(resolve(cwd, context));
  const label = `the context ${withoutCredentials(context)}`;
  const received = await world.remote.download(context, io);
  return await openReceived(received, { ...options, label, own: fileNamed("context", received) });
}

function openFolder(root: string): OpenedContext {
  return {
    cwd: root,
    files: (dockerfile) => ({
      type: "folder",
      root,
      ignore: readIgnore(root, dockerfile === undefined ? undefined : resolve(root, dockerfile)),
    }),
    dockerfile: async (name) => {
      const { text, path } = readEitherCase(resolve(root, name));
      return { text, name: relative(root, path) || path };
    },
  };
}

/** Names the file that was asked for where neither is there. */
function readEitherCase(asked: string): { readonly text: string; readonly path: string } {
  try {
    return { text: readDockerfileText(asked), path: asked };
  } catch (error) {
    const [, path] = eitherCase(asked);
    const isMissing = error instanceof GantryError && error.code === "ERR_GANTRY_SPEC_NOT_FOUND";
    if (path === undefined || !isMissing || !existsSync(path)) throw error;
    return { text: readDockerfileText(path), path };
  }
}

/** A tar is the context; anything else is the Dockerfile, with no context but `own`. */
async function openReceived(
  received: Received,
  {
    label,
    own,
    world,
    ...io
  }: OpenContextOptions & { readonly label: string; readonly own?: Entry | undefined },
): Promise<OpenedContext> {
  const { cwd } = world.system;
  if (received.size === 0)
    throw new GantryError("ERR_GANTRY_SPEC_NOT_FOUND", `${label} is empty: expected a tar or a Dockerfile`);
  if (!isArchive(received.file.path)) {
    const tree = own === undefined ? emptyTree() : emptyTree().with([own]);
    return {
      cwd,
      files: () => ({ type: "tree", tree, label }),
      dockerfile: async (path) => {
        if (path !== "Dockerfile")
          throw new GantryError(
            "ERR_GANTRY_USAGE",
            `ambiguous Dockerfile source: ${label} is a Dockerfile, and -f names another (${path}); leave one out`,
          );
        return { text: textOf(received, label), name: "Dockerfile" };
      },
    };
  }
  const tree = await world.remote.unpack(received, { what: label, ...io });
  return {
    cwd,
    files: () => ({ type: "tree", tree, label }),
    dockerfile: async (path) => {
      for (const each of eitherCase(path)) {
        const bytes = await tree.read(posix.join("/", each), io);
        if (bytes !== undefined) return { text: Buffer.from(bytes).toString("utf8"), name: each };
      }
      throw missing(path, label);
    },
  };
}

/** As BuildKit, which keeps what it downloaded under this name, for its owner alone. */
function fileNamed(path: string, { size, file }: Received): Entry {
  const bytes = size === 0 ? {} : { bytes: file };
  return { path, type: "file", mode: 0o600, uid: 0, gid: 0, mtime: 0, size, ...bytes };
}

/** A Dockerfile may be called dockerfile; its patterns are in Dockerfile.dockerignore all the same (BuildKit's dockerui). */
function eitherCase(path: string): readonly string[] {
  return /(?:^|[/\\])Dockerfile$/.test(path) ? [path, path.replace(/D(?=ockerfile$)/, "d")] : [path];
}

/** The most that a Dockerfile may have, in bytes. */
const largestDockerfile = 10 * 1024 * 1024;

function textOf({ size, file }: Received, label: string): string {
  if (size > largestDockerfile)
    throw new GantryError(
      "ERR_GANTRY_LIMIT",
      `${label} is neither a tar nor a Dockerfile: it has ${size} bytes`,
    );
  return readDockerfileText(file.path);
}

function missing(path: string, where: string): GantryError {
  return new GantryError(
    "ERR_GANTRY_SPEC_NOT_FOUND",
    `there is no ${path} in ${where}: name the Dockerfile with -f`,
  );
}
