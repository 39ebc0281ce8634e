import { abortable, SingleFlight } from "../concurrency.js";
import type { OnEvent } from "../model/events.js";
import { logInAdvice, publicAdvice } from "./advice.js";
import type { Challenge } from "./challenge.js";
import { selectChallenge } from "./challenge.js";
import type { CredentialLookup, FindCredential } from "./credentials.js";
import { createPasswordTrial } from "./password-trial.js";
import { basicToken, createRedactor, secretsOf } from "./redact.js";
import type { HttpRequest, Middleware, Send } from "./send.js";
import { createTokenCache } from "./token-cache.js";
import { fetchToken } from "./token.js";

export interface Authenticator {
  readonly middleware: Middleware;
  /** What the user can do about a refusal: which credentials were tried, or how to log in. */
  advise(request: Pick<HttpRequest, "scopes">): Promise<string>;
}

/**
 * Answers one registry's challenges. Credentials are looked up when the registry first asks for them and are sent to
 * its origin, and to the token server it names, alone. Tokens are kept for each set of scopes and fetched once however
 * many requests wait for one. What the registry says about a refusal comes back without the secrets it was sent.
 */
export function authenticate(
  registry: { readonly name: string; readonly url: URL },
  options: { readonly find: FindCredential; readonly send: Send; readonly monotonic: () => number },
): Authenticator {
  let challenge: Challenge | undefined;
  const lookups = new SingleFlight<string, CredentialLookup>();
  const tokens = createTokenCache(options.monotonic);
  const redactor = createRedactor();
  const tried = createPasswordTrial();
  const tellOnce = onceByMessage();

  const lookup = async (request: Pick<HttpRequest, "scopes" | "signal">): Promise<CredentialLookup> => {
    const repository = repositoryOf(request);
    const found = lookups.get(repository ?? "", () => options.find(registry.name, repository));
    const result = await abortable(found, request.signal);
    redactor.add(...secretsOf(result.credential));
    return result;
  };
  const authorize = async (request: HttpRequest): Promise<string | undefined> => {
    if (challenge === undefined) return undefined;
    const { credential, notes } = await lookup(request);
    const onEvent = tellOnce(request.onEvent);
    for (const message of notes) onEvent?.({ type: "warning", code: "credentials-source", message });
    if (challenge.scheme === "basic")
      return credential?.type === "password" ? `Basic ${basicToken(credential)}` : undefined;
    if (credential?.type === "registry-token") return `Bearer ${credential.token}`;
    const scopes = request.scopes ?? [];
    const about = { registry, challenge, scopes, credential, send: options.send, redactor, onEvent };
    const token = await tokens.get(scopeKey(scopes), () => fetchToken(about), request.signal);
    redactor.add(token);
    return `Bearer ${token}`;
  };
  const send = async (next: Send, request: HttpRequest, authorization: string | undefined) => {
    const ready = withAuthorization(request, authorization);
    if (authorization?.startsWith("Basic ") !== true) return redactor.clean(await next(ready));
    const response = await tried(repositoryOf(request) ?? "", () => next(ready));
    return redactor.clean(response ?? (await next(request)));
  };

  const middleware: Middleware = (next) => async (request) => {
    // A guard tells that a reply led here: elsewhere, or back from there, where nobody may send our credentials.
    if (request.url.origin !== registry.url.origin || request.guard !== undefined) return next(request);
    const first = await authorize(request);
    const response = await send(next, request, first);
    if (response.status !== 401) return response;
    challenge = selectChallenge(response.headers["www-authenticate"]) ?? challenge;
    await tokens.drop(scopeKey(request.scopes ?? []), first);
    if (challenge === undefined || request.body?.replayable === false) return response;
    const wider = widen(request, challenge);
    const second = await authorize(wider);
    if (second === undefined || second === first) return response;
    response.discard();
    return send(next, wider, second);
  };
  return {
    middleware,
    advise: async (request) => advice(registry.name, await lookup(request), request.scopes ?? []),
  };
}

/** A listener that passes each message on once. */
function onceByMessage(): (onEvent: OnEvent | undefined) => OnEvent | undefined {
  const told = new Set<string>();
  return (onEvent) =>
    onEvent === undefined
      ? undefined
      : (event) => {
          if (event.type === "warning" && told.has(event.message)) return;
          if (event.type === "warning") told.add(event.message);
          onEvent(event);
        };
}

function withAuthorization(request: HttpRequest, authorization: string | undefined): HttpRequest {
  return authorization === undefined
    ? request
    : { ...request, headers: { ...request.headers, authorization } };
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

function repositoryOf({ scopes }: Pick<HttpRequest, "scopes">): string | undefined {
  const scope = scopes?.[0];
  return scope?.startsWith("repository:") === true
    ? scope.slice("repository:".length, scope.lastIndexOf(":"))
    : undefined;
}

function scopeKey(scopes: readonly string[]): string {
  return [...scopes].sort().join(" ");
}

function advice(
  registry: string,
  { credential, notes }: CredentialLookup,
  scopes: readonly string[],
): string {
  const tried =
    credential === undefined
      ? logInAdvice(registry)
      : `the credentials are those of ${credential.source}; check that they are right and allow this${publicAdvice(registry, scopes)}`;
  return [tried, ...notes].join("; ");
}
