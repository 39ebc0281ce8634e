import type { TreeNode } from "../../plan/file-tree.js";
import type { ByteSource } from "../../plan/plan.js";

/** What a tree is made of. Names are in the folders, so that hardlinks are one inode under two names. */
export type Inode = FileInode | FolderInode | LinkInode | OtherInode;

interface Attributes {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** A million of them are in memory at a time: numbers and no objects. */
export interface FileInode extends Attributes {
  readonly type: "file";
  readonly size: number;
  /** Which of the image's layers holds the bytes, counted from 0; -1 for a file that an entry brought. */
  readonly layer: number;
  /** Which member of that layer, counted from 0. */
  readonly member: number;
  /** Set where they are at hand, when they were read for somebody too. */
  bytes: ByteSource | undefined;
}

export interface FolderInode extends Attributes {
  readonly type: "directory";
  readonly children: ReadonlyMap<string, Inode>;
}

export interface LinkInode extends Attributes {
  readonly type: "symlink";
  readonly linkTarget: string;
}

export interface OtherInode extends Attributes {
  readonly type: "other";
}

/** The root of an image that has nothing, as a folder that no layer lists is made: 0755 and root's. */
export const emptyRoot: FolderInode = {
  type: "directory",
  mode: 0o755,
  uid: 0,
  gid: 0,
  children: new Map<string, Inode>(),
};

/** What others may know of an inode. */
export function nodeOf(inode: Inode): TreeNode {
  const { type, mode, uid, gid } = inode;
  const size = type === "file" ? inode.size : 0;
  return { type, mode, uid, gid, size, ...(type === "symlink" ? { linkTarget: inode.linkTarget } : {}) };
}
