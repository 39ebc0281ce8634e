import type { GitSource } from "../model/git-source.js";
import type { IoOptions } from "../model/events.js";
import type { Digest } from "../model/oci.js";
import type { FileTree } from "./file-tree.js";
import type { FileSource } from "./plan.js";

/** What a build may have of what lies elsewhere. Each is fetched once however often it is asked for. */
export interface RemoteFiles {
  /**
   * The file behind an http or https URL. With a checksum that is known here nothing is asked; without one a server that
   * knows its own versions is asked whether the file that is known is still the one. Throws ERR_GANTRY_DOWNLOAD where the
   * server refuses, ERR_GANTRY_NETWORK where it is not reached and ERR_GANTRY_CONTENT_MISMATCH, naming both digests,
   * where it is another file.
   */
  download(url: string, options?: IoOptions & { readonly checksum?: Digest | undefined }): Promise<Received>;
  /**
   * A commit's files as a folder that is there until the build ends, their modes 0644 or 0755. Throws ERR_GANTRY_DOWNLOAD
   * where git is missing or fails, ERR_GANTRY_CONTENT_MISMATCH where the commit is not the one that was expected.
   */
  checkout(source: GitSource, options?: IoOptions): Promise<Checkout>;
  /** Takes a stream in, as a file on this machine. */
  receive(stream: AsyncIterable<Uint8Array>, options?: IoOptions): Promise<Received>;
  /** The files of a tar, plain or packed; nothing is written under a name that it has. `what` is for messages. */
  unpack(tar: Received, options: IoOptions & { readonly what: string }): Promise<FileTree>;
}

/** A file that came from elsewhere. */
export interface Received {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly file: FileSource;
}

/** A commit on this machine. */
export interface Checkout {
  /** Absolute: the folder that was asked for, all of the repository unless it has a subdir. */
  readonly root: string;
  /** The whole commit. */
  readonly commit: string;
  /** The remote without credentials, with the commit behind "#". */
  readonly origin: string;
}
