import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { GantryError, during, suggest } from "../../errors.js";
import type { System } from "../../system.js";

/** How one registry is to be spoken to. */
export interface RegistrySettings {
  /** Transfers at a time in each direction. */
  readonly concurrency?: number | undefined;
  /** Bytes: larger blobs are uploaded in chunks of this size. */
  readonly chunk?: number | undefined;
  /** Who may be asked first for what is pulled from here by digest: "HOST", "HOST/PATH" or a URL. */
  readonly mirror?: readonly string[] | undefined;
  /** Whether mirrors are asked for tags too; they may be behind the times. */
  readonly mirrorTags?: boolean | undefined;
  /** True speaks http; false https, to a registry on this machine too. */
  readonly plainHttp?: boolean | undefined;
  /** Files with further authorities, in PEM form. */
  readonly ca?: readonly string[] | undefined;
  /** Files with a client certificate and its key. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** Settings by registry, as in references ("docker.io", "registry.example:5000"). */
export type RegistriesSettings = Readonly<Record<string, RegistrySettings>>;

/**
 * The settings of all registries: the given ones, or those of a file: the given one, `$GANTRY_REGISTRIES`, else
 * `gantry/registries.yaml` in the user's configuration folder, which need not be there. Throws ERR_GANTRY_USAGE for a
 * file that cannot be read or says something unknown.
 */
export async function loadSettings(
  given: RegistriesSettings | string | undefined,
  system: System,
): Promise<RegistriesSettings> {
  if (given !== undefined && typeof given !== "string") {
    return checkRegistries({ registries: given }, { file: "registries", folder: system.cwd });
  }
  const { env, home, cwd } = system;
  const named = given ?? (env["GANTRY_REGISTRIES"] || undefined);
  const usual = join(env["XDG_CONFIG_HOME"] || join(home, ".config"), "gantry", "registries.yaml");
  const file = named === undefined ? usual : resolve(cwd, named);
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (named === undefined && error.code === "ENOENT") return undefined;
    throw during(`reading ${file}`, error, "ERR_GANTRY_USAGE");
  });
  if (text === undefined) return {};
  return checkRegistries(await parse(text, file), { file, folder: dirname(file) });
}

async function parse(text: string, file: string): Promise<unknown> {
  const { parse: parseYaml } = await import("yaml");
  try {
    return parseYaml(text, { maxAliasCount: 0 }) as unknown;
  } catch (error) {
    throw new GantryError(
      "ERR_GANTRY_USAGE",
      `${file} is not YAML: ${(error as Error).message.split("\n")[0]}`,
    );
  }
}

interface Where {
  readonly file: string;
  /** Relative paths start here. */
  readonly folder: string;
}

function checkRegistries(value: unknown, where: Where): RegistriesSettings {
  if (value === null || value === undefined) return {};
  const { registries = {} } = fields(value, "", { where, known: ["registries"] });
  const byName = Object.entries(fields(registries ?? {}, "registries", { where }));
  return Object.fromEntries(
    byName.map(([name, each]) => [name, checkOne(each, `registries."${name}"`, where)]),
  );
}

function checkOne(value: unknown, at: string, where: Where): RegistrySettings {
  const known = Object.keys(checks);
  const entries = Object.entries(fields(value ?? {}, at, { where, known })).filter(
    ([, each]) => each !== undefined,
  );
  const read = entries.map(([key, each]) => {
    const { expected, take } = checks[key as keyof RegistrySettings];
    const taken = take(each, where.folder);
    if (taken === undefined) throw wrong(where, `${at}.${key}`, `expected ${expected}`);
    return [key, taken];
  });
  const settings = Object.fromEntries(read) as RegistrySettings;
  if ((settings.cert === undefined) !== (settings.key === undefined))
    throw wrong(where, at, "cert and key belong together: name both");
  return settings;
}

interface Check {
  readonly expected: string;
  /** The value as it is used, or undefined for one of another kind. */
  readonly take: (value: unknown, folder: string) => unknown;
}

const path: Check["take"] = (value, folder) =>
  typeof value === "string" && value !== "" ? resolve(folder, value) : undefined;
const list =
  (take: Check["take"]): Check["take"] =>
  (value, folder) => {
    const all = [value].flat().map((each) => take(each, folder));
    return all.includes(undefined) ? undefined : all;
  };
const flag: Check["take"] = (value) => (typeof value === "boolean" ? value : undefined);

const checks: Readonly<Record<keyof RegistrySettings, Check>> = {
  concurrency: {
    expected: "a whole number from 1 to 100",
    take: (value) =>
      Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 100 ? value : undefined,
  },
  chunk: { expected: "a size such as 16MiB, at least 64KiB", take: parseSize },
  mirror: {
    expected: "a host, HOST/PATH or a URL, or a list of them",
    take: list((value) => (typeof value === "string" && isMirror(value) ? value : undefined)),
  },
  mirrorTags: { expected: "true or false", take: flag },
  plainHttp: { expected: "true or false", take: flag },
  ca: { expected: "a file, or a list of them", take: list(path) },
  cert: { expected: "a file", take: path },
  key: { expected: "a file", take: path },
};

function isMirror(text: string): boolean {
  const url = /^https?:\/\//.test(text) ? text : `https://${text}`;
  return (
    /^\S+$/.test(text) && URL.canParse(url) && new URL(url).username === "" && new URL(url).search === ""
  );
}

const units: Readonly<Record<string, number>> = {
  "": 1,
  k: 1000,
  kib: 1024,
  m: 1e6,
  mib: 1024 ** 2,
  mb: 1e6,
  kb: 1000,
  gib: 1024 ** 3,
};

function parseSize(value: unknown): number | undefined {
  const [, digits, unit = ""] = /^(\d{1,15})\s*([a-z]*)$/i.exec(String(value)) ?? [];
  const factor = units[unit.toLowerCase()];
  if (digits === undefined || factor === undefined) return undefined;
  const size = Number(digits) * factor;
  return size >= 65_536 && Number.isSafeInteger(size) ? size : undefined;
}

function fields(
  value: unknown,
  at: string,
  { where, known }: { readonly where: Where; readonly known?: readonly string[] },
): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw wrong(where, at, "expected a table of names");
  const unknown = known === undefined ? undefined : Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined) throw wrong(where, at, `unknown key "${unknown}"${suggest(unknown, known!)}`);
  return value as Readonly<Record<string, unknown>>;
}

function wrong({ file }: Where, at: string, problem: string): GantryError {
  return new GantryError("ERR_GANTRY_USAGE", `${file}${at === "" ? "" : `, ${at}`}: ${problem}`);
}
