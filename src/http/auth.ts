import type { Challenge } from "./challenge.js";
import { selectChallenge } from "./challenge.js";
import type { Credential, CredentialLookup, FindCredential } from "./credentials.js";
import type { HttpRequest, Middleware, Send } from "./send.js";
import { fetchToken, type Token } from "./token.js";

export interface Authenticator {
  readonly middleware: Middleware;
  /** What the user can do about a refusal: which credentials were tried, or how to log in. */
  advise(request: Pick<HttpRequest, "scopes">): Promise<string>;
}

/**
 * Answers one registry's challenges. Credentials are looked up when the registry first asks for them and are sent to
 * its origin, and to the token server it names, alone. Tokens are kept for each set of scopes and fetched once however
 * many requests wait for one.
 */
export function authenticate(
  registry: { readonly name: string; readonly url: URL },
  options: { readonly find: FindCredential; readonly send: Send; readonly monotonic: () => number },
): Authenticator {
  let challenge: Challenge | undefined;
  let warned = false;
  const lookups = new Map<string, Promise<CredentialLookup>>();
  const tokens = createTokenCache(options.monotonic);

  const lookup = (request: Pick<HttpRequest, "scopes">): Promise<CredentialLookup> => {
    const repository = repositoryOf(request.scopes?.[0]);
    const key = repository ?? "";
    if (!lookups.has(key)) lookups.set(key, options.find(registry.name, repository));
    return lookups.get(key)!;
  };
  const authorize = async (request: HttpRequest): Promise<string | undefined> => {
    if (challenge === undefined) return undefined;
    const { credential } = await lookup(request);
    if (challenge.scheme === "basic") return basic(credential);
    if (credential?.type === "registry-token") return `Bearer ${credential.token}`;
    const scopes = request.scopes ?? [];
    const about = {
      registry,
      challenge,
      scopes,
      credential,
      send: options.send,
      onEvent: warned ? undefined : request.onEvent,
    };
    warned = true;
    const token = await tokens.get(scopeKey(scopes), () => fetchToken(about), request.signal);
    return `Bearer ${token}`;
  };

  const middleware: Middleware = (next) => async (request) => {
    if (request.url.origin !== registry.url.origin) return next(request);
    const first = await authorize(request);
    const response = await next(withAuthorization(request, first));
    if (response.status !== 401) return response;
    challenge = selectChallenge(response.headers["www-authenticate"]) ?? challenge;
    await tokens.drop(scopeKey(request.scopes ?? []), first);
    if (challenge === undefined || request.body?.replayable === false) return response;
    const wider = widen(request, challenge);
    const second = await authorize(wider);
    if (second === undefined || second === first) return response;
    response.discard();
    return next(withAuthorization(wider, second));
  };
  return { middleware, advise: async (request) => advice(registry.name, await lookup(request)) };
}

function withAuthorization(request: HttpRequest, authorization: string | undefined): HttpRequest {
  return authorization === undefined
    ? request
    : { ...request, headers: { ...request.headers, authorization } };
}

function basic(credential: Credential | undefined): string | undefined {
  if (credential?.type !== "password") return undefined;
  return `Basic ${Buffer.from(`${credential.username}:${credential.password}`).toString("base64")}`;
}

/** The request with the scope that the registry itself asks for, so that a second refusal is final. */
function widen(request: HttpRequest, { parameters: { scope } }: Challenge): HttpRequest {
  const asked = scope?.split(" ").filter((part) => part !== "") ?? [];
  const missing = asked.filter((part) => !(request.scopes ?? []).some((held) => covers(held, part)));
  return missing.length === 0 ? request : { ...request, scopes: [...(request.scopes ?? []), ...missing] };
}

/** Whether `repository:app:pull,push` already holds all of `repository:app:pull`. */
function covers(held: string, asked: string): boolean {
  const [name, actions] = splitScope(held);
  const [askedName, askedActions] = splitScope(asked);
  return name === askedName && askedActions.every((action) => actions.includes(action));
}

function splitScope(scope: string): readonly [string, readonly string[]] {
  const end = scope.lastIndexOf(":");
  return [scope.slice(0, end), scope.slice(end + 1).split(",")];
}

function repositoryOf(scope: string | undefined): string | undefined {
  return scope?.startsWith("repository:") === true
    ? scope.slice("repository:".length, scope.lastIndexOf(":"))
    : undefined;
}

function scopeKey(scopes: readonly string[]): string {
  return [...scopes].sort().join(" ");
}

interface TokenCache {
  get(key: string, fetch: () => Promise<Token>, signal?: AbortSignal): Promise<string>;
  /** Forgets the token that was refused, unless another has taken its place. */
  drop(key: string, authorization: string | undefined): Promise<void>;
}

/** Tokens by scopes; one is fetched anew before its last 20 % (of long ones, 30 s) begins, counted from its receipt. */
function createTokenCache(monotonic: () => number): TokenCache {
  const flights = new Map<string, Promise<Token & { readonly until: number }>>();
  const begin = (key: string, fetch: () => Promise<Token>) => {
    const flight = fetch().then((token) => {
      const margin = token.lifetime > 60_000 ? Math.max(30_000, token.lifetime / 5) : token.lifetime / 5;
      return { ...token, until: monotonic() + token.lifetime - margin };
    });
    flights.set(key, flight);
    flight.catch(() => flights.delete(key));
    return flight;
  };
  return {
    async get(key, fetch, signal) {
      const held = flights.get(key);
      const token = await abortable(held ?? begin(key, fetch), signal);
      if (held === undefined || token.until > monotonic()) return token.value;
      const renewed = flights.get(key) === held ? begin(key, fetch) : (flights.get(key) ?? begin(key, fetch));
      return (await abortable(renewed, signal)).value;
    },
    async drop(key, authorization) {
      const flight = flights.get(key);
      const held = await flight?.catch(() => undefined);
      if (held !== undefined && `Bearer ${held.value}` === authorization && flights.get(key) === flight)
        flights.delete(key);
    },
  };
}

/** A flight is shared: the one who gives up leaves, the others still get the token. */
function abortable<T>(flight: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return flight;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason as Error);
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    flight.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

function advice(registry: string, { credential, notes }: CredentialLookup): string {
  const tried =
    credential === undefined
      ? `no credentials for ${registry} were found; log in with "gantry login ${registry}"`
      : `the credentials are those of ${credential.source}; check that they are right and allow this`;
  return [tried, ...notes].join("; ");
}
