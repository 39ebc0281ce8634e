import type { FileTree } from "../../../src/plan/file-tree.js";
import type { Member } from "../../tar/archive.js";

/** A tree as nothing but a map from path to what is there: slow, and simple enough to be believed. */
export type Model = Map<string, string>;

/**
 * Lays a layer over the model: what its whiteouts name goes first, then its members come in order. A layer must not have
 * members below files and symlinks of its own, nor a name with two types.
 */
export function applied(below: Model, members: readonly Member[]): Model {
  const model = new Map(below);
  const own: Model = new Map();
  for (const { path } of members) {
    const [folder, name] = split(path);
    if (name === ".wh..wh..opq") removeBelow(model, folder);
    else if (name.startsWith(".wh.")) remove(model, join(folder, name.slice(4)));
  }
  for (const member of members) {
    const [folder, name] = split(member.path);
    makeFolders(model, folder);
    if (name.startsWith(".wh.")) continue;
    const target = member.linkTarget ?? "";
    const what = member.type === "hardlink" ? (own.get(target) ?? below.get(target)!) : describe(member);
    if (!what.startsWith("directory")) removeBelow(model, member.path);
    model.set(member.path, what);
    own.set(member.path, what);
  }
  return model;
}

/** The same of a tree. */
export function modelOf(tree: FileTree): Model {
  const model: Model = new Map();
  const visit = (folder: string) => {
    for (const name of tree.children(folder)) {
      const path = join(folder, name);
      const { type, mode, uid, size, linkTarget = "" } = tree.lookup(path)!;
      model.set(path, `${type} ${mode.toString(8)} ${uid} ${size} ${linkTarget}`);
      visit(path);
    }
  };
  visit("");
  return model;
}

function describe({ type = "file", mode = 0o644, uid = 0, body = "", linkTarget = "" }: Member): string {
  return `${type} ${mode.toString(8)} ${uid} ${body.length} ${linkTarget}`;
}

function makeFolders(model: Model, folder: string): void {
  if (folder === "") return;
  makeFolders(model, split(folder)[0]);
  if (model.get(folder)?.startsWith("directory") === true) return;
  remove(model, folder);
  model.set(folder, "directory 755 0 0 ");
}

function remove(model: Model, path: string): void {
  model.delete(path);
  removeBelow(model, path);
}

function removeBelow(model: Model, folder: string): void {
  for (const path of [...model.keys()])
    if (folder === "" || path.startsWith(`${folder}/`)) model.delete(path);
}

function join(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}

function split(path: string): [folder: string, name: string] {
  const slash = path.lastIndexOf("/");
  return [path.slice(0, Math.max(slash, 0)), path.slice(slash + 1)];
}
