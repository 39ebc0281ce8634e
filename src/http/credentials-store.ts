import { mkdir, open, readlink, rename, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { GantryError } from "../errors.js";
import type { System } from "../system.js";
import { readAuthConfig, type AuthConfig } from "./credential-files.js";
import { runCredentialHelper, type CredentialHelper, type HelperVerb } from "./credential-helper.js";
import { matchKey, serverKeys } from "./credential-keys.js";
import { dockerConfigPath } from "./credentials.js";

export interface StoreOptions {
  readonly registry: string;
  readonly system: System;
  /** A file in docker's or podman's form to write to instead of docker's own; a relative path is one of the caller's folder. */
  readonly authFile?: string | undefined;
  readonly helper?: CredentialHelper | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Keeps a registry's credentials where docker does, or in the auth file: in the helper that the file names, else in the
 * file itself (mode 0600, replaced as a whole, other fields kept). Returns where they went.
 */
export async function saveCredentials({
  username,
  password,
  ...options
}: StoreOptions & { readonly username: string; readonly password: string }): Promise<string> {
  const { path, config, key, helper } = await prepare(options);
  if (helper !== undefined) {
    await tellHelper(
      options,
      helper,
      "store",
      JSON.stringify({ ServerURL: key, Username: username, Secret: password }),
    );
    await writeConfig(path, { ...config, auths: { ...config.auths, [key]: {} } }, options);
    return `docker-credential-${helper}`;
  }
  const auth = Buffer.from(`${username}:${password}`).toString("base64");
  await writeConfig(path, { ...config, auths: { ...config.auths, [key]: { auth } } }, options);
  return path;
}

/** Forgets a registry's credentials in docker's configuration or the auth file; false where none were kept there. */
export async function eraseCredentials(options: StoreOptions): Promise<boolean> {
  const { path, config, helper } = await prepare(options);
  const { registry } = options;
  const auths = { ...config.auths };
  const found = matchKey(Object.keys(auths), { registry });
  if (helper !== undefined) await tellHelper(options, helper, "erase", serverKeys(registry)[0]!);
  if (found === undefined) return helper !== undefined;
  delete auths[found];
  await writeConfig(path, { ...config, auths }, options);
  return true;
}

async function prepare({ registry, system, authFile, signal }: StoreOptions): Promise<{
  readonly path: string;
  readonly config: AuthConfig;
  readonly key: string;
  readonly helper: string | undefined;
}> {
  signal?.throwIfAborted();
  const path = authFile === undefined ? dockerConfigPath(system) : resolve(system.cwd, authFile);
  const config = (await readAuthConfig(path)) ?? {};
  signal?.throwIfAborted();
  const keys = serverKeys(registry);
  const own = keys.find((key) => Object.hasOwn(config.credHelpers ?? {}, key));
  const helper = (own === undefined ? config.credsStore : config.credHelpers![own]) || undefined;
  return { path, config, key: keys[0]!, helper };
}

async function tellHelper(
  { system, helper, signal }: StoreOptions,
  suffix: string,
  verb: HelperVerb,
  input: string,
): Promise<void> {
  const run: CredentialHelper =
    helper ??
    ((name, what, text) =>
      runCredentialHelper(name, what, { input: text, env: system.env, platform: system.platform, signal }));
  const { status, output } = await run(suffix, verb, input);
  if (status === 0 || (verb === "erase" && /not found/i.test(output))) return;
  throw new GantryError(
    "ERR_GANTRY_CREDENTIALS",
    `docker-credential-${suffix} ${verb} failed: ${output || `status ${status}`}`,
  );
}

/** Replaces the file a link points to, not the link: dotfile managers keep config.json as one. */
async function writeConfig(
  path: string,
  config: AuthConfig,
  { system, signal }: Pick<StoreOptions, "system" | "signal">,
): Promise<void> {
  signal?.throwIfAborted();
  const target = await followLinks(path);
  const temporary = `${target}.${system.token(8)}.gantry-new`;
  try {
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(`${JSON.stringify(config, null, "\t")}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new GantryError(
      "ERR_GANTRY_CREDENTIALS",
      `${path} cannot be written: ${(error as Error).message}`,
      { cause: error },
    );
  }
}

/** Where a path's links end, also where nothing is there yet: docker makes the file that its link names. */
async function followLinks(path: string): Promise<string> {
  let end = path;
  for (let links = 0; links < 40; links++) {
    const next = await readlink(end).catch(() => undefined);
    if (next === undefined) return end;
    end = resolve(dirname(end), next);
  }
  throw new GantryError("ERR_GANTRY_CREDENTIALS", `${path} cannot be written: its links lead in a circle`);
}
