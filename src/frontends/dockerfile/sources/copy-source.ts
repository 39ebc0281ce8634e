import type { Entry } from "../../../plan/plan.js";
import type { Matcher } from "../../../context/ignore.js";
import type { ArchiveMember } from "../../../plan/archive.js";
import type { Owner } from "../evaluate/owner.js";

/** Something that a source of a COPY names, with symlinks that lead to it followed. */
export interface Found {
  readonly path: string;
  /** As it was named: what a file is called in a folder. */
  readonly name: string;
  readonly isDirectory: boolean;
  /** Of a folder, what is copied of it; all where that is not said. */
  readonly only?: Matcher;
}

/** Where a COPY takes files from. */
export interface CopySource {
  /** A folder of this machine: of it BuildKit has no more than what lies at the paths that a build's words name. */
  readonly isFolder?: boolean;
  /**
   * What a path or a pattern names, in the order of names; a path that is not there is an error, a pattern may name
   * nothing.
   */
  find(pattern: string): Promise<readonly Found[]>;
  /** A file as one entry at the destination, or what is in a folder below it; without an entry for the folder itself. */
  entries(
    found: Found,
    destination: string,
    options: { readonly owner: Owner; readonly exclude: Matcher | undefined },
  ): Promise<readonly Entry[]>;
  /** What is in an archive that is to be unpacked; undefined for anything else. Without it nothing is unpacked. */
  archive?(found: Found): Promise<readonly ArchiveMember[] | undefined>;
}
