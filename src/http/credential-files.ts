import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { SingleFlight } from "../concurrency.js";
import { GantryError } from "../errors.js";
import type { System } from "../system.js";
import { runCredentialHelper, type CredentialHelper } from "./credential-helper.js";
import { matchKey, serverKeys } from "./credential-keys.js";
import type { Credential, CredentialLookup } from "./credentials.js";

interface Wanted {
  readonly registry: string;
  readonly repository?: string | undefined;
}

/** Looks registries up in docker's and podman's configuration, reading each file once. */
export interface ConfigReader {
  file(path: string, wanted: Wanted & { readonly mustExist: boolean }): Promise<CredentialLookup>;
  variable(name: string, wanted: Wanted): Promise<CredentialLookup>;
}

/** The part of docker's config.json that credentials live in. */
export interface AuthConfig {
  readonly auths?: Readonly<Record<string, AuthEntry>>;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

interface AuthEntry {
  readonly auth?: string;
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
  readonly registrytoken?: string;
}

export function createConfigReader({
  system,
  signal,
  helper = (suffix, verb, input) =>
    runCredentialHelper(suffix, verb, { input, env: system.env, platform: system.platform, signal }),
}: {
  readonly system: System;
  readonly signal?: AbortSignal | undefined;
  readonly helper?: CredentialHelper | undefined;
}): ConfigReader {
  const files = new SingleFlight<string, AuthConfig | undefined>();
  const spawns = new SingleFlight<string, HelperAnswer>();
  const ask = (suffix: string, key: string) =>
    spawns.get(`${suffix} ${key}`, () => askHelper(helper, suffix, key));
  return {
    async file(path, { mustExist, ...wanted }) {
      const absolute = resolve(system.cwd, path);
      const config = await files.get(absolute, () => readAuthConfig(absolute));
      if (config !== undefined) return lookUp(config, wanted, { source: absolute, ask });
      if (mustExist)
        throw new GantryError(
          "ERR_GANTRY_CREDENTIALS",
          `${path} does not exist; it was named as the file with credentials`,
        );
      return { notes: [] };
    },
    async variable(name, wanted) {
      const text = system.env[name];
      if (text === undefined || text === "") return { notes: [] };
      return lookUp({ auths: parseAuthConfig(text, name).auths ?? {} }, wanted, { source: name, ask });
    },
  };
}

/** A configuration file, or undefined where there is none. Throws ERR_GANTRY_CREDENTIALS for anything else. */
export async function readAuthConfig(path: string): Promise<AuthConfig | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new GantryError("ERR_GANTRY_CREDENTIALS", `${path} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return text.trim() === "" ? {} : parseAuthConfig(text, path);
}

function parseAuthConfig(text: string, source: string): AuthConfig {
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which holds secrets.
    throw new GantryError(
      "ERR_GANTRY_CREDENTIALS",
      `${source} is not valid JSON; expected {"auths": {"HOST": {"auth": ...}}}`,
    );
  }
  if (typeof config !== "object" || config === null || Array.isArray(config)) {
    throw new GantryError(
      "ERR_GANTRY_CREDENTIALS",
      `${source} does not hold a JSON object; expected {"auths": {...}}`,
    );
  }
  return config;
}

type Ask = (suffix: string, key: string) => Promise<HelperAnswer>;

async function lookUp(
  config: AuthConfig,
  wanted: Wanted,
  { source, ask }: { readonly source: string; readonly ask: Ask },
): Promise<CredentialLookup> {
  const keys = serverKeys(wanted.registry);
  const notes: string[] = [];
  const helperKey = keys.find((key) => Object.hasOwn(config.credHelpers ?? {}, key));
  const helpers = helperKey === undefined ? config.credsStore : config.credHelpers![helperKey];
  if (typeof helpers === "string" && helpers !== "") {
    // The store is asked under docker's own key first, then under the bare host that other tools use.
    for (const key of helperKey === undefined ? keys.slice(0, 2) : [keys[0]!]) {
      const { found, failure } = await ask(helpers, key);
      if (failure !== undefined) notes.push(failure);
      if (found !== undefined)
        return { credential: { ...found, source: `docker-credential-${helpers} (${source})` }, notes };
      if (failure !== undefined) break;
    }
  }
  const key = matchKey(Object.keys(config.auths ?? {}), wanted);
  const credential = key === undefined ? undefined : parseEntry(config.auths![key]!, `${source}`);
  return { ...(credential === undefined ? {} : { credential }), notes };
}

/** An entry's credential; an empty entry only marks that a helper knows the registry. */
function parseEntry(entry: AuthEntry, source: string): Credential | undefined {
  if (entry.registrytoken) return { type: "registry-token", token: entry.registrytoken, source };
  if (entry.identitytoken) {
    const password = parseLogin(entry, source);
    const usable = password !== undefined && password.password !== "";
    return { type: "identity-token", token: entry.identitytoken, ...(usable ? { password } : {}), source };
  }
  const login = parseLogin(entry, source);
  return login === undefined ? undefined : { type: "password", ...login, source };
}

function parseLogin(
  entry: AuthEntry,
  source: string,
): { readonly username: string; readonly password: string } | undefined {
  if (entry.auth) {
    const text = Buffer.from(entry.auth, "base64").toString("utf8").replace(/\0+$/, "");
    const colon = text.indexOf(":");
    if (colon < 1)
      throw new GantryError(
        "ERR_GANTRY_CREDENTIALS",
        `${source} has an "auth" that is not base64 of USER:PASSWORD`,
      );
    return { username: text.slice(0, colon), password: text.slice(colon + 1) };
  }
  const { username, password } = entry;
  return username && password ? { username, password } : undefined;
}

interface HelperAnswer {
  readonly found?:
    | Omit<Extract<Credential, { type: "password" }>, "source">
    | { readonly type: "identity-token"; readonly token: string };
  readonly failure?: string;
}

async function askHelper(helper: CredentialHelper, suffix: string, key: string): Promise<HelperAnswer> {
  try {
    const { status, output } = await helper(suffix, "get", key);
    if (status !== 0)
      return /not found/i.test(output)
        ? {}
        : { failure: `docker-credential-${suffix} failed: ${spokenBy(output, status)}` };
    const answer = JSON.parse(output) as { Username?: unknown; Secret?: unknown } | null;
    const { Username: username, Secret: secret } = answer ?? {};
    if (typeof username !== "string" || typeof secret !== "string" || secret === "") return {};
    return {
      found:
        username === "<token>"
          ? { type: "identity-token", token: secret }
          : { type: "password", username, password: secret },
    };
  } catch (error) {
    const what =
      error instanceof SyntaxError ? "answered with something that is not JSON" : (error as Error).message;
    return { failure: `docker-credential-${suffix}: ${what}` };
  }
}

/** A failing helper's words; an answer in JSON that it gave before it failed holds the secret. */
function spokenBy(output: string, status: number): string {
  return output === "" || output.includes("{") ? `status ${status}` : output;
}
