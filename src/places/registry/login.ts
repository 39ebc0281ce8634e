import type { HttpRequest } from "../../http/send.js";
import type { IoOptions } from "../../model/events.js";
import { notRegistry } from "./host.js";
import { openRegistrySession, type RegistrySessionOptions } from "./session.js";

/**
 * Makes sure that a registry accepts a user name and password, by its `/v2/`. False where it asks for none. Throws
 * ERR_GANTRY_UNAUTHORIZED where it refuses them.
 */
export async function verifyCredentials(
  {
    registry,
    username,
    password,
    ...options
  }: Omit<RegistrySessionOptions, "credentials"> & {
    readonly registry: string;
    readonly username: string;
    readonly password: string;
  },
  io: IoOptions = {},
): Promise<boolean> {
  let asked = false;
  const credentials = () => {
    asked = true;
    return { username, password };
  };
  const session = openRegistrySession({ ...options, credentials });
  try {
    const host = await session.open(registry, io);
    const request: HttpRequest = { method: "GET", url: host.at(""), lane: "control", ...io };
    const reply = await host.call(request);
    if (reply.status !== 200) throw await host.refusal(reply, request);
    if (
      reply.headers["docker-distribution-api-version"] === undefined &&
      (reply.headers["content-type"] ?? "").includes("html")
    ) {
      throw notRegistry(host, "its /v2/ is a web page");
    }
    return asked;
  } finally {
    await session.close();
  }
}
