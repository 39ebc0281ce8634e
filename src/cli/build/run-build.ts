import type { BuildOptions, BuildRequest, Output } from "../../index.js";
import { GantryError } from "../../index.js";
import { registryOptions, withoutUndefined } from "../flags.js";
import { openProgress } from "../progress/open.js";
import type { BuildFlags } from "../commands/build.js";
import type { Terminal } from "../terminal.js";
import { checkContext } from "./check-context.js";
import { contextOf, withProtocol } from "./elsewhere.js";
import { readOutputs } from "./outputs.js";
import type { OutputSettings } from "./outputs.js";
import { reportResults } from "./report.js";
import { readRequests } from "./requests.js";
import { openResultFiles } from "./result-files.js";

/** `gantry build`: flags and spec file → requests → results on stdout and in files. */
export async function runBuild(given: string, flags: BuildFlags, terminal: Terminal): Promise<void> {
  if (flags.json === true) throw usage("--json is for --check: give both, or --print for the whole plan");
  const settings = readOutputs(flags);
  const progress = openProgress(flags, terminal);
  const api = await terminal.api();
  const context = withProtocol(given, terminal.system);
  checkContext(context, { system: terminal.system, api });
  const requests = await readRequests(context, flags, { terminal, api, tags: settings.tags });
  checkOutputs(requests, settings.outputs, terminal);
  const options = optionsOf(context, flags, settings, terminal);
  if (flags.print === true) return printPlan(requests, options, terminal);
  const files = await openResultFiles(flags, requests.length, terminal.system);
  const results = await progress.during((listeners) => api.build(requests, { ...options, ...listeners }));
  await files.write(results);
  reportResults(results, { progress: progress.mode, outputs: settings.outputs }, terminal);
}

function optionsOf(
  context: string,
  flags: BuildFlags,
  settings: OutputSettings,
  { system, signal, stdin }: Terminal,
): BuildOptions {
  if (
    flags.compression !== undefined &&
    settings.compression !== undefined &&
    flags.compression !== settings.compression
  ) {
    throw usage(
      `--compression is ${flags.compression} and -o says ${settings.compression}: leave one of them out`,
    );
  }
  return withoutUndefined({
    ...registryOptions(flags),
    system,
    signal,
    outputs: settings.outputs,
    context: contextOf(context, { stdin }),
    compression: flags.compression ?? settings.compression,
    noCache: flags.cache ? undefined : true,
    cacheFrom: flags.cacheFrom,
    onPushError: flags.onPushError,
    ociMediaTypes: settings.ociMediaTypes,
    preserveMode: flags.preserveMode,
    baseTree: flags.baseTree,
    assumeNew: flags.assumeNew,
  });
}

/** What outputs need of the requests, told before any work. */
function checkOutputs(
  requests: readonly BuildRequest[],
  outputs: readonly Output[],
  { stdout }: Terminal,
): void {
  for (const output of outputs) {
    for (const request of requests) checkOutput(output, request);
    const dest = "dest" in output ? output.dest : undefined;
    const isArchive = output.type === "docker" || (output.type === "oci" && output.tar);
    if (isArchive && requests.length > 1) {
      throw usage(
        `${dest} can hold one image, but ${requests.length} are selected: choose one with --only NAME, or write a folder with -o type=oci,dest=DIR`,
      );
    }
    if (dest === "-" && stdout.isTTY)
      throw usage(
        "an archive cannot be written to the terminal: give dest=FILE.tar, or pipe stdout somewhere",
      );
  }
}

function checkOutput(output: Output, { name, tags = [], platforms = [] }: BuildRequest): void {
  if (output.type === "registry" && tags.length === 0) {
    throw new GantryError(
      "ERR_GANTRY_NO_DESTINATION",
      `image ${name} has no tag to push to: give -t REGISTRY/REPOSITORY:TAG`,
    );
  }
  const wanted = Array.isArray(platforms) ? (platforms as readonly string[]) : Object.keys(platforms);
  if ((output.type === "docker" || output.type === "load") && wanted.length > 1) {
    const what = output.type === "load" ? "--load takes" : "-o type=docker holds";
    throw usage(
      `${what} an image of one platform, but ${name} is for ${wanted.join(", ")}: choose one with --platform`,
    );
  }
}

async function printPlan(
  requests: readonly BuildRequest[],
  options: BuildOptions,
  { api, stdout }: Terminal,
): Promise<void> {
  const { plan, formatPlan } = await api();
  const plans = await plan(requests, options);
  const printed = Object.fromEntries(plans.map((one) => [one.name, formatPlan(one)]));
  stdout.write(`${JSON.stringify(printed, undefined, 2)}\n`);
}

function usage(message: string): GantryError {
  return new GantryError("ERR_GANTRY_USAGE", message);
}
