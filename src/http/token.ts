import { isIP } from "node:net";
import { GantryError } from "../errors.js";
import type { OnEvent } from "../model/events.js";
import { isLoopbackHost } from "./addresses.js";
import { logInAdvice, publicAdvice } from "./advice.js";
import type { Challenge } from "./challenge.js";
import type { Credential } from "./credentials.js";
import { TransportFailure, networkError, redactUrl, statusError, type Reply } from "./errors.js";
import { readUpTo } from "./read.js";
import { basicToken, type Redactor } from "./redact.js";
import type { HttpRequest, Send } from "./send.js";

export interface Token {
  readonly value: string;
  /** Milliseconds from its receipt; the server's clock is not asked. */
  readonly lifetime: number;
}

export interface TokenRequest {
  readonly registry: { readonly name: string; readonly url: URL };
  readonly challenge: Challenge;
  readonly scopes: readonly string[];
  readonly credential: Credential | undefined;
  /** Knows the credential, and takes it out of what the token server says. */
  readonly redactor: Redactor;
  /** Must not follow redirects: credentials go nowhere but to the realm. */
  readonly send: Send;
  readonly onEvent?: OnEvent | undefined;
}

const largestAnswer = 65_536;

/**
 * Asks the token server a challenge names (distribution-spec's "token" protocol): GET with the password, or OAuth's
 * POST with an identity token; where a server knows only the other way, that one.
 */
export async function fetchToken(request: TokenRequest): Promise<Token> {
  const realm = checkRealm(request);
  const { credential } = request;
  const password = passwordOf(credential);
  const byPost = credential?.type === "identity-token";
  const ways = byPost ? [postRequest, getRequest] : [getRequest, postRequest];
  const [first, second] = ways as [typeof getRequest, typeof getRequest];
  let reply = await ask(request, first(realm, request));
  const other = byPost ? [400, 401, 404, 405] : [404, 405];
  if (other.includes(reply.status) && password !== undefined) {
    reply = await ask(request, second(realm, { ...request, credential: password }));
  }
  if (reply.status !== 200) throw refusal(reply, request);
  return parseToken(reply);
}

/** The password of a credential; docker keeps one beside an identity token, for servers that know no OAuth. */
function passwordOf(credential: Credential | undefined): Credential | undefined {
  if (credential?.type !== "identity-token" || credential.password === undefined)
    return credential?.type === "password" ? credential : undefined;
  return { type: "password", ...credential.password, source: credential.source };
}

/** The realm is the registry's word alone, so it gets credentials only over https (unless the registry itself is http). */
function checkRealm({ challenge, registry, credential, onEvent }: TokenRequest): URL {
  const { realm } = challenge.parameters;
  const refuse = (why: string) =>
    new GantryError(
      "ERR_GANTRY_UNAUTHORIZED",
      `${registry.name} names a token server that cannot be used: ${why}`,
    );
  let url: URL;
  try {
    url = new URL(realm ?? "");
  } catch {
    throw refuse("the realm of its challenge is not a URL");
  }
  if (url.protocol !== "https:" && !mayBePlain(url, { registry, credential }))
    throw refuse(`${redactUrl(url)} is not https`);
  if (url.username !== "" || url.password !== "") throw refuse(`${redactUrl(url)} holds a user name`);
  if (credential !== undefined && siteOf(url) !== siteOf(registry.url)) {
    onEvent?.({
      type: "warning",
      code: "token-server-elsewhere",
      message: `${registry.name} has its tokens made by ${url.host}; the credentials of ${credential.source} are sent there`,
    });
  }
  return url;
}

/** Over http goes nothing that an https registry is asked for, and no credential of one on this machine to another. */
function mayBePlain(
  url: URL,
  { registry, credential }: Pick<TokenRequest, "registry" | "credential">,
): boolean {
  if (url.protocol !== "http:" || registry.url.protocol !== "http:") return false;
  return credential === undefined || !isLoopbackHost(registry.url.host) || isLoopbackHost(url.host);
}

