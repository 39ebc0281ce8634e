import { GantryError } from "../../index.js";
import type { DockerfileRequest } from "../../index.js";
import { registryOptions, withoutUndefined } from "../flags.js";
import { openProgress } from "../progress/open.js";
import type { BuildFlags } from "../commands/build.js";
import { Exit } from "../terminal.js";
import type { Terminal } from "../terminal.js";
import { printable } from "../text.js";
import { checkContext } from "./check-context.js";
import { contextOf, withProtocol } from "./elsewhere.js";
import { readOutputs } from "./outputs.js";
import { readRequests } from "./requests.js";

/** `gantry build --check`: the warnings on stdout, no build. Throws Exit(1) where there is one, or an error of the file. */
export async function runCheck(given: string, flags: BuildFlags, terminal: Terminal): Promise<void> {
  const { system, signal, stdout } = terminal;
  const context = withProtocol(given, system);
  if (flags.print === true) throw usage("--check and --print exclude each other: choose one");
  const { tags } = readOutputs(flags);
  const progress = openProgress(flags, terminal);
  const api = await terminal.api();
  checkContext(context, { system: terminal.system, api });
  const [request] = await readRequests(context, flags, { terminal, api, tags });
  if (request === undefined || !isForDockerfile(request))
    throw usage("--check is for a Dockerfile: name one with -f");
  const noCache = flags.cache ? undefined : true;
  const options = withoutUndefined({
    ...registryOptions(flags),
    system,
    signal,
    context: contextOf(context, terminal),
    noCache,
  });
  const result = await progress.during((listeners) =>
    api.checkDockerfile(request, { ...options, ...listeners }),
  );
  if (flags.json === true) stdout.write(`${JSON.stringify(result, undefined, 2)}\n`);
  else stdout.write(printable(api.formatCheck(result)));
  if (result.warnings.length > 0 || result.buildError !== undefined) throw new Exit(1);
}

function isForDockerfile(request: object): request is DockerfileRequest {
  return "dockerfile" in request;
}

function usage(message: string): GantryError {
  return new GantryError("ERR_GANTRY_USAGE", message);
}
