import type { FileInode, LinkInode, OtherInode } from "./inode.js";

/** What one layer has by itself, before it is laid over those below. */
export type Change = FileInode | LinkInode | OtherInode | ChangedFolder | LinkBelow;

export interface ChangedFolder {
  readonly type: "directory";
  mode: number;
  uid: number;
  gid: number;
  /** Whether the layer has a member for it; otherwise it is there for what is in it. */
  isListed: boolean;
  /** Whether nothing of the layers below shows in it (image-spec layer.md, "Opaque Whiteout"). */
  isOpaque: boolean;
  /** Names of the layers below that are deleted. */
  deleted: Set<string> | undefined;
  readonly children: Map<string, Change>;
}

/** A hardlink to what only the layers below can have. */
export interface LinkBelow {
  readonly type: "hardlink";
  readonly target: string;
  /** The member, for errors. */
  readonly where: string;
}

/** A folder of which the layer has said nothing yet: 0755 and root's, unless there is one below. */
export function newFolder(): ChangedFolder {
  return {
    type: "directory",
    mode: 0o755,
    uid: 0,
    gid: 0,
    isListed: false,
    isOpaque: false,
    deleted: undefined,
    children: new Map<string, Change>(),
  };
}
