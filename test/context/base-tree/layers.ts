import { gzipSync } from "node:zlib";
import { readTree } from "../../../src/context/base-tree/read-tree.js";
import { digestOf } from "../../../src/model/digest.js";
import { contentOf } from "../../../src/model/image.js";
import { mediaTypes } from "../../../src/model/oci.js";
import type { Layer } from "../../../src/model/content.js";
import type { FileTree } from "../../../src/plan/file-tree.js";
import { archiveOf, end } from "../../tar/archive.js";
import type { Member } from "../../tar/archive.js";

/** A layer of a tar as it is, or packed by `pack`. */
export function layerOf(
  tar: Uint8Array,
  { pack, diffId = digestOf(tar) }: { pack?: (tar: Uint8Array) => Uint8Array; diffId?: Layer["diffId"] } = {},
): Layer {
  const bytes = pack === undefined ? tar : pack(tar);
  return { ...contentOf(bytes, mediaTypes.layerTar), diffId };
}

/** What a member is, in few letters: "d/" a folder, "f" a file whose body is its name, "l -> t" a symlink, "h => t" a hardlink. */
export function memberOf(text: string): Member {
  const [, hardlink, target] = /^(.*) => (.*)$/.exec(text) ?? [];
  if (hardlink !== undefined) return { path: hardlink, type: "hardlink", linkTarget: target! };
  const [, symlink, leadsTo] = /^(.*) -> (.*)$/.exec(text) ?? [];
  if (symlink !== undefined) return { path: symlink, type: "symlink", mode: 0o777, linkTarget: leadsTo! };
  if (text.endsWith("/")) return { path: text.slice(0, -1), type: "directory", mode: 0o700, uid: 7 };
  return { path: text, body: text };
}

/** A gzip layer of such members, or of members as they are. */
export function layer(...members: readonly (string | Member)[]): Layer {
  const made = members.map((member) => (typeof member === "string" ? memberOf(member) : member));
  return layerOf(archiveOf(...made), { pack: (tar) => gzipSync(tar, { level: 1 }) });
}

/** A plain layer of raw blocks. */
export function rawLayer(...blocks: readonly Uint8Array[]): Layer {
  return layerOf(Buffer.concat([...blocks, end]));
}

export function treeOf(...layers: readonly Layer[]): Promise<FileTree> {
  return readTree(layers);
}

/** Every path with its type, as `memberOf` writes it; folders that no layer lists show as "d/ (made)". */
export function listing(tree: FileTree, folder = ""): string[] {
  return [...tree.children(folder)].flatMap((name) => {
    const path = folder === "" ? name : `${folder}/${name}`;
    const { type, uid, linkTarget } = tree.lookup(path)!;
    if (type === "symlink") return [`${path} -> ${linkTarget}`];
    if (type === "directory") return [uid === 7 ? `${path}/` : `${path}/ (made)`, ...listing(tree, path)];
    return [type === "file" ? path : `${path} (${type})`];
  });
}
