import type { IoOptions } from "../model/events.js";
import type { Platform } from "../model/oci.js";
import type { System } from "../system.js";
import type { ArchiveFile, ArchiveMember } from "./archive.js";
import type { FileTree } from "./file-tree.js";
import type { PinnedBase } from "./plan.js";
import type { RemoteFiles } from "./remote-files.js";
import type { Sweeper } from "./sweep.js";

/** What a frontend may ask of the world, injected: tests answer with a few lines, a build with registries and layouts. */
export interface World {
  readonly system: System;
  /**
   * The image that a base means for a platform: a reference by tag or digest, or `oci-layout:DIR[:name]` with an absolute
   * folder. Only its manifests and its config are read, and once however often it is asked for. Never asked for
   * "scratch". Throws ERR_GANTRY_PLATFORM_NOT_FOUND, listing what there is, where no image of it fits.
   */
  base(name: string, platform: Platform, options?: IoOptions): Promise<PinnedBase>;
  /**
   * What the base's layers make together. They are read for it once, if at all: what is in a base never changes, so that
   * the tree of an earlier run serves as well. Rejects as the layers' reading does (ERR_GANTRY_TAR_INVALID and others).
   */
  tree(base: PinnedBase, options?: IoOptions): Promise<FileTree>;
  /** What is neither a base nor on this machine. */
  readonly remote: RemoteFiles;
  /** For engines of this machine that RUN is handed to; without it there are none. */
  readonly programs?: Programs;
  /**
   * What is in an archive on this machine, as docker tells and reads archives; undefined for a file that is none. The
   * bytes of its members can then be read as long as the build lasts. An archive is read once for a run, and not
   * unpacked where an earlier one has. Rejects where it is damaged, naming it (ERR_GANTRY_TAR_INVALID and others).
   */
  archive(file: ArchiveFile, options?: IoOptions): Promise<readonly ArchiveMember[] | undefined>;
  /** For folders too large for one thread; without it all are read where they are asked for. */
  readonly sweeper?: Sweeper;
}

/** Programs of this machine. */
export interface Programs {
  /** The absolute path of a program by its name; undefined where it is not on the PATH. */
  find(name: string): Promise<string | undefined>;
  /**
   * Runs a program to its end, without a shell and without input; `status` is undefined where a signal ended it. Both of
   * its outputs are told line by line. Aborted, it ends the program with all that it started, waits for that, and rejects
   * with the signal's reason. Rejects with ERR_GANTRY_ENGINE where the program cannot be started.
   */
  run(
    program: string,
    args: readonly string[],
    options: { readonly signal?: AbortSignal | undefined; onLine(line: string): void },
  ): Promise<{ readonly status: number | undefined }>;
  /** A new folder, absolute, for files that are there until the build has ended. */
  folder(): Promise<string>;
}
