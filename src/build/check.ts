import { GantryError, suggest } from "../errors.js";
import { canWriteZstd } from "../codec/zstd.js";
import { baseTreeModes } from "../frontends/spec/base-tree.js";
import { imageName, imageTags } from "../frontends/spec/names.js";
import { parseCompression } from "../plan/compression.js";
import { checkOutputs } from "./targets.js";
import type { BuildRequest } from "../frontends/spec/request.js";
import type { BuildOptions, Output } from "./options.js";

const optionNames = [
  ...[
    "system",
    "signal",
    "onEvent",
    "onSpan",
    "cacheDir",
    "insecure",
    "authFile",
    "registryConcurrency",
    "caFiles",
    "registries",
    "outputs",
    "context",
  ],
  ...[
    "compression",
    "noCache",
    "cacheFrom",
    "onPushError",
    "ociMediaTypes",
    "preserveMode",
    "baseTree",
    "assumeNew",
  ],
];
const outputTypes = ["registry", "oci", "docker", "load", "store"] satisfies Output["type"][];

/** Everything about a run that can be refused before a file is read or a registry is asked. Requests have been validated. */
export function checkRun(
  requests: readonly BuildRequest[],
  options: BuildOptions,
  outputs: readonly Output[],
): void {
  checkOptions(options, outputs);
  const compressions = [options.compression, ...requests.map((request) => request.compression)];
  for (const text of compressions) if (text !== undefined) checkCompression(text, options);
  if (options.ociMediaTypes === false) requests.forEach(checkDockerStyle);
  checkOutputs(requests.map(summarise), outputs);
}

/** Unknown options are refused by name: a misspelt one would be ignored without a word. */
export function checkOptions(options: BuildOptions, outputs: readonly Output[]): void {
  for (const name of Object.keys(options)) {
    if (!optionNames.includes(name)) throw usage(`unknown option "${name}"${suggest(name, optionNames)}`);
  }
  if (outputs.length === 0) throw usage("outputs is empty: leave it out for the local store, or name one");
  for (const { type } of outputs) {
    if (!outputTypes.includes(type))
      throw usage(`unknown output type "${String(type)}"${suggest(String(type), outputTypes)}`);
  }
  const { onPushError = "fail" } = options;
  if (onPushError !== "fail" && onPushError !== "continue") {
    throw usage(`onPushError is "${String(onPushError)}": expected "fail" or "continue"`);
  }
  if (options.baseTree !== undefined && !baseTreeModes.includes(options.baseTree))
    throw usage(`baseTree is "${String(options.baseTree)}": expected "auto", "always" or "never"`);
}

function checkCompression(text: string, { ociMediaTypes = true }: BuildOptions): void {
  const type = parseCompression(text)?.type;
  if (type !== "zstd") return;
  if (!canWriteZstd()) {
    throw new GantryError(
      "ERR_GANTRY_UNSUPPORTED",
      "writing zstd needs Node 22.15 or newer: use gzip, or a newer Node",
    );
  }
  if (!ociMediaTypes) {
    throw new GantryError(
      "ERR_GANTRY_UNSUPPORTED",
      "Docker's media types have none for zstd: use gzip, or leave oci-mediatypes=false out",
    );
  }
}

function checkDockerStyle({ name, annotations = {} }: BuildRequest): void {
  if (Object.keys(annotations).length === 0) return;
  throw new GantryError(
    "ERR_GANTRY_UNSUPPORTED",
    `${name ?? "the image"} has annotations, which Docker's media types cannot hold: leave them or oci-mediatypes=false out`,
  );
}

function summarise(request: BuildRequest): Parameters<typeof checkOutputs>[0][number] {
  const { platforms } = request;
  const count = Array.isArray(platforms) ? platforms.length : Object.keys(platforms ?? { own: {} }).length;
  return { name: imageName(request), tags: imageTags(request), platforms: count };
}

function usage(message: string): GantryError {
  return new GantryError("ERR_GANTRY_USAGE", message);
}
