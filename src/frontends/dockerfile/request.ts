import { validate } from "../spec/schema.js";
import type { BuildRequest } from "../spec/request.js";
import type { EngineName } from "./run-with/engine.js";

/**
 * An image that a Dockerfile describes. Read as BuildKit reads it; nothing is executed, so that a stage that the target
 * needs must not have a RUN.
 */
export interface DockerfileRequest extends Pick<
  BuildRequest,
  "name" | "tags" | "labels" | "annotations" | "created" | "compression"
> {
  /**
   * The Dockerfile, relative to the context; BESIDE_IT.dockerignore is used instead of a context folder's own
   * .dockerignore. Or its text, wherever that is from.
   */
  readonly dockerfile: string | { readonly text: string };
  /** The stage that is wanted, by name. Default: the last one. */
  readonly target?: string | undefined;
  /** Values of ARG, automatic platform ones too. */
  readonly buildArgs?: Readonly<Record<string, string>> | undefined;
  /**
   * Folders and images by name (a folder relative to the context, "docker-image://REFERENCE", "oci-layout://DIR", a git
   * repository): each takes the place of the stage, or of the image, of its name, and is there for COPY --from.
   */
  readonly contexts?: Readonly<Record<string, string>> | undefined;
  /**
   * Has this engine of the machine make the stages that have a RUN, and goes on with what it made; needed by nothing
   * else. Not beside `ignoreRun`.
   */
  readonly runWith?: EngineName | undefined;
  /** Leaves RUN out, with a warning for each and a label "gantry.ignored-run" that names them, instead of refusing it. */
  readonly ignoreRun?: boolean | undefined;
  /** One layer for all that COPY, ADD and WORKDIR make, beside those of the base. Default: one for each, as BuildKit. */
  readonly squash?: boolean | undefined;
  /** "linux/amd64", "linux/arm64"; several make an index. Default: "linux/" and this machine's architecture. */
  readonly platforms?: readonly string[] | undefined;
}

/** Whether a request is one for a Dockerfile. */
export function isDockerfileRequest(request: BuildRequest | DockerfileRequest): request is DockerfileRequest {
  return typeof request === "object" && request !== null && "dockerfile" in request;
}

/** The value as a request; throws ERR_GANTRY_SPEC_INVALID listing every problem by path. */
export async function validateDockerfileRequest(value: unknown): Promise<DockerfileRequest> {
  const { dockerfileShape } = await import("./shape.js");
  return (await validate(value, dockerfileShape, { name: "request" })) as DockerfileRequest;
}
