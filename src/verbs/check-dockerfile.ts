import { checkOptions } from "../build/check.js";
import type { CommonOptions } from "../build/options.js";
import { openWorkspace } from "../build/workspace.js";
import type { BuildContext } from "../frontends/dockerfile/open-context.js";
import type { CheckResult } from "../frontends/dockerfile/checks/result.js";
import { validateDockerfileRequest, type DockerfileRequest } from "../frontends/dockerfile/request.js";

export interface CheckDockerfileOptions extends CommonOptions {
  /** The context, as `build` takes it. The current folder unless given. */
  readonly context?: BuildContext | undefined;
  /** Neither look up nor remember anything of earlier builds. */
  readonly noCache?: boolean | undefined;
}

/**
 * What the build checks say of a Dockerfile; nothing is built, and a RUN is no error but a warning. Of bases only
 * manifests and configurations are asked; a registry that does not answer is a warning event, and what hangs on it is not
 * checked. What is wrong with the file is in the result; rejects where the request or the options are at fault.
 */
export async function checkDockerfile(
  request: DockerfileRequest,
  options: CheckDockerfileOptions = {},
): Promise<CheckResult> {
  const { checkDockerfileRequest } = await import("../frontends/dockerfile/check-request.js");
  await validateDockerfileRequest(request);
  checkOptions(options, [{ type: "store" }]);
  const { context = ".", signal, onEvent } = options;
  await using workspace = await openWorkspace(options);
  return await checkDockerfileRequest(request, workspace.world, { context, signal, onEvent });
}
