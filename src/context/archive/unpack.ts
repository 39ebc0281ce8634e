import { posix } from "node:path";
import { GantryError } from "../../errors.js";
import { quote } from "../../model/quote.js";
import { comparePaths } from "../path-order.js";
import { folderOf, stageFolder } from "./staging.js";
import type { IoOptions } from "../../model/events.js";
import type { ByteSource, Entry } from "../../plan/plan.js";
import type { FileTree } from "../../plan/file-tree.js";
import type { ArchiveMember } from "../../plan/archive.js";
import type { StagedFile, StagedFolder, StagedNode, Staging } from "./staging.js";

export interface UnpackOptions extends IoOptions {
  /** What the archive is called in errors. */
  readonly name: string;
  readonly tree: FileTree;
  /** A folder that the tree has, by its path. */
  readonly folder: string;
  /** Of everything, instead of those that the archive says. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  /** Of everything, in seconds since 1970. */
  readonly mtime: number;
}

export interface Unpacked {
  /** What the tree is to get, in the order of a layer. */
  readonly entries: readonly Entry[];
  /** Folders of the tree that something else took the place of, and with them all that was in them. */
  readonly replaced: readonly string[];
}

/**
 * Unpacks an archive's members into a folder as BuildKit does (github.com/moby/go-archive): a member replaces what is
 * at its path, but a folder that is there is kept and gets the member's mode and owner; hardlinks lead to what is there
 * at that moment, in the archive or in the tree, and set its mode and owner. ERR_GANTRY_TAR_INVALID names a member that
 * cannot be: one below a file, a hardlink to nothing or to a folder.
 */
export async function unpackMembers(
  members: readonly ArchiveMember[],
  { name, tree, folder, owner, mtime, ...io }: UnpackOptions,
): Promise<Unpacked> {
  let current: ArchiveMember | undefined;
  const fail = (said: string) =>
    new GantryError(
      "ERR_GANTRY_TAR_INVALID",
      `archive ${name}, member ${quote(current?.path ?? "")}: ${said}`,
    );
  const staging = stageFolder(tree, folder, fail);
  const replaced: string[] = [];
  for (const member of members) {
    current = member;
    const path = place(staging, { ...member, ...owner }, fail);
    if (path !== undefined) replaced.push(path);
  }
  const bytes = await tree.files(sourcesIn(staging.root), io);
  return { entries: entriesOf(staging.root, { tree, mtime, bytes }), replaced };
}

/** Puts a member where it belongs; the path of a folder that it took the place of. */
function place(staging: Staging, member: ArchiveMember, fail: (said: string) => Error): string | undefined {
  const { path, type, mode, uid, gid } = member;
  const names = path === "" ? [] : path.split("/");
  const name = names.pop();
  if (name === undefined) {
    if (type !== "directory") throw fail(`a ${type} cannot take the place of the folder that is unpacked in`);
    Object.assign(staging.root, { mode, uid, gid, isChanged: true });
    return undefined;
  }
  const parent = staging.open(names, "make")!;
  const there = staging.child(parent, name);
  if (there?.type === "directory" && type === "directory") {
    Object.assign(there, { mode, uid, gid, isChanged: true });
    return undefined;
  }
  parent.children.set(name, undefined);
  parent.children.set(name, nodeOf(staging, member, { at: posix.join(parent.path, name), fail }));
  return there?.type === "directory" ? there.path : undefined;
}

function nodeOf(
  staging: Staging,
  { path: _path, type, ...member }: ArchiveMember,
  { at, fail }: { readonly at: string; readonly fail: (said: string) => Error },
): StagedNode {
  const { mode, uid, gid } = member;
  if (type === "directory") return { ...folderOf(at, true), mode, uid, gid };
  if (type !== "hardlink") return { type, ...member, isChanged: true };
  const names = member.linkTarget!.split("/");
  const name = names.pop()!;
  const folder = staging.open(names, "give up");
  const target = folder === undefined ? undefined : staging.child(folder, name);
  if (target === undefined || target.type === "directory") {
    const said = target === undefined ? "which is nowhere before it" : "which is a folder";
    throw fail(`it is a hardlink to ${quote(member.linkTarget!)}, ${said}`);
  }
  if (target.type === "other") throw fail("it is a hardlink to a device or a fifo that was there before");
  return Object.assign(target, { uid, gid, isChanged: true }, target.type === "symlink" ? {} : { mode });
}

/** Files of the tree that the layer is to have too, under another name or with another owner. */
function sourcesIn(folder: StagedFolder): string[] {
  return [...folder.children.values()].flatMap((node) => {
    if (node?.type === "directory") return sourcesIn(node);
    return node?.isChanged === true && node.from !== undefined && node.type === "file" ? [node.from] : [];
  });
}

interface Emitting {
  readonly tree: FileTree;
  readonly mtime: number;
  /** Of files of the tree, by path. */
  readonly bytes: ReadonlyMap<string, ByteSource>;
}

function entriesOf(root: StagedFolder, { tree, mtime, bytes }: Emitting): readonly Entry[] {
  const entries: Entry[] = [];
  const names = new Map<StagedFile, string[]>();
  const walk = (folder: StagedFolder): void => {
    const { path, mode, uid, gid, isChanged, isNew, children } = folder;
    // The root of an image is in no layer.
    if (isChanged && path !== "") entries.push({ path, type: "directory", mode, uid, gid, mtime, size: 0 });
    if (isNew && tree.lookup(path)?.type === "directory")
      entries.push(...deletions(folder, { tree, mtime, bytes }));
    for (const [name, node] of children) {
      const at = posix.join(path, name);
      if (node?.type === "directory") walk(node);
      else if (node?.isChanged === true) names.set(node, [...(names.get(node) ?? []), at]);
    }
  };
  walk(root);
  for (const [file, paths] of names)
    entries.push(...entriesOfFile(file, paths.sort(comparePaths), { mtime, bytes }));
  return entries.sort((one, other) => comparePaths(one.path, other.path));
}

/** What the tree has in a folder that was made anew: it must not show through. */
function deletions({ path, children }: StagedFolder, { tree, mtime }: Emitting): Entry[] {
  const hidden = [...tree.children(path)].filter((name) => children.get(name) === undefined);
  const shared = { type: "file", mode: 0, uid: 0, gid: 0, mtime, size: 0 } as const;
  return hidden.map((name) => ({ path: posix.join(path, `.wh.${name}`), ...shared }));
}

/** A file once, and hardlinks to it; anything else under each name, since readers disagree about links to symlinks. */
function entriesOfFile(file: StagedFile, paths: readonly string[], from: Omit<Emitting, "tree">): Entry[] {
  const { type, uid, gid, size, linkTarget, device, xattrs } = file;
  if (type === "other") return [];
  const bytes = file.from === undefined ? file.bytes : from.bytes.get(file.from);
  const shared = { uid, gid, mtime: from.mtime, mode: type === "symlink" ? 0o777 : file.mode };
  return paths.map((path, index) => {
    if (type === "file" && index > 0)
      return { path, type: "hardlink", ...shared, size: 0, linkTarget: paths[0]! };
    return {
      path,
      type,
      ...shared,
      size: type === "file" ? size : 0,
      ...(type === "symlink" ? { linkTarget: linkTarget ?? "" } : {}),
      ...(bytes === undefined ? {} : { bytes }),
      ...(device === undefined ? {} : { device }),
      ...(xattrs === undefined ? {} : { xattrs }),
    };
  });
}
