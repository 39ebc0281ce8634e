import { GantryError } from "../../errors.js";
import { quote } from "../../model/quote.js";
import { isWhiteout } from "../image-path.js";
import { newFolder } from "./change.js";
import { partsOf, resolvePath } from "./resolve.js";
import { isMetadata, namingOf } from "./whiteout.js";
import type { TarHeader } from "../../tar/read.js";
import type { Change, ChangedFolder } from "./change.js";
import type { FileInode } from "./inode.js";

/** What of a tar's member, or of a plan's entry, matters to a tree. */
export type Member = Pick<TarHeader, "path" | "type" | "mode" | "uid" | "gid" | "size" | "linkTarget">;

/** Where a file's bytes are. */
export type Origin = Pick<FileInode, "layer" | "member" | "bytes">;

/** How much may still come; shared by all layers of a tree. */
export interface Budget {
  nodes: number;
  /** Characters of names and link targets. */
  text: number;
}

/** The most that a tree takes in: no image comes near, and a hostile one fits into Node's usual heap. */
export function treeBudget(): Budget {
  return { nodes: 4_000_000, text: 512 * 1024 * 1024 };
}

/** One layer, taken in member by member. */
export interface LayerChanges {
  readonly root: ChangedFolder;
  /**
   * ERR_GANTRY_TAR_INVALID for a member that cannot be unpacked: one below a file, a hardlink to a folder, a whiteout of
   * "." or ".." or through a symlink. ERR_GANTRY_LIMIT for paths and targets that no Linux takes (over 4,096 characters)
   * and for more than the budget.
   */
  add(member: Member, origin: Origin): void;
}

/**
 * A layer by itself, so that its whiteouts mean only what is below it, wherever among its members they stand. A later
 * member takes the place of an earlier one, but a folder keeps what is in it; members below a symlink of the same layer
 * go where that leads. `what` names the layer in errors.
 */
export function createChanges(what: string, budget: Budget): LayerChanges {
  const root = newFolder();
  return { root, add };

  function add(member: Member, origin: Origin): void {
    const where: Where = () => `${what}, member ${quote(member.path)}`;
    checkLength(member.path, where);
    checkLength(member.linkTarget ?? "", where);
    const folders = member.path === "" ? [] : member.path.split("/");
    const name = folders.pop();
    checkFolders(folders, where);
    const naming = namingOf(name ?? "");
    if (naming.type === "invalid") throw invalid(where, "it is a whiteout of no file in its folder");
    if (naming.type === "plain") return place(member, { folders, name, origin, where });
    const folder = open(folders, { where, follow: false });
    if (naming.type === "opaque") folder.isOpaque = true;
    else (folder.deleted ??= new Set()).add(naming.name);
  }

  function place(member: Member, { folders, name, origin, where }: Placing): void {
    const { type, linkTarget = "" } = member;
    if (type !== "directory" && name === undefined)
      throw invalid(where, `the root must be a folder, not a ${type}`);
    const made = type === "directory" ? undefined : changeOf(member, origin, where);
    const folder = open(folders, { where, follow: true });
    if (made !== undefined) return set(folder, name!, { change: made, text: linkTarget.length, where });
    const own = name === undefined ? folder : openChild(folder, name, where);
    [own.mode, own.uid, own.gid, own.isListed] = [member.mode, member.uid, member.gid, true];
  }

  /** The folder of these names, made where it is missing; through the layer's own symlinks where that is allowed. */
  function open(
    names: readonly string[],
    { where, follow }: { readonly where: Where; readonly follow: boolean },
  ): ChangedFolder {
    let folder = root;
    for (const name of names) {
      const child = folder.children.get(name);
      if (child?.type === "symlink" && follow) return openLinked(names, where);
      if (child !== undefined && child.type !== "directory")
        throw invalid(where, `${quote(name)} on its way is a ${child.type}, where a folder was expected`);
      folder = child ?? openChild(folder, name, where);
    }
    return folder;
  }

  function openLinked(names: readonly string[], where: Where): ChangedFolder {
    const { path } = resolvePath<Change>(root, names.join("/"));
    checkLength(path, where);
    return open(partsOf(path), { where, follow: false });
  }

  /** The folder of a name; anything else that the layer had there before is replaced. */
  function openChild(parent: ChangedFolder, name: string, where: Where): ChangedFolder {
    const there = parent.children.get(name);
    if (there?.type === "directory") return there;
    const change = newFolder();
    set(parent, name, { change, text: 0, where });
    return change;
  }

  function set(
    folder: ChangedFolder,
    name: string,
    { change, text, where }: { readonly change: Change; readonly text: number; readonly where: Where },
  ): void {
    budget.nodes--;
    budget.text -= name.length + text;
    if (budget.nodes < 0 || budget.text < 0) {
      const said = "with it the image has more files than Gantry lists, as a hostile one would";
      throw new GantryError("ERR_GANTRY_LIMIT", `${where()}: ${said}`);
    }
    folder.children.set(apart(name), change);
  }

  function changeOf(member: Member, origin: Origin, where: Where): Exclude<Change, ChangedFolder> {
    const { type, mode, uid, gid, size, linkTarget = "" } = member;
    if (type === "file") return { type, mode, uid, gid, size, ...origin };
    if (type === "symlink") return { type, mode, uid, gid, linkTarget };
    if (type !== "hardlink") return { type: "other", mode, uid, gid };
    const { node } = resolvePath<Change>(root, linkTarget, { last: "keep" });
    if (node?.type === "directory")
      throw invalid(where, `it is a hardlink to ${quote(linkTarget)}, which is a folder`);
    return node ?? { type: "hardlink", target: linkTarget, where: where() };
  }
}

/** Names the member in errors; a function, because of a million members hardly one is in an error. */
type Where = () => string;

interface Placing {
  readonly folders: readonly string[];
  /** Undefined for the root. */
  readonly name: string | undefined;
  readonly origin: Origin;
  readonly where: Where;
}

/** The same name in memory of its own: V8 lets a part of a path keep all of the path, 100 MB of a million files'. */
function apart(name: string): string {
  return name.length < 13 ? name : Buffer.from(name).toString();
}

const maxLength = 4096;

function checkLength(path: string, where: Where): void {
  if (path.length <= maxLength) return;
  const said = `a path of ${path.length} characters is over the ${maxLength} that it may have`;
  throw new GantryError("ERR_GANTRY_LIMIT", `${where()}: ${said}`);
}

function checkFolders(names: readonly string[], where: Where): void {
  for (const name of names) {
    if (isWhiteout(name) && !isMetadata(name)) {
      throw invalid(where, `${quote(name)} on its way is a whiteout, where a folder was expected`);
    }
  }
}

function invalid(where: Where, said: string): GantryError {
  return new GantryError("ERR_GANTRY_TAR_INVALID", `${where()}: ${said}`);
}
