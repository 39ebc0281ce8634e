import { eraseCredentials, saveCredentials } from "../http/credentials-store.js";
import { verifyCredentials } from "../places/registry/login.js";
import { networkOptions } from "../build/workspace.js";
import { nodeSystem } from "../system.js";
import type { CommonOptions } from "../build/options.js";

export interface LoginOptions extends CommonOptions {
  /** "docker.io", "ghcr.io", "localhost:5000". */
  readonly registry: string;
  readonly username: string;
  readonly password: string;
}

export interface LoginResult {
  /** Where the credentials are now: a file or a credential helper. */
  readonly storedIn: string;
  /** False where the registry asked for no credentials, so that they could not be checked. */
  readonly checked: boolean;
}

/**
 * Checks credentials with the registry and keeps them where docker does, or in `authFile`, as podman's `--authfile`.
 * Throws ERR_GANTRY_UNAUTHORIZED, having kept nothing.
 */
export async function login({
  registry,
  username,
  password,
  ...options
}: LoginOptions): Promise<LoginResult> {
  const { system = nodeSystem(), authFile, signal, onEvent } = options;
  const checked = await verifyCredentials(
    { registry, username, password, ...networkOptions(options), system },
    { signal, onEvent },
  );
  const storedIn = await saveCredentials({ registry, username, password, system, authFile, signal });
  return { storedIn, checked };
}

/** Forgets a registry's credentials where docker keeps them, or in `authFile`; false where none were kept. */
export async function logout(
  registry: string,
  { system = nodeSystem(), authFile, signal }: CommonOptions = {},
): Promise<boolean> {
  return eraseCredentials({ registry, system, authFile, signal });
}
