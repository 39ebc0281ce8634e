import type { IoOptions } from "../model/events.js";
import type { Artifact, Image } from "../model/content.js";
import type { Descriptor, Digest } from "../model/oci.js";
import type { Published } from "../model/place.js";
import type { OnSpan } from "../model/spans.js";
import type { BuildPlan } from "../plan/plan.js";
import type { RegistriesSettings } from "../places/registry/settings.js";
import type { BaseTreeMode } from "../frontends/spec/base-tree.js";
import type { System } from "../system.js";

/** How Gantry reaches registries; the same for every function that does. */
export interface RegistryOptions {
  /**
   * Registries ("host" or "host:port") to be spoken to over http, or over https without checking certificates. Loopback
   * ones need no mention.
   */
  readonly insecure?: readonly string[] | undefined;
  /**
   * A file of credentials in docker's format, asked before any other source; where `login` keeps them and `logout`
   * forgets them.
   */
  readonly authFile?: string | undefined;
  /** Transfers at a time in each direction for each host, whatever the settings say; 4 up and 6 down unless given. */
  readonly registryConcurrency?: number | undefined;
  /** PEM files with further authorities to trust, beside Node's own. */
  readonly caFiles?: readonly string[] | undefined;
  /**
   * Settings by registry, or the file that has them: `$GANTRY_REGISTRIES`, else "gantry/registries.yaml" in the user's
   * configuration folder.
   */
  readonly registries?: RegistriesSettings | string | undefined;
}

/** What every public function that does I/O takes. */
export interface CommonOptions extends IoOptions, RegistryOptions {
  /** The clock, chance and environment to use: this process's own unless given. */
  readonly system?: System | undefined;
  /** The folder of the cache and the local store: `$GANTRY_CACHE_DIR`, else "gantry" in the user's cache folder. */
  readonly cacheDir?: string | undefined;
  /** Is told what each thread and each connection does, for traces and timings: costs nothing unless given. */
  readonly onSpan?: OnSpan | undefined;
}

/** Where the result of a build goes. */
export type Output =
  /** To the registries named in the image's tags. */
  | { readonly type: "registry" }
  /** An OCI layout: a folder, or one tar file; "-" is standard output (a tar). */
  | { readonly type: "oci"; readonly dest: string; readonly tar?: boolean | undefined }
  /** What `docker load` reads; "-" is standard output. One platform only. */
  | { readonly type: "docker"; readonly dest: string }
  /** Into a local docker or podman, whichever is there. One platform only. */
  | { readonly type: "load"; readonly engine?: "docker" | "podman" | undefined }
  /** Into Gantry's local store, under the image's tags or its name. */
  | { readonly type: "store" };

export interface BuildOptions extends CommonOptions {
  /** Where the images go; the local store unless given. */
  readonly outputs?: readonly Output[] | undefined;
  /**
   * The context folder: relative sources, layouts and `.dockerignore` are looked up in it. The current folder unless
   * given. For a Dockerfile also a git repository ("https://….git#REF:SUBDIR", "git@HOST:PATH"), the URL of a tar or of
   * a Dockerfile's text, or a stream of either; nothing is ignored in those.
   */
  readonly context?: string | AsyncIterable<Uint8Array> | undefined;
  /** `auto`, `none`, `gzip[:1-9]`, `zstd[:1-19]`: instead of what the requests say. */
  readonly compression?: string | undefined;
  /** Neither look up nor remember anything of earlier builds. */
  readonly noCache?: boolean | undefined;
  /**
   * Images whose layers may be used where their content is the same: references, or "destination" for what the image's
   * own tags name now. Trusts these images.
   */
  readonly cacheFrom?: readonly string[] | undefined;
  /** What a destination that fails does to the others: "fail" moves no name anywhere, "continue" goes on with the rest. */
  readonly onPushError?: "fail" | "continue" | undefined;
  /** Instead of what the requests say (see BuildRequest). */
  readonly preserveMode?: boolean | undefined;
  /** Instead of what the requests say (see BuildRequest); Dockerfiles ask their base wherever they need it. */
  readonly baseTree?: BaseTreeMode | undefined;
  /** Instead of what the requests say (see BuildRequest). */
  readonly assumeNew?: readonly string[] | undefined;
  /** False writes Docker's schema 2 instead of OCI's media types. */
  readonly ociMediaTypes?: boolean | undefined;
}

/** What one image of a build came to. */
export interface BuildResult {
  readonly name: string;
  /** The digest of the index, or of the one image: the same in every destination. */
  readonly digest: Digest;
  readonly descriptor: Descriptor;
  readonly artifact: Artifact;
  /** One for each platform. */
  readonly images: readonly Image[];
  readonly plan: BuildPlan;
  /** One for each destination. */
  readonly outputs: readonly OutputResult[];
}

export interface OutputResult {
  readonly type: Output["type"];
  /** The destination, for messages: "localhost:5000", "oci:out". */
  readonly label: string;
  readonly status: "done" | "failed";
  /** The names that moved; where the destination failed, those that had moved before. */
  readonly published: readonly Published[];
  readonly error?: Error;
}
