import type { System } from "../system.js";
import { createConfigReader, type ConfigReader } from "./credential-files.js";
import type { CredentialHelper } from "./credential-helper.js";

/** What proves who the user is, and where it came from (a file, a variable: shown in messages, unlike the secret). */
export type Credential = { readonly source: string } & (
  | { readonly type: "password"; readonly username: string; readonly password: string }
  | {
      readonly type: "identity-token";
      readonly token: string;
      /** Kept beside the token by some tools, for token servers that know no OAuth. */
      readonly password?: { readonly username: string; readonly password: string };
    }
  | { readonly type: "registry-token"; readonly token: string }
);

/** What was found; `notes` tell of sources that could not be asked. */
export interface CredentialLookup {
  readonly credential?: Credential;
  readonly notes: readonly string[];
}

/** Looks for the credentials of a registry, or of one repository of it. */
export type FindCredential = (registry: string, repository?: string) => Promise<CredentialLookup>;

/** Credentials given by the caller rather than found: asked before everything else. */
export type GivenCredentials = (
  registry: string,
) =>
  | { readonly username: string; readonly password: string }
  | undefined
  | Promise<{ readonly username: string; readonly password: string } | undefined>;

export interface CredentialOptions {
  readonly system: System;
  readonly given?: GivenCredentials | undefined;
  /** A file in docker's or podman's form that must exist. */
  readonly authFile?: string | undefined;
  readonly helper?: CredentialHelper | undefined;
  /** Ends the helpers that are running. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Finds credentials in this order: given; the auth file; `REGISTRY_AUTH_FILE`; `DOCKER_AUTH_CONFIG`; docker's config
 * file; podman's files; `GITHUB_TOKEN` for ghcr.io. A source without an entry for the registry is passed over. Files
 * are read and helpers run once. Throws ERR_GANTRY_CREDENTIALS for a file that cannot be read.
 */
export function findCredentials({
  system,
  given,
  authFile,
  helper,
  signal,
}: CredentialOptions): FindCredential {
  const config = createConfigReader({ system, helper, signal });
  const sources = [
    async (registry: string) => named(await given?.(registry), "the caller"),
    ...configSources(config, { system, authFile }),
    async (registry: string) => githubToken(registry, system),
  ];
  return async (registry, repository) => {
    const notes: string[] = [];
    for (const source of sources) {
      const found = await source(registry, repository);
      notes.push(...found.notes);
      if (found.credential !== undefined) return { credential: found.credential, notes };
    }
    return { notes };
  };
}

function configSources(
  config: ConfigReader,
  { system, authFile }: { readonly system: System; readonly authFile: string | undefined },
): FindCredential[] {
  const file = (path: string | undefined, mustExist: boolean): FindCredential[] =>
    path === undefined || path === ""
      ? []
      : [(registry, repository) => config.file(path, { mustExist, registry, repository })];
  return [
    ...file(authFile, true),
    ...file(system.env["REGISTRY_AUTH_FILE"], true),
    (registry, repository) => config.variable("DOCKER_AUTH_CONFIG", { registry, repository }),
    ...file(dockerConfigPath(system), false),
    ...podmanFiles(system).flatMap((path) => file(path, false)),
  ];
}

/** Where docker keeps its configuration: `$DOCKER_CONFIG/config.json`, else `~/.docker/config.json`. */
export function dockerConfigPath({ env, home }: System): string {
  return `${env["DOCKER_CONFIG"] || `${home}/.docker`}/config.json`;
}

function podmanFiles({ env, home }: System): string[] {
  const runtime = env["XDG_RUNTIME_DIR"];
  return [
    ...(runtime === undefined || runtime === "" ? [] : [`${runtime}/containers/auth.json`]),
    `${env["XDG_CONFIG_HOME"] || `${home}/.config`}/containers/auth.json`,
  ];
}

function named(
  found: { readonly username: string; readonly password: string } | undefined,
  source: string,
): CredentialLookup {
  if (found === undefined) return { notes: [] };
  return {
    credential: { type: "password", username: found.username, password: found.password, source },
    notes: [],
  };
}

function githubToken(registry: string, { env }: System): CredentialLookup {
  const password = env["GITHUB_TOKEN"];
  if (registry !== "ghcr.io" || password === undefined || password === "") return { notes: [] };
  return named({ username: env["GITHUB_ACTOR"] || "unset", password }, "GITHUB_TOKEN");
}
