import type { ImageConfig, Platform } from "../model/oci.js";
import type { Image } from "../model/content.js";
import type { LayerKeys } from "../model/layer-keys.js";

/** Data only: it prints, diffs and hashes. What to build, with every question of the world answered. */
export interface BuildPlan {
  readonly name: string;
  readonly images: readonly ImagePlan[];
  /** Full references, as the user wrote them. */
  readonly tags: readonly string[];
  /** True where an index is made even of one image (several platforms were asked for, as a list of one). */
  readonly index: boolean;
  readonly indexAnnotations: Readonly<Record<string, string>>;
}

export interface ImagePlan {
  readonly platform: Platform;
  readonly base?: PinnedBase;
  readonly layers: readonly LayerPlan[];
  /** Merged over the base's; `rootfs` and `history` are the base's alone, assembling adds the layers'. */
  readonly config: ImageConfig;
  /**
   * What the image's history tells beyond its base's, in order: one line for each of `layers`, others for changes of
   * configuration.
   */
  readonly history: readonly HistoryLine[];
  readonly annotations: Readonly<Record<string, string>>;
}

/** One line of an image's history, as docker writes it: "ENV A=b", "COPY . /app". */
export interface HistoryLine {
  readonly createdBy: string;
  /** Whether it is the line of the next layer. */
  readonly layer: boolean;
}

/** A base whose digest is known; its image's layers are opened only when a place needs them. */
export interface PinnedBase {
  /** As the request said it. */
  readonly name: string;
  /** Normalised reference, where it came from a registry: `org.opencontainers.image.base.name`. */
  readonly reference?: string;
  readonly image: Image;
  /** True of an image that an engine made for this build alone: nobody could find it, so that it is named nowhere. */
  readonly passing?: boolean;
}

/** One layer to be. Lists are shared between platforms and images, so that a million entries are held once. */
export interface LayerPlan {
  /** For progress and errors: "files /app". */
  readonly createdBy: string;
  /**
   * In the order they are written: by whole path as UTF-8 bytes. With `streamed` they are made when they are first read,
   * in one go; a symlink that is another one by then is an error.
   */
  readonly entries: readonly Entry[];
  readonly streamed?: StreamedEntries;
}

/** Entries that follow from what was seen of the files: a large layer is packed without them all being there at once. */
export interface StreamedEntries {
  /** One by one, made as they are asked for, afresh each time. */
  readonly each: () => Iterable<Entry>;
  /** All of them, made in one go when they are first asked for. */
  readonly all: () => readonly Entry[];
  readonly keys: LayerKeys;
  /** About how long their tar will be, in bytes. */
  readonly roughSize: number;
}

/** A layer whose list is made when somebody reads it. */
export function streamedLayer(createdBy: string, streamed: StreamedEntries): LayerPlan {
  return {
    createdBy,
    streamed,
    get entries() {
      return streamed.all();
    },
  };
}

export type EntryType = "file" | "directory" | "symlink" | "hardlink" | "char" | "block" | "fifo";

/** One member of a layer's tar. */
export interface Entry {
  /** In the image, without leading or trailing slash. */
  readonly path: string;
  readonly type: EntryType;
  /** Permission bits with setuid, setgid and sticky: 0–0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  /** Bytes; 0 unless a file. */
  readonly size: number;
  /** Of a symlink: its text. Of a hardlink: the path in the image of an entry before this one. */
  readonly linkTarget?: string;
  /** Of a file with a size. */
  readonly bytes?: ByteSource;
  /** Of a char or block device; like fifos, only archives bring them. */
  readonly device?: Device;
  /** Extended attributes by name; only archives bring them. */
  readonly xattrs?: Readonly<Record<string, Uint8Array>>;
}

export interface Device {
  readonly major: number;
  readonly minor: number;
}

/** Where a file's bytes come from. */
export type ByteSource = FileSource | InlineSource;

export interface FileSource {
  readonly type: "file";
  /** Absolute. */
  readonly path: string;
  /** Of the whole file, also where only a part of it is meant. */
  readonly stamp: Stamp;
  /** Where in the file the bytes begin; 0, and all of the file is meant, unless given: a member of an archive. */
  readonly offset?: number;
  /**
   * Where the file came from, pinned, where that was not this machine: `https://… sha256:…`,
   * `https://….git#COMMIT:path`.
   */
  readonly origin?: string;
}

export interface InlineSource {
  readonly type: "inline";
  readonly bytes: Uint8Array;
}

/**
 * What tells that a file is still the one that was listed. Times are in milliseconds since 1970, exact to a quarter of a
 * microsecond: a file changed twice within that is caught by not trusting what is younger than two seconds.
 */
export interface Stamp {
  readonly dev: number;
  readonly ino: number;
  readonly size: number;
  readonly mtime: number;
  readonly ctime: number;
}

/** How a layer is packed: gzip levels 1–9, zstd levels 1–19. */
export interface Compression {
  readonly type: "none" | "gzip" | "zstd";
  readonly level: number;
}
