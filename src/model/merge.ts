import { posix } from "node:path";
import { GantryError } from "../errors.js";
import { orderConfig } from "./config.js";
import { checkHealthcheck, checkStopSignal, checkUser, checkVolume, parsePorts } from "./settings.js";
import { normalizePlatform } from "./platform.js";
import { quote } from "./quote.js";
import type { HealthcheckConfig, HistoryEntry, ImageConfig, Platform, RuntimeConfig } from "./oci.js";

/** What a request changes in its base's configuration. A field that is not there leaves the base's as it is. */
export interface ConfigChange {
  /** Replaced by key in place, new ones behind. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** "name", "uid", "name:group", "uid:gid". */
  readonly user?: string | undefined;
  /** A relative one is joined to the base's. */
  readonly workdir?: string | undefined;
  /** Clears the base's cmd, unless `cmd` is given too; `[]` clears the base's entrypoint. */
  readonly entrypoint?: readonly string[] | undefined;
  /** `[]` clears the base's. */
  readonly cmd?: readonly string[] | undefined;
  /** "8080", "53/udp", "8000-8010"; united with the base's. */
  readonly exposedPorts?: readonly string[] | undefined;
  /** Absolute paths; united with the base's. */
  readonly volumes?: readonly string[] | undefined;
  /** "SIGTERM", "TERM", "15". */
  readonly stopSignal?: string | undefined;
  readonly healthcheck?: HealthcheckConfig | undefined;
}

export interface MergedConfig {
  /** Complete but for the new layers: `rootfs` and `history` are the base's own. */
  readonly config: ImageConfig;
  /** One line for each change as docker's history writes it: ENV, LABEL, USER, WORKDIR, EXPOSE, VOLUME, STOPSIGNAL, HEALTHCHECK, ENTRYPOINT, CMD. */
  readonly changes: readonly string[];
  /** What the user should know, one sentence each. */
  readonly warnings: readonly string[];
}

/**
 * The base's configuration with the changes applied by docker's rules. The platform is always the requested one and
 * `created` (RFC 3339) the given one; unknown fields of the base are kept; ONBUILD is dropped with a warning. Keys are
 * in `orderConfig`'s order. Throws ERR_GANTRY_SPEC_INVALID naming the field, ERR_GANTRY_MANIFEST_INVALID for a base
 * whose history tells of more layers than it has.
 */
export function mergeConfig(
  base: ImageConfig | undefined,
  change: ConfigChange,
  { platform, created }: { readonly platform: Platform; readonly created: string },
): MergedConfig {
  const { OnBuild: triggers = [], ...inherited } = base?.config ?? {};
  const runtime = mergeRuntime(inherited, change);
  const config = orderConfig({
    ...inheritedFields(base, platform),
    ...normalizePlatform(platform),
    created,
    config: runtime,
    rootfs: base?.rootfs ?? { type: "layers", diff_ids: [] },
    history: paddedHistory(base, created),
  });
  return { config, changes: describe(change, runtime), warnings: onBuildWarnings(triggers) };
}

/** What the base says beyond its platform; the version of its system stays where the system does. */
function inheritedFields(
  base: ImageConfig | undefined,
  platform: Platform,
): Readonly<Record<string, unknown>> {
  const ofPlatform = ["architecture", "os", "variant"];
  const ofSystem = base?.os === platform.os ? [] : ["os.version", "os.features"];
  const dropped = [...ofPlatform, ...ofSystem, ...ofThatBuild];
  return Object.fromEntries(Object.entries(base ?? {}).filter(([key]) => !dropped.includes(key)));
}

/** What docker and BuildKit write about the build of that very image; it would be wrong about this one. */
const ofThatBuild = [
  ...["container", "container_config", "docker_version"],
  ...["moby.buildkit.cache.v0", "moby.buildkit.buildinfo.v1"],
];

function mergeRuntime(inherited: RuntimeConfig, change: ConfigChange): RuntimeConfig {
  const { Entrypoint, Cmd, ...rest } = inherited;
  const { entrypoint, cmd } = change;
  const keptCmd = entrypoint === undefined ? Cmd : undefined;
  return {
    ...rest,
    ...(change.env === undefined ? {} : { Env: mergeEnv(inherited.Env ?? [], change.env) }),
    ...(change.labels === undefined ? {} : { Labels: mergeLabels(inherited.Labels, change.labels) }),
    ...(change.user === undefined ? {} : { User: checkUser(change.user) }),
    ...(change.workdir === undefined
      ? {}
      : { WorkingDir: joinWorkdir(inherited.WorkingDir, change.workdir) }),
    ...(change.exposedPorts === undefined
      ? {}
      : { ExposedPorts: unite(inherited.ExposedPorts, change.exposedPorts.flatMap(parsePorts)) }),
    ...(change.volumes === undefined
      ? {}
      : { Volumes: unite(inherited.Volumes, change.volumes.map(checkVolume)) }),
    ...(change.stopSignal === undefined ? {} : { StopSignal: checkStopSignal(change.stopSignal) }),
    ...(change.healthcheck === undefined ? {} : { Healthcheck: checkHealthcheck(change.healthcheck) }),
    ...nonEmpty("Entrypoint", entrypoint ?? Entrypoint),
    ...nonEmpty("Cmd", cmd ?? keptCmd),
  };
}

