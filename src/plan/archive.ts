import type { Device, EntryType, FileSource } from "./plan.js";

/** A file that may be an archive. */
export interface ArchiveFile {
  /** Absolute, without symlinks at its end. */
  readonly path: string;
  /** What it is called in errors. */
  readonly name: string;
}

/** What an archive holds, in its order: hardlinks come behind what they name, and of a path the last one counts. */
export interface ArchiveMember {
  /** From where the archive is unpacked, with no slashes around it; "" is the folder that it is unpacked in. */
  readonly path: string;
  readonly type: EntryType;
  /** Permission bits with setuid, setgid and sticky: 0-0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes; 0 unless a file. */
  readonly size: number;
  /** Of a symlink its text, of a hardlink a path as `path` is. */
  readonly linkTarget?: string;
  readonly device?: Device;
  readonly xattrs?: Readonly<Record<string, Uint8Array>>;
  /** Of a file with a size: on this machine. */
  readonly bytes?: FileSource;
}
