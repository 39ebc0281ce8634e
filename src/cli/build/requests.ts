import { basename, resolve } from "node:path";
import { dockerfileRequest, findDockerfile, forDockerfiles } from "./dockerfile.js";
import { readElsewhere } from "./elsewhere.js";
import { applyOver } from "./apply-over.js";
import type { BuildRequest, DockerfileRequest } from "../../index.js";
import { GantryError, suggest } from "../../index.js";
import { withoutUndefined } from "../flags.js";
import type { BuildFlags } from "../commands/build.js";
import type { Api, Terminal } from "../terminal.js";

/** What to build: the flags alone with `--base`, else the spec file's images with the flags over them. */
export async function readRequests(
  context: string,
  flags: BuildFlags,
  {
    terminal,
    api,
    tags,
  }: {
    readonly terminal: Pick<Terminal, "system" | "stdin">;
    readonly api: Api;
    readonly tags: readonly string[];
  },
): Promise<readonly (BuildRequest | DockerfileRequest)[]> {
  const root = resolve(terminal.system.cwd, context);
  const overrides = requestOf(flags, tags, api);
  const elsewhere = await readElsewhere(context, flags, { terminal, api });
  if (elsewhere !== undefined)
    return [
      dockerfileRequest(elsewhere.dockerfile, flags, {
        name: nameOf(overrides.tags?.[0], elsewhere.name),
        overrides,
        cwd: terminal.system.cwd,
      }),
    ];
  if (flags.base !== undefined) {
    const [misplaced] = (
      [
        "config",
        "only",
        "file",
        "target",
        "buildArg",
        "buildContext",
        "runWith",
        "ignoreRun",
        "layers",
      ] as const
    ).filter((flag) => flags[flag] !== undefined);
    if (misplaced !== undefined)
      throw usage(
        `--base makes the flags the whole request, so ${misplacedName[misplaced]} has no meaning with it`,
      );
    return [{ name: nameOf(overrides.tags?.[0], root), ...overrides, base: flags.base, filesBase: root }];
  }
  const dockerfile = findDockerfile(root, flags, terminal.system);
  if (dockerfile !== undefined)
    return [
      dockerfileRequest(dockerfile, flags, {
        name: nameOf(overrides.tags?.[0], root),
        overrides,
        cwd: terminal.system.cwd,
      }),
    ];
  const { path, requests } = await readSpec(root, flags, terminal, api);
  const selected = select(requests, flags.only, path);
  if (Object.keys(overrides).length === 0) return selected;
  const [request, ...others] = selected;
  if (request === undefined || others.length > 0) throw ambiguous(flags, selected);
  return [applyOver(request, overrides, root)];
}

const misplacedName = {
  config: "--config",
  only: "--only",
  file: "--file",
  ...forDockerfiles,
} as const;

/** The fields of a request that flags give; a field without a flag is absent. */
function requestOf(flags: BuildFlags, tags: readonly string[], api: Api): BuildRequest {
  const all = [...(flags.tag ?? []), ...tags];
  return withoutUndefined({
    tags: all.length === 0 ? undefined : all,
    platforms: flags.platform,
    layers: flags.add?.map((text) => api.parseAdd(text)),
    env: flags.env,
    labels: flags.label,
    annotations: flags.annotation,
    user: flags.user,
    workdir: flags.workdir,
    entrypoint: flags.entrypoint,
    cmd: flags.cmd,
    ports: flags.expose,
    volumes: flags.volume,
    stopSignal: flags.stopSignal,
    created:
      flags.created !== undefined && /^\d+$/.test(flags.created) ? Number(flags.created) : flags.created,
  });
}

async function readSpec(
  root: string,
  { config }: BuildFlags,
  { system }: Pick<Terminal, "system">,
  api: Api,
) {
  try {
    return await api.loadConfig({ context: root, system, ...(config === undefined ? {} : { file: config }) });
  } catch (error) {
    if (
      error instanceof GantryError &&
      error.code === "ERR_GANTRY_SPEC_NOT_FOUND" &&
      !error.message.includes("--base")
    ) {
      error.message += "; to build from flags alone give --base (as in --base scratch)";
    }
    throw error;
  }
}

function select(
  requests: readonly BuildRequest[],
  only: readonly string[] | undefined,
  path: string,
): readonly BuildRequest[] {
  if (only === undefined) return requests;
  const names = requests.map(({ name = "" }) => name);
  for (const name of only) {
    if (names.includes(name)) continue;
    const looksLikeFolder = name === "." || name.includes("/");
    const hint = looksLikeFolder ? " (the context folder goes before --only)" : suggest(name, names);
    throw usage(
      `--only ${name}: ${basename(path)} has no image of that name${hint}; it has ${names.join(", ")}`,
    );
  }
  return requests.filter(({ name = "" }) => only.includes(name));
}

const overriding = {
  tag: "--tag",
  output: "-o name=",
  platform: "--platform",
  add: "--add",
  env: "--env",
  label: "--label",
  annotation: "--annotation",
  user: "--user",
  workdir: "--workdir",
  entrypoint: "--entrypoint",
  cmd: "--cmd",
  expose: "--expose",
  volume: "--volume",
  stopSignal: "--stop-signal",
  created: "--created",
} as const satisfies Partial<Record<keyof BuildFlags, string>>;

function ambiguous(flags: BuildFlags, selected: readonly BuildRequest[]): GantryError {
  const given = Object.entries(overriding)
    .filter(
      ([key]) =>
        flags[key as keyof BuildFlags] !== undefined && (key !== "output" || flags.tag === undefined),
    )
    .map(([, flag]) => flag);
  const names = selected.map(({ name }) => name).join(", ");
  return usage(
    `${given[0]} changes one image, but ${selected.length} are selected (${names}): choose one with --only NAME`,
  );
}

/** An image without a name is called after its first tag's repository, or after the context folder. */
function nameOf(tag: string | undefined, root: string): string {
  const repository = tag?.split("@")[0]!.split("/").at(-1)!.split(":")[0];
  const name = (repository ?? basename(root))
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, "");
  return name === "" ? "image" : name;
}

function usage(message: string): GantryError {
  return new GantryError("ERR_GANTRY_USAGE", message);
}
