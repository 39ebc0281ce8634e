import { basename, resolve } from "node:path";
import type { BuildRequest } from "../../index.js";
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
  }: { readonly terminal: Pick<Terminal, "system">; readonly api: Api; readonly tags: readonly string[] },
): Promise<readonly BuildRequest[]> {
  const root = resolve(terminal.system.cwd, context);
  const overrides = requestOf(flags, tags, api);
  if (flags.base !== undefined) {
    const misplaced =
      flags.config === undefined ? (flags.only === undefined ? undefined : "--only") : "--config";
    if (misplaced !== undefined)
      throw usage(`--base makes the flags the whole request, so ${misplaced} has no meaning with it`);
    return [{ name: nameOf(overrides.tags?.[0], root), ...overrides, base: flags.base, filesBase: root }];
  }
  const { path, requests } = await readSpec(root, flags, terminal, api);
  const selected = select(requests, flags.only, path);
  if (Object.keys(overrides).length === 0) return selected;
  const [request, ...others] = selected;
  if (request === undefined || others.length > 0) throw ambiguous(flags, selected);
  return [applyOver(request, overrides, root)];
}

/** The fields of a request that flags give; a field without a flag is absent. */
function requestOf(flags: BuildFlags, tags: readonly string[], api: Api): BuildRequest {
  const all = [...(flags.tag ?? []), ...tags];
  return withoutUndefined({
    tags: all.length === 0 ? undefined : all,
    platforms: flags.platform,
    layers: flags.add?.map((text) => readAdd(text, api)),
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

function readAdd(text: string, { parseAdd }: Api): Layer {
  try {
    return parseAdd(text);
  } catch (error) {
    if (error instanceof GantryError) error.message = `--add ${text}: ${error.message}`;
    throw error;
  }
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

/** Records are merged by key, layers come after the spec's, any other field is replaced. */
function applyOver(request: BuildRequest, overrides: BuildRequest, root: string): BuildRequest {
  return {
    ...request,
    ...overrides,
    ...merged("env", request, overrides),
    ...merged("labels", request, overrides),
    ...merged("annotations", request, overrides),
    ...(overrides.platforms === undefined
      ? {}
      : { platforms: choosePlatforms(request.platforms, overrides.platforms) }),
    ...(overrides.layers === undefined
      ? {}
      : {
          layers: [
            ...(request.layers ?? []),
            ...overrides.layers.map((layer) => inContext(layer, request, root)),
          ],
        }),
  };
}

function merged<K extends "env" | "labels" | "annotations">(
  key: K,
  request: BuildRequest,
  overrides: BuildRequest,
) {
  return overrides[key] === undefined ? {} : { [key]: { ...request[key], ...overrides[key] } };
}

/** The platforms that the flag names, each with the overrides that the spec has for it. */
function choosePlatforms(
  spec: BuildRequest["platforms"],
  wanted: BuildRequest["platforms"],
): NonNullable<BuildRequest["platforms"]> {
  const names = wanted as readonly string[];
  if (spec === undefined || Array.isArray(spec)) return names;
  const overrides = spec as Readonly<Record<string, object>>;
  return Object.fromEntries(
    names.map((name) => [name, overrides[name] ?? overrides[`linux/${name}`] ?? {}]),
  ) as NonNullable<BuildRequest["platforms"]>;
}

type Layer = NonNullable<BuildRequest["layers"]>[number];

/** `--add` means the context folder; where the spec's files start elsewhere its sources are made absolute. */
function inContext(layer: Layer, { filesBase }: BuildRequest, root: string): Layer {
  if (filesBase === undefined || resolve(filesBase) === root) return layer;
  const files = Object.entries(layer.files).map(([destination, file]) => {
    if (typeof file === "string") return [destination, resolve(root, file)];
    return [
      destination,
      "source" in file && file.source !== undefined ? { ...file, source: resolve(root, file.source) } : file,
    ];
  });
  return { ...layer, files: Object.fromEntries(files) as Layer["files"] };
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
