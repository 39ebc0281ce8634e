import type { TestContext } from "node:test";
import { startFront, type Fault, type Front, type Seen } from "./fault-registry.js";
import { startLogged, type LoggedRegistry } from "./logged-registry.js";
import { startTokenServer, type TokenServer, type TokenServerOptions } from "./token-server.js";

export interface GuardedRegistry extends Pick<Front, "host" | "seen"> {
  /** What lies behind, without a guard. */
  readonly registry: LoggedRegistry;
  readonly tokens: TokenServer;
  /** Who asked the token server so far, one for each question; "" is everybody. */
  users(): readonly string[];
}

/** The embedded registry behind a front that wants tokens for every pull and push, and a token server that makes them. */
export async function startGuarded(t: TestContext, options: TokenServerOptions): Promise<GuardedRegistry> {
  const tokens = await startTokenServer({ lifetime: 300, ...options });
  t.after(() => tokens.close());
  const registry = await startLogged(t);
  const { host, seen } = await startFront(t, registry.host, (request) => deny(request, tokens));
  return { host, seen, registry, tokens, users: () => tokens.requests.map(userOf) };
}

/** The embedded registry behind a front that wants a user name and password with every request. */
export async function startBasic(
  t: TestContext,
  passwords: Readonly<Record<string, string>>,
): Promise<{ readonly host: string; readonly registry: LoggedRegistry; users(): readonly string[] }> {
  const registry = await startLogged(t);
  const users: string[] = [];
  const { host } = await startFront(t, registry.host, ({ headers }) => {
    const [user = "", password] = basicOf(headers["authorization"] as string | undefined);
    if (user !== "") users.push(user);
    if (user !== "" && passwords[user] === password) return undefined;
    return { status: 401, headers: { "www-authenticate": 'Basic realm="test"' } };
  });
  return { host, registry, users: () => users };
}

function deny({ method, path, headers }: Seen, tokens: TokenServer): Fault | undefined {
  const authorization = headers["authorization"] as string | undefined;
  const url = new URL(path, "http://registry.test");
  const [, repository] = /^\/v2\/(.+)\/(?:blobs|manifests)\//.exec(url.pathname) ?? [];
  if (repository === undefined) {
    if (authorization !== undefined) return undefined;
    return { status: 401, headers: { "www-authenticate": tokens.challenge() } };
  }
  const from = url.searchParams.get("from");
  const action = method === "GET" || method === "HEAD" ? "pull" : "pull,push";
  const scopes = [
    `repository:${repository}:${action}`,
    ...(from === null ? [] : [`repository:${from}:pull`]),
  ];
  if (scopes.every((scope) => tokens.allows(authorization, scope))) return undefined;
  return { status: 401, headers: { "www-authenticate": tokens.challenge(scopes.join(" ")) } };
}

function userOf({ authorization, parameters }: TokenServer["requests"][number]): string {
  const refresh = parameters.get("refresh_token");
  if (refresh !== null) return `${refresh} (identity token)`;
  return parameters.get("username") ?? basicOf(authorization)[0] ?? "";
}

function basicOf(authorization: string | undefined): readonly string[] {
  if (authorization === undefined) return [];
  return Buffer.from(authorization.replace(/^Basic /, ""), "base64")
    .toString()
    .split(":");
}
