import type { BaseTreeMode } from "./base-tree.js";

/**
 * What a user asks for: the request of `build()`, of a spec file and of the command line's flags. Every field but the
 * ones that say what is in the image has a default, and none has a hidden source (clock, environment, machine) but
 * `platforms` (this machine's architecture) and `created` (SOURCE_DATE_EPOCH).
 *
 * `${TARGETPLATFORM}`, `${TARGETOS}`, `${TARGETARCH}` and `${TARGETVARIANT}` are expanded in `base`, in the sources of
 * files, and in the values of `env` and `labels`, for each platform. Any other `${NAME}` there is an error; `$$` is a
 * dollar.
 */
export interface BuildRequest extends ImageFields {
  /**
   * What progress, errors, `--only` and the local store call the image: letters, digits and `. _ / -`.
   * Default: the key in `images`, else the last part of the first tag's repository, else the folder's name.
   */
  readonly name?: string | undefined;
  /**
   * Full references that the image is pushed to, in any number of repositories and registries: "localhost:5000/app:1".
   * Without a tag ":latest" is meant; a digest is refused. One digest goes everywhere.
   */
  readonly tags?: readonly string[] | undefined;
  /**
   * "linux/amd64", "linux/arm64", "linux/arm/v7": a list, or a map to what differs on each platform. One platform makes
   * an image, several make an index. Default: "linux/" and this machine's architecture.
   */
  readonly platforms?: readonly string[] | Readonly<Record<string, PlatformOverrides>> | undefined;
  /**
   * How layers are packed: "auto", "none", "gzip" or "zstd", the last two also with a level: "gzip:6" (1 to 9), "zstd:3"
   * (1 to 19). Default "auto": none where every destination is on this machine, else gzip at its fastest level.
   */
  readonly compression?: string | undefined;
}

/**
 * What differs on one platform. `env`, `labels`, `annotations` and `files` are merged over the request's, key by key; any
 * other field replaces the request's.
 */
export type PlatformOverrides = ImageFields;

/** The fields of a request that can differ between platforms. */
export interface ImageFields {
  /**
   * The image to start from: "scratch" (the default: nothing), a reference by tag or digest ("debian:12-slim",
   * "ghcr.io/me/base@sha256:..."), or an OCI layout on disk, "oci-layout:DIR" or "oci-layout:DIR:NAME", relative to
   * `filesBase`.
   */
  readonly base?: string | undefined;
  /** Environment variables. One that the base has is replaced in place, others are added in the order given. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Labels of the image's configuration, merged over the base's. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /**
   * Annotations of the image's manifest; a key "index:KEY" goes to the index instead (and one is made, even of one
   * image). The base's own are not inherited. `org.opencontainers.image.base.name` and `.base.digest` are set unless
   * given.
   */
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /** User and group that the process runs as: "1000:1000", "nobody", 1000. Default: the base's. */
  readonly user?: string | number | undefined;
  /** Working directory of the process; a relative one joins the base's. */
  readonly workdir?: string | undefined;
  /**
   * The program and its first arguments; a string is one word, never split and never given to a shell. Setting it clears
   * the base's `cmd` unless `cmd` is set too. `[]` clears the base's.
   */
  readonly entrypoint?: string | readonly string[] | undefined;
  /**
   * Default arguments of the entrypoint, or the program where there is none; alone it keeps the base's entrypoint. `[]`
   * clears.
   */
  readonly cmd?: string | readonly string[] | undefined;
  /** Ports the image listens on, united with the base's: 8080, "53/udp", "8000-8010". */
  readonly ports?: readonly (string | number)[] | undefined;
  /** Absolute paths of volumes, united with the base's. */
  readonly volumes?: readonly string[] | undefined;
  /** The signal that stops the process: "SIGTERM", "SIGRTMIN+3", "9". Default: the base's. */
  readonly stopSignal?: string | undefined;
  readonly healthcheck?: HealthcheckSpec | undefined;
  /** One layer of files, after all of `layers`. */
  readonly files?: Files | undefined;
  /** Layers in order, the first directly on the base: what changes often stands alone at the end. */
  readonly layers?: readonly LayerSpec[] | undefined;
  /**
   * The folder that relative sources are in. Default: the spec file's folder; without one, the context. Relative to
   * that.
   */
  readonly filesBase?: string | undefined;
  /**
   * The image's creation time: RFC 3339 ("2026-01-31T12:00:00Z") or seconds since 1970. Default: SOURCE_DATE_EPOCH, else
   * 1970-01-01T00:00:00Z. Files' times do not follow it: they are SOURCE_DATE_EPOCH or 0, so that layers stay the same.
   */
  readonly created?: string | number | undefined;
  /**
   * Keeps the permission bits of the files on disk. Default false: 0755 for folders and what its owner may execute,
   * else 0644.
   */
  readonly preserveMode?: boolean | undefined;
  /**
   * When destinations ask the base's files where symlinks lead and what its folders' modes and owners are: "auto" (the
   * default) where they go through a path at which bases keep such things (/bin, /lib, /var/run, /tmp, /root and the
   * like), "always", or "never". The base's layers are read for it once, and never where nothing asks.
   */
  readonly baseTree?: BaseTreeMode | undefined;
  /**
   * Absolute paths below which nothing of the base is expected: it is not asked about them, and destinations through
   * paths that bases keep as symlinks are allowed where "never" refuses them.
   */
  readonly assumeNew?: readonly string[] | undefined;
}