/** Who owns a name, near enough for a warning: its last two labels, or three where the last two are like "co.uk". */
function siteOf({ hostname }: URL): string {
  if (isLoopbackHost(hostname)) return "loopback";
  if (isIP(hostname.replace(/^\[|\]$/g, "")) !== 0) return hostname;
  const labels = hostname.split(".");
  const shared =
    /^(?:ac|co|com|edu|gov|net|or|org)$/.test(labels.at(-2) ?? "") && labels.at(-1)!.length === 2;
  return labels.slice(shared ? -3 : -2).join(".");
}

function getRequest(realm: URL, { challenge, scopes, credential, registry }: TokenRequest): HttpRequest {
  const url = new URL(realm);
  if (challenge.parameters["service"] !== undefined)
    url.searchParams.set("service", challenge.parameters["service"]);
  for (const scope of scopes) url.searchParams.append("scope", scope);
  const headers: Record<string, string> = { accept: "application/json" };
  if (credential?.type === "password") {
    headers["authorization"] = `Basic ${basicToken(credential)}`;
  }
  return { method: "GET", url, headers, lane: "control", ...guard(realm, registry.url) };
}

function postRequest(realm: URL, { challenge, scopes, credential, registry }: TokenRequest): HttpRequest {
  const form = new URLSearchParams({ client_id: "gantry", service: challenge.parameters["service"] ?? "" });
  if (scopes.length > 0) form.set("scope", scopes.join(" "));
  if (credential?.type === "identity-token") {
    form.set("grant_type", "refresh_token");
    form.set("refresh_token", credential.token);
  } else if (credential?.type === "password") {
    form.set("grant_type", "password");
    form.set("username", credential.username);
    form.set("password", credential.password);
  }
  const bytes = Buffer.from(form.toString());
  return {
    method: "POST",
    url: realm,
    headers: { accept: "application/json", "content-type": "application/x-www-form-urlencoded" },
    body: {
      size: bytes.length,
      replayable: true,
      open: async function* () {
        yield bytes;
      },
    },
    lane: "control",
    ...guard(realm, registry.url),
  };
}

function guard(realm: URL, registry: URL): Pick<HttpRequest, "guard"> {
  return realm.origin === registry.origin ? {} : { guard: { loopback: isLoopbackHost(registry.host) } };
}

async function ask({ send, registry, redactor }: TokenRequest, request: HttpRequest): Promise<Reply> {
  try {
    const response = await redactor.clean(await send(request));
    const bytes = await readUpTo(response, largestAnswer + 1);
    return {
      method: request.method,
      url: request.url,
      status: response.status,
      headers: response.headers,
      bytes,
      attempts: response.attempts ?? 1,
    };
  } catch (error) {
    if (!(error instanceof TransportFailure)) throw error;
    throw networkError(request, error, `this is the token server that ${registry.name} names`);
  }
}

function refusal(reply: Reply, { credential, registry, scopes }: TokenRequest): Error {
  if (reply.status >= 300 && reply.status < 400)
    return statusError(reply, "a token server must not redirect");
  const advice =
    credential === undefined
      ? logInAdvice(registry.name)
      : `the token server did not accept the credentials of ${credential.source}${publicAdvice(registry.name, scopes)}`;
  return statusError(reply, reply.status < 500 ? advice : undefined);
}

function parseToken(reply: Reply): Token {
  const wrong = (why: string) =>
    new GantryError("ERR_GANTRY_REGISTRY", `the token server ${redactUrl(reply.url)} answered with ${why}`);
  if (reply.bytes.length > largestAnswer) throw wrong(`more than ${largestAnswer} bytes`);
  let body: { token?: unknown; access_token?: unknown; expires_in?: unknown };
  try {
    body = JSON.parse(new TextDecoder().decode(reply.bytes)) as typeof body;
  } catch {
    throw wrong("something that is not JSON");
  }
  const value = [body?.token, body?.access_token].find((token) => typeof token === "string" && token !== "");
  if (typeof value !== "string" || !/^[\x21-\x7e]+$/.test(value)) throw wrong("no usable token");
  const seconds = typeof body.expires_in === "number" && body.expires_in > 0 ? body.expires_in : 60;
  return { value, lifetime: seconds * 1000 };
}
