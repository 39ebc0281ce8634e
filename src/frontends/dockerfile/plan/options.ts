import type { IoOptions } from "../../../model/events.js";
import type { Platform } from "../../../model/oci.js";
import type { Checks } from "../checks/checks.js";
import type { ContextFiles } from "../sources/context-source.js";
import type { NamedContexts } from "../stages/named-context.js";
import type { RunOptions } from "./without-runs.js";

/** What a Dockerfile is built with. */
export interface DockerfileOptions extends IoOptions, RunOptions {
  readonly name: string;
  readonly tags: readonly string[];
  readonly platforms: readonly Platform[];
  /** Whether an index is made even of one image. */
  readonly index: boolean;
  readonly target: string | undefined;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** Of the image, over those of LABEL. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: {
    readonly manifest: Readonly<Record<string, string>>;
    readonly index: Readonly<Record<string, string>>;
  };
  readonly context: ContextFiles;
  readonly contexts: NamedContexts;
  /** Whether an engine is to execute what it remembers too. */
  readonly noCache: boolean;
  /** Of the stages that are needed: made for the first platform, and before anything else where a violation is an error. */
  readonly checks: Checks;
  /** Whether what the instructions make is one layer together, and not one each. */
  readonly squash: boolean;
  /** RFC 3339. */
  readonly created: string;
  /** Of files, in seconds since 1970. */
  readonly mtime: number;
}
