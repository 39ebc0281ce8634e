import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { during } from "../errors.js";
import { writeFileAtomic } from "../blobs/atomic.js";

export type LinkKind = "_blobs" | "_manifests" | "_tags";

/** One fact about a repository: it has this blob, this manifest, this tag. */
export interface Link {
  readonly repository: string;
  readonly kind: LinkKind;
  readonly name: string;
}

/** Where a registry writes down what its repositories hold. */
export interface Links {
  load(): AsyncIterable<Link & { readonly text: string }>;
  save(link: Link, text: string): Promise<void>;
  remove(link: Link): Promise<void>;
}

/** Nothing is written down. */
export const noLinks: Links = {
  async *load() {},
  async save() {},
  async remove() {},
};

/**
 * A file for each fact: `DIR/REPOSITORY/_tags/NAME`. A repository's parts never begin with an underscore, so the folders
 * cannot meet. Capital letters of tags are escaped: on macOS and Windows `A` and `a` would be one file.
 */
export function openLinks(dir: string): Links {
  const path = (link: Link) => linkPath(dir, link);
  return {
    load: () => loadFolder(dir, []),
    async save(link, text) {
      await mkdir(dirname(path(link)), { recursive: true });
      await writeFileAtomic(path(link), text);
    },
    remove: (link) => rm(path(link), { force: true }),
  };
}

/** Where a fact is written down. */
export function linkPath(dir: string, { repository, kind, name }: Link): string {
  return join(dir, ...repository.split("/"), kind, escape(name));
}

async function* loadFolder(dir: string, parts: readonly string[]): AsyncGenerator<Link & { text: string }> {
  for (const entry of await entriesIn(join(dir, ...parts))) {
    if (!entry.isDirectory()) continue;
    if (!isKind(entry.name)) yield* loadFolder(dir, [...parts, entry.name]);
    else yield* loadLinks(join(dir, ...parts, entry.name), parts.join("/"), entry.name);
  }
}

async function* loadLinks(
  folder: string,
  repository: string,
  kind: LinkKind,
): AsyncGenerator<Link & { text: string }> {
  for (const entry of await entriesIn(folder)) {
    // A dot begins the temporary files of a process that was killed.
    if (entry.name.startsWith(".")) continue;
    const text = kind === "_blobs" ? "" : await textOf(join(folder, entry.name));
    if (text === undefined) continue;
    yield { repository, kind, name: decodeURIComponent(entry.name), text };
  }
}

/** Undefined for a fact that was taken back since its folder was listed. */
async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw during(`reading ${path}`, error, "ERR_GANTRY_STORE");
  }
}

async function entriesIn(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw during(`reading ${folder}`, error, "ERR_GANTRY_STORE");
  }
}

function isKind(name: string): name is LinkKind {
  return name === "_blobs" || name === "_manifests" || name === "_tags";
}

function escape(name: string): string {
  return name.replace(/[^a-z0-9._-]/g, (character) => `%${character.charCodeAt(0).toString(16)}`);
}