/**
 * Absolute path in the image -> path on disk, or details. A folder's contents go below the destination. A file becomes
 * the destination, or goes into it where the destination ends with "/". Later entries win over earlier ones.
 */
export type Files = Readonly<Record<string, string | FileSpec>>;

/** One source and how it lands in the image: exactly one of `source` and `content`. */
export interface FileSpec {
  /** File or folder on disk, relative to `filesBase`. */
  readonly source?: string | undefined;
  /** The file itself: text, written as UTF-8, or (from TypeScript) bytes. */
  readonly content?: string | Uint8Array | undefined;
  /** Permission bits: "0644", or (from TypeScript) a number like 0o644. Of a folder's files too. */
  readonly mode?: string | number | undefined;
  /** "UID:GID" or "UID" (the group is the same), as numbers. Default "0:0". */
  readonly owner?: string | undefined;
  /** Patterns of .dockerignore, relative to the source; what matches is left out, an excluded folder is never entered. */
  readonly exclude?: string | readonly string[] | undefined;
  /**
   * Of a folder of packages, such as node_modules: the layer becomes at most so many, 1 to 64, and a package that changes
   * changes one of them. Which one a package is in follows from its name alone. Of one entry of a layer.
   */
  readonly split?: number | undefined;
}

/** One layer. */
export interface LayerSpec {
  /** For progress and for the image's history. Default: the destinations. */
  readonly name?: string | undefined;
  readonly files: Files;
}

/** How a runtime finds out whether the container works (Docker's HEALTHCHECK). Replaces the base's as a whole. */
export interface HealthcheckSpec {
  /** A string is given to a shell; a list begins with "CMD", "CMD-SHELL" or "NONE" (which turns the base's check off). */
  readonly test: string | readonly string[];
  /** Durations as Go writes them: "30s", "1m30s", "500ms"; at least 1 ms, "0s" is the runtime's default. */
  readonly interval?: string | undefined;
  readonly timeout?: string | undefined;
  readonly startPeriod?: string | undefined;
  readonly startInterval?: string | undefined;
  /** Failures in a row that make the container unhealthy. */
  readonly retries?: number | undefined;
}

/** What a spec file holds: one request, or several as a list or by name. `$schema` helps editors and means nothing else. */
export type Config = SchemaHint & (BuildRequest | ImagesConfig);

/** Several images, built in parallel. */
export interface ImagesConfig {
  readonly images: readonly BuildRequest[] | Readonly<Record<string, BuildRequest>>;
}

export interface SchemaHint {
  readonly $schema?: string | undefined;
}
