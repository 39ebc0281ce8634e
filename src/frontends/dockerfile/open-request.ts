import type { IoOptions } from "../../model/events.js";
import type { World } from "../../plan/world.js";
import type { ContextFiles } from "./sources/context-source.js";
import { openContext, type BuildContext, type DockerfileText } from "./open-context.js";
import type { DockerfileRequest } from "./request.js";

/** What a request names, at hand: its Dockerfile and the files that it is built from. */
export interface OpenedRequest extends DockerfileText {
  readonly files: ContextFiles;
  /** The folder that paths of named contexts are relative to. */
  readonly cwd: string;
}

/** Fetches the context where it is not here, and reads the request's Dockerfile. */
export async function openRequest(
  { dockerfile, buildArgs = {} }: DockerfileRequest,
  { context, ...options }: IoOptions & { readonly context: BuildContext; readonly world: World },
): Promise<OpenedRequest> {
  const keepGitDir = /^(1|t|true)$/i.test(buildArgs["BUILDKIT_CONTEXT_KEEP_GIT_DIR"] ?? "");
  const { cwd, ...opened } = await openContext(context, { ...options, keepGitDir });
  const path = typeof dockerfile === "string" ? dockerfile : undefined;
  const text =
    typeof dockerfile === "string"
      ? await opened.dockerfile(dockerfile)
      : { ...dockerfile, name: "Dockerfile" };
  return { ...text, cwd, files: opened.files(path) };
}
