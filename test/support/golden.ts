import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { words } from "../codec/bytes.js";
import { writeHandLayout, type HandImage } from "./hand-layout.js";
import { randomBytes } from "./random-image.js";
import type { Config } from "../../src/index.js";
import type { Sandbox } from "./cli.js";

/** test/golden/NAME.json: a tree of files, a spec over it, and the digest that building it gives everywhere. */
export interface Golden {
  readonly about: string;
  /** By path relative to the context. */
  readonly tree: Readonly<Record<string, TreeEntry>>;
  /** An OCI layout "base" in the context. */
  readonly base?: readonly HandImage[];
  /** Becomes gantry.config.json. */
  readonly spec: Config;
  /** As --compression has it; none where it is not said. */
  readonly compression?: string;
  readonly digest: string;
}

/** A file's text, or something that JSON cannot be. */
type TreeEntry =
  | string
  /** A file of seeded random bytes. */
  | { readonly bytes: number }
  /** A file of so many bytes of seeded words. */
  | { readonly words: number }
  /** A file that its owner may execute. */
  | { readonly run: string }
  /** A file whose permission bits are exactly these, in octal. */
  | { readonly text: string; readonly mode: string }
  | { readonly symlink: string }
  /** Another name of an entry of the tree. */
  | { readonly hardlink: string }
  | { readonly folder: true };

/** What two machines may differ in; nothing of it may show in an image. */
export interface Surroundings {
  readonly umask: number;
  readonly timeZone: string;
  readonly locale: string;
  /** Where gantry is started: in the context, or elsewhere with the context as its argument. */
  readonly cwd: "context" | "elsewhere";
  /** The order in which files are created, and so most file systems' order of folders. */
  readonly order: (paths: readonly string[]) => readonly string[];
  /** Seconds since 1970 that all files have. */
  readonly mtime: number;
  /** Who owns the files, where the tests run as root. */
  readonly uid: number;
}

export const plainSurroundings: Surroundings = {
  umask: 0o022,
  timeZone: "UTC",
  locale: "C",
  cwd: "context",
  order: (paths) => paths.toSorted(),
  mtime: 1_600_000_000,
  uid: 0,
};

const folder = new URL("../../../test/golden/", import.meta.url);

export const goldenNames: readonly string[] = readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .map((name) => name.slice(0, -".json".length));

export function readGolden(name: string): Golden {
  return JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8")) as Golden;
}

/** Puts another digest into the golden's file and leaves the rest as it is written. */
export function writeGolden(name: string, digest: string): void {
  const file = new URL(`${name}.json`, folder);
  writeFileSync(
    file,
    readFileSync(file, "utf8").replace(/"digest": "[^"]*"(?=\s*\}\s*$)/, `"digest": "${digest}"`),
  );
}

/** Creates the golden's files and builds it with the command line; the digest that it prints. */
export async function buildGolden(
  golden: Golden,
  { folder, run }: Pick<Sandbox, "folder" | "run">,
  surroundings: Surroundings,
): Promise<string> {
  const context = join(folder, "a folder", surroundings.timeZone);
  const before = process.umask(surroundings.umask);
  try {
    mkdirSync(context, { recursive: true });
    createTree(context, golden, surroundings);
    const elsewhere = surroundings.cwd === "elsewhere";
    const flags = [
      "--compression",
      golden.compression ?? "none",
      "--progress",
      "quiet",
      "--no-cache",
      "-o",
      `type=oci,dest=${join(folder, "out")}`,
    ];
    // The process is started here and takes this umask with it.
    const running = run(["build", ...flags, ...(elsewhere ? [context] : [])], {
      cwd: elsewhere ? folder : context,
      env: { TZ: surroundings.timeZone, LC_ALL: surroundings.locale, LANG: surroundings.locale },
    });
    process.umask(before);
    const { status, stdout, stderr } = await running;
    if (status !== 0) throw new Error(stderr);
    return stdout.trim();
  } finally {
    process.umask(before);
  }
}

function createTree(
  context: string,
  { tree, base, spec }: Golden,
  { order, mtime, uid }: Surroundings,
): void {
  const paths = order(Object.keys(tree));
  const isLink = (path: string) => typeof tree[path] === "object" && "hardlink" in tree[path];
  for (const path of paths.filter((path) => !isLink(path)))
    createEntry(join(context, path), tree[path]!, path);
  for (const path of paths.filter(isLink)) {
    mkdirSync(dirname(join(context, path)), { recursive: true });
    linkSync(join(context, (tree[path] as { readonly hardlink: string }).hardlink), join(context, path));
  }
  for (const path of paths) {
    const isSymlink = typeof tree[path] === "object" && "symlink" in tree[path];
    if (isSymlink) continue;
    if (process.getuid?.() === 0) chownOf(join(context, path), uid, tree[path]!);
    utimesSync(join(context, path), mtime, mtime);
  }
  if (base !== undefined) writeHandLayout(join(context, "base"), base);
  writeFileSync(join(context, "gantry.config.json"), JSON.stringify(spec));
}

function createEntry(path: string, entry: TreeEntry, seed: string): void {
  mkdirSync(dirname(path), { recursive: true });
  if (typeof entry === "string") return writeFileSync(path, entry);
  if ("symlink" in entry) return symlinkSync(entry.symlink, path);
  if ("folder" in entry) return void mkdirSync(path, { recursive: true });
  if ("bytes" in entry) return writeFileSync(path, randomBytes(entry.bytes, seed.length));
  if ("words" in entry) return writeFileSync(path, words(entry.words, seed.length));
  if ("run" in entry) return writeFileSync(path, entry.run, { mode: 0o777 });
  if ("hardlink" in entry) return;
  writeFileSync(path, entry.text);
  chmodSync(path, Number.parseInt(entry.mode, 8));
}

/** Changing the owner clears setuid. */
function chownOf(path: string, uid: number, entry: TreeEntry): void {
  chownSync(path, uid, uid);
  if (typeof entry === "object" && "mode" in entry) chmodSync(path, Number.parseInt(entry.mode, 8));
}
