import { readdirSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { GantryError } from "../../index.js";
import type { BuildRequest, DockerfileRequest } from "../../index.js";
import { withoutUndefined } from "../flags.js";
import { mayBeRemote } from "./elsewhere.js";
import type { BuildFlags } from "../commands/build.js";
import type { Terminal } from "../terminal.js";

/**
 * The Dockerfile to build, relative to the context: the one that -f names, else the context's own where there is no spec
 * file. With both there it must be said which.
 */
export function findDockerfile(
  root: string,
  flags: BuildFlags,
  { cwd }: Terminal["system"],
): string | undefined {
  const { file, config: given } = flags;
  if (file !== undefined) {
    if (given !== undefined) throw usage("-f and --config name two descriptions: leave one of them out");
    return relative(root, resolve(cwd, file));
  }
  if (given !== undefined) {
    refuseForSpec(flags, given);
    return undefined;
  }
  const names = namesIn(root);
  const spec = names.find((name) => /^gantry\.config\.(?:m?[jt]s|json|yaml)$/.test(name));
  // As BuildKit, which takes a dockerfile where there is no Dockerfile.
  const found = ["Dockerfile", "dockerfile"].find((name) => names.includes(name));
  if (found === undefined && spec === undefined) {
    const wanted = Object.keys(forDockerfiles).some(
      (name) => flags[name as keyof typeof forDockerfiles] !== undefined,
    );
    return wanted ? "Dockerfile" : undefined;
  }
  if (found !== undefined && spec !== undefined) {
    const [dockerfile, config] = [found, spec].map((name) => relative(cwd, join(root, name)));
    throw usage(
      `${root} has both ${found} and ${spec}: say which, with -f ${dockerfile} or --config ${config}`,
    );
  }
  if (found !== undefined) return "Dockerfile";
  refuseForSpec(flags, spec!);
  return undefined;
}

/** Flags that have a meaning with a Dockerfile alone. */
export const forDockerfiles: Readonly<
  Record<"target" | "buildArg" | "buildContext" | "runWith" | "ignoreRun" | "layers", string>
> = {
  target: "--target",
  buildArg: "--build-arg",
  buildContext: "--build-context",
  runWith: "--run-with",
  ignoreRun: "--ignore-run",
  layers: "--layers",
};

/** A misread flag would build something else than was meant. */
function refuseForSpec(flags: BuildFlags, spec: string): void {
  for (const [name, flag] of Object.entries(forDockerfiles)) {
    if (flags[name as keyof typeof forDockerfiles] !== undefined)
      throw usage(`${flag} is for a Dockerfile, and ${spec} is a spec file`);
  }
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
  dockerfile: DockerfileRequest["dockerfile"],
  {
    target,
    buildArg,
    buildContext = {},
    runWith,
    ignoreRun,
    layers,
    only,
    preserveMode,
    baseTree,
    assumeNew,
  }: BuildFlags,
  { name, overrides, cwd }: { readonly name: string; readonly overrides: BuildRequest; readonly cwd: string },
): DockerfileRequest {
  for (const [field, [flag, instruction]] of Object.entries(elsewhere)) {
    if (overrides[field as keyof typeof elsewhere] !== undefined)
      throw usage(`${flag} has no meaning with a Dockerfile: write ${instruction} in it`);
  }
  if (only !== undefined)
    throw usage("--only is for the images of a spec file: with a Dockerfile give --target");
  if (preserveMode !== undefined)
    throw usage(
      "--preserve-mode has no meaning with a Dockerfile: its files keep their modes, or COPY has --chmod",
    );
  if (baseTree !== undefined)
    throw usage(
      "--base-tree has no meaning with a Dockerfile: its base's files are read where it needs them",
    );
  if (assumeNew !== undefined)
    throw usage("--assume-new has no meaning with a Dockerfile: the base's own files say where links lead");
  const { tags, labels, annotations, created, platforms } = overrides;
  return withoutUndefined({
    name,
    dockerfile,
    target,
    buildArgs: buildArg,
    runWith,
    ignoreRun,
    squash: layers === undefined ? undefined : layers === "squash",
    contexts: Object.fromEntries(
      Object.entries(buildContext).map(([each, value]) => [
        each,
        mayBeRemote(value) ? value : absoluteContext(value, cwd),
      ]),
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
