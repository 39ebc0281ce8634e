import type { Platform } from "../../../model/oci.js";
import type { Programs } from "../../../plan/world.js";
import type { NamedContexts } from "../stages/named-context.js";

/** Engines that RUN can be handed to, in the order in which they are told. */
export const engineNames = ["docker", "buildah", "buildctl"] as const;

export type EngineName = (typeof engineNames)[number];

/** Those of them that this machine has. */
export async function enginesOnPath(programs: Programs | undefined): Promise<readonly EngineName[]> {
  const found = await Promise.all(engineNames.map((name) => programs?.find(name)));
  return engineNames.filter((_, index) => found[index] !== undefined);
}

/** A stage for an engine to make, for one platform. All paths are absolute. */
export interface StageBuild {
  /** The Dockerfile, in a folder of its own, and beside it NAME.dockerignore with what the context leaves out. */
  readonly dockerfile: string;
  readonly ignoreFile: string;
  /** Undefined where it is the file's last stage. */
  readonly target: string | undefined;
  readonly context: string;
  readonly contexts: NamedContexts;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly platform: Platform;
  /** What the result's times are to be, as far as the engine can, in seconds since 1970. */
  readonly mtime: number;
  /** Every RUN is to be executed, whatever the engine remembers. */
  readonly noCache: boolean;
  /** A folder for what the engine writes. */
  readonly output: string;
}

/**
 * Has an engine make a stage, through its own command line; the folder of the OCI layout that has it, and nothing else.
 * `run` gives the arguments to the engine's program and rejects where that fails.
 */
export type Engine = (build: StageBuild, run: (args: readonly string[]) => Promise<void>) => Promise<string>;