/** An empty command and none are the same to every engine; none is written. */
function nonEmpty<K extends string>(
  key: K,
  words: readonly string[] | null | undefined,
): { readonly [key in K]?: readonly string[] } {
  if (words === undefined || words === null || words.length === 0) return {};
  for (const word of words) refuseNul(word, key.toLowerCase());
  return { [key]: words } as { readonly [key in K]?: readonly string[] };
}

function mergeEnv(base: readonly string[], changes: Readonly<Record<string, string>>): readonly string[] {
  const pending = new Map(Object.entries(changes));
  for (const [key, value] of pending) checkVariable(key, value);
  const replaced = base.flatMap((line) => {
    const key = line.split("=", 1)[0]!;
    if (!Object.hasOwn(changes, key)) return [line];
    const value = pending.get(key);
    pending.delete(key);
    return value === undefined ? [] : [`${key}=${value}`];
  });
  return [...replaced, ...[...pending].map(([key, value]) => `${key}=${value}`)];
}

function checkVariable(key: string, value: string): void {
  refuseNul(`${key}${value}`, `env ${quote(key)}`);
  if (key !== "" && !key.includes("=")) return;
  throw new GantryError(
    "ERR_GANTRY_SPEC_INVALID",
    `env ${quote(key)} is no name of a variable: expected one or more characters without "="`,
  );
}

function refuseNul(text: string, field: string): void {
  if (text.includes("\0"))
    throw new GantryError(
      "ERR_GANTRY_SPEC_INVALID",
      `${field} has a NUL character, which no program can be given`,
    );
}

function mergeLabels(
  base: RuntimeConfig["Labels"],
  changes: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  if (Object.hasOwn(changes, ""))
    throw new GantryError("ERR_GANTRY_SPEC_INVALID", "labels has an empty key: expected a name");
  return { ...base, ...changes };
}

/** Absolute folders are kept as written, as docker does. */
function joinWorkdir(base: string | undefined, workdir: string): string {
  if (workdir === "")
    throw new GantryError(
      "ERR_GANTRY_SPEC_INVALID",
      'workdir is empty: expected a folder of the image, for example "/app"',
    );
  refuseNul(workdir, "workdir");
  if (workdir.startsWith("/")) return workdir;
  const joined = posix.join("/", base ?? "", workdir);
  return joined === "/" ? joined : joined.replace(/\/$/, "");
}

function unite(
  base: Readonly<Record<string, object>> | undefined,
  keys: readonly string[],
): Readonly<Record<string, object>> {
  return { ...base, ...Object.fromEntries(keys.map((key) => [key, {}])) };
}

/** Entries with a layer are made as many as there are layers: tools walk the two lists side by side. */
function paddedHistory(base: ImageConfig | undefined, created: string): readonly HistoryEntry[] {
  const history = base?.history ?? [];
  const layers = base?.rootfs.diff_ids.length ?? 0;
  const told = history.filter((entry) => entry.empty_layer !== true).length;
  if (told > layers) {
    throw new GantryError(
      "ERR_GANTRY_MANIFEST_INVALID",
      `the base image's history tells of ${told} layers, but it has ${layers}: its configuration is broken, use another base or build it again`,
    );
  }
  const missing = { created, comment: "the base image has no history of this layer" };
  return [...history, ...Array.from({ length: layers - told }, () => missing)];
}

function describe(change: ConfigChange, result: RuntimeConfig): readonly string[] {
  const words = (list: readonly string[]) => `[${list.map((word) => JSON.stringify(word)).join(" ")}]`;
  return [
    ...Object.entries(change.env ?? {}).map(([key, value]) => `ENV ${key}=${value}`),
    ...Object.entries(change.labels ?? {}).map(([key, value]) => `LABEL ${key}=${value}`),
    ...(change.user === undefined ? [] : [`USER ${change.user}`]),
    ...(change.workdir === undefined ? [] : [`WORKDIR ${result.WorkingDir}`]),
    ...listed("EXPOSE", change.exposedPorts?.flatMap(parsePorts)),
    ...listed("VOLUME", change.volumes),
    ...(change.stopSignal === undefined ? [] : [`STOPSIGNAL ${change.stopSignal}`]),
    ...(change.healthcheck === undefined ? [] : [`HEALTHCHECK ${words(change.healthcheck.Test ?? [])}`]),
    ...(change.entrypoint === undefined ? [] : [`ENTRYPOINT ${words(change.entrypoint)}`]),
    ...(change.cmd === undefined ? [] : [`CMD ${words(change.cmd)}`]),
  ];
}

function listed(instruction: string, items: readonly string[] | undefined): readonly string[] {
  return items === undefined || items.length === 0 ? [] : [`${instruction} [${items.join(" ")}]`];
}

function onBuildWarnings(triggers: readonly string[]): readonly string[] {
  if (triggers.length === 0) return [];
  const list = triggers.map((trigger) => quote(trigger)).join(", ");
  return [`the base image's ONBUILD instructions are not carried out and are dropped: ${list}`];
}
