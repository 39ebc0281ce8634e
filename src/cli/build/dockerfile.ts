import { readdirSync } from "node:fs";
import { relative, resolve } from "node:path";
import { GantryError } from "../../index.js";
import type { BuildRequest, DockerfileRequest } from "../../index.js";
import { withoutUndefined } from "../flags.js";
import type { BuildFlags } from "../commands/build.js";
import type { Terminal } from "../terminal.js";

/**
 * The Dockerfile to build, relative to the context: the one that -f names, else the context's own where there is no spec
 * file. With both there it must be said which.
 */
export function findDockerfile(
  root: string,
  { file, config, target, buildArg }: BuildFlags,
  { cwd }: Terminal["system"],
): string | undefined {
  if (file !== undefined) {
    if (config !== undefined) throw usage("-f and --config name two descriptions: leave one of them out");
    return relative(root, resolve(cwd, file));
  }
  if (config !== undefined) return undefined;
  const names = namesIn(root);
  const spec = names.find((name) => /^gantry\.config\.(?:m?[jt]s|json|yaml)$/.test(name));
  const found = names.includes("Dockerfile");
  if (!found && spec === undefined && (target ?? buildArg) === undefined) return undefined;
  if (!found && spec === undefined) return "Dockerfile";
  if (found && spec !== undefined)
    throw usage(`${root} has both Dockerfile and ${spec}: say which, with -f Dockerfile or --config ${spec}`);
  return found ? "Dockerfile" : undefined;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Flags that have no meaning for a Dockerfile, and what to write in it instead. */
const elsewhere = {
  layers: ["--add", "COPY"],
  env: ["--env", "ENV"],
  user: ["--user", "USER"],
  workdir: ["--workdir", "WORKDIR"],
  entrypoint: ["--entrypoint", "ENTRYPOINT"],
  cmd: ["--cmd", "CMD"],
  ports: ["--expose", "EXPOSE"],
  volumes: ["--volume", "VOLUME"],
  stopSignal: ["--stop-signal", "STOPSIGNAL"],
} as const satisfies Partial<Record<keyof BuildRequest, readonly [string, string]>>;

/** The request for a Dockerfile with the flags that it can have. */
export function dockerfileRequest(
  dockerfile: string,
  { target, buildArg, buildContext = {}, ignoreRun, only }: BuildFlags,
  { name, overrides, cwd }: { readonly name: string; readonly overrides: BuildRequest; readonly cwd: string },
): DockerfileRequest {
  for (const [field, [flag, instruction]] of Object.entries(elsewhere)) {
    if (overrides[field as keyof typeof elsewhere] !== undefined)
      throw usage(`${flag} has no meaning with a Dockerfile: write ${instruction} in it`);
  }
  if (only !== undefined)
    throw usage("--only is for the images of a spec file: with a Dockerfile give --target");
  const { tags, labels, annotations, created, platforms } = overrides;
  return withoutUndefined({
    name,
    dockerfile,
    target,
    buildArgs: buildArg,
    ignoreRun,
    contexts: Object.fromEntries(
      Object.entries(buildContext).map(([each, value]) => [each, absoluteContext(value, cwd)]),
    ),
    tags,
    labels,
    annotations,
    created,
    platforms: platforms as readonly string[] | undefined,
  });
}

/** Folders are the user's, relative to where the command runs. */
function absoluteContext(value: string, cwd: string): string {
  const [, scheme, rest = ""] = /^([a-z][a-z0-9+-]*:\/\/)(.*)$/i.exec(value) ?? [];
  if (scheme === undefined) return resolve(cwd, value);
  return scheme === "oci-layout://" ? scheme + resolve(cwd, rest) : value;
}

function usage(message: string): GantryError {
  return new GantryError("ERR_GANTRY_USAGE", message);
}
