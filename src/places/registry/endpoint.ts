import { isLoopbackHost } from "../../http/addresses.js";
import { TransportFailure } from "../../http/errors.js";
import type { Send } from "../../http/send.js";

/** Whether the user allowed plain http and unverified certificates for a registry: by its name, or its host for any port. */
export function isInsecure(registry: string, insecure: readonly string[]): boolean {
  return insecure.includes(registry) || insecure.includes(registry.replace(/:\d+$/, ""));
}

/**
 * The origin a registry is spoken to at. Docker Hub's host is not its name; settings decide; loopback registries speak
 * http; one the
 * user called insecure is asked for https first, whose certificate is then not checked, and http is used where that fails.
 */
export async function resolveEndpoint(
  registry: string,
  {
    insecure,
    scheme,
    send,
    signal,
  }: {
    readonly insecure: readonly string[];
    /** What the user's settings say. */
    readonly scheme?: "http" | "https" | undefined;
    readonly send: Send;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<URL> {
  if (registry === "docker.io") return new URL("https://registry-1.docker.io");
  if (scheme !== undefined) return new URL(`${scheme}://${registry}`);
  if (isLoopbackHost(registry)) return new URL(`http://${registry}`);
  const https = new URL(`https://${registry}`);
  if (!isInsecure(registry, insecure)) return https;
  try {
    const response = await send({ method: "GET", url: new URL("/v2/", https), lane: "control", signal });
    response.discard();
    return https;
  } catch (error) {
    if (!(error instanceof TransportFailure)) throw error;
    return new URL(`http://${registry}`);
  }
}
