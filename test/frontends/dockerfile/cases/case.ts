/** A Dockerfile, named after what it covers, with the context it is built in. */
export interface DockerfileCase {
  /** The paragraph of docs/dockerfile.md's table, then what is covered: "from: a stage by name". */
  readonly name: string;
  readonly dockerfile: string;
  /** Files of the context by path: a text or bytes (mode 0644), or with a mode; `link` is a symlink's target, `same` the file before it that it is a hard link to; `folder` an empty folder. */
  readonly files?: Readonly<Record<string, string | Uint8Array | ContextFile>>;
  /** Folders beside the context, by the name that `--build-context` gives them. */
  readonly contexts?: Readonly<Record<string, NonNullable<DockerfileCase["files"]>>>;
  /** Whether `${BASE}` is an image in a registry: see base-image.ts. */
  readonly onBase?: boolean;
  /** Whether `${HTTP}` and `${REPO}` are served: see remote-server.ts. */
  readonly remote?: boolean;
  /** What of the server is the context, by its path or what follows the repository's URL. */
  readonly contextAt?: string;
  /** Whether it has a repository. */
  readonly needsGit?: boolean;
  /** What that image leaves for who builds on it. */
  readonly onbuild?: readonly string[];
  readonly target?: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly platform?: string;
}

export type ContextFile =
  | { readonly text: string; readonly mode: number }
  | { readonly link: string }
  | { readonly same: string }
  | { readonly folder: number };

/** What a build came to, as BuildKit and Gantry are compared by it. */
export interface Outcome {
  /** The configuration without times, layers and history. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Each line, with `(empty)` behind those that made no layer. */
  readonly history: readonly string[];
  /** `path type mode uid:gid size sha256[:12]`, attributes behind it, or `-> target`, in the order of paths. */
  readonly files: readonly string[];
}
