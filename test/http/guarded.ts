import type { TestContext } from "node:test";
import { createRegistry } from "../../src/server/registry.js";
import { startFront, type Fault, type Front, type Seen } from "../support/fault-registry.js";
import { startTokenServer, type TokenServer, type TokenServerOptions } from "../support/token-server.js";

const users = {
  "": { password: "", grants: { public: ["pull"] } },
  ali: { password: "canary-secret", grants: { "*": ["pull", "push"] } },
};
/** What the user of `guarded` gives. */
export const ali = () => ({ username: "ali", password: "canary-secret" });

/** The embedded registry behind a front that asks for tokens of `tokens`. */
export async function guarded(
  t: TestContext,
  options: Partial<TokenServerOptions> = {},
  intercept: (request: Seen, tokens: TokenServer) => Fault | undefined = () => undefined,
): Promise<{ proxy: Front; tokens: TokenServer }> {
  const tokens = await startTokenServer({ users, lifetime: 300, ...options });
  t.after(() => tokens.close());
  const registry = await createRegistry();
  t.after(() => registry.close());
  const proxy = await startFront(
    t,
    registry.host,
    (request) => intercept(request, tokens) ?? deny(request, tokens),
  );
  return { proxy, tokens };
}

function deny({ method, path, headers }: Seen, tokens: TokenServer): Fault | undefined {
  const authorization = headers["authorization"] as string | undefined;
  const [, repository] = /^\/v2\/(.+)\/(?:blobs|manifests)\//.exec(path) ?? [];
  if (repository === undefined) {
    return authorization === undefined
      ? { status: 401, headers: { "www-authenticate": tokens.challenge() } }
      : undefined;
  }
  const from = new URL(path, "http://x").searchParams.get("from");
  const scopes = [
    `repository:${repository}:${method === "GET" || method === "HEAD" ? "pull" : "pull,push"}`,
    ...(from === null ? [] : [`repository:${from}:pull`]),
  ];
  if (scopes.every((scope) => tokens.allows(authorization, scope))) return undefined;
  return {
    status: 401,
    headers: {
      "www-authenticate": `${tokens.challenge(scopes.join(" "))}${authorization === undefined ? "" : ',error="insufficient_scope"'}`,
    },
  };
}
