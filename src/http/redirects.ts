import { GantryError } from "../errors.js";
import { isLoopbackHost } from "./addresses.js";
import { redactUrl } from "./errors.js";
import type { HttpRequest, HttpResponse, Middleware } from "./send.js";

const redirecting = new Set([301, 302, 303, 307, 308]);
const harmless = new Set(["accept", "range", "content-type", "if-none-match", "if-modified-since"]);
/** "registry.test:5000/v2/...": to the letter a relative path, or a URL of the scheme "localhost:". */
const schemeless = /^(?:localhost|[\w-]+(?:\.[\w-]+)+|[\w-]+(?=:\d)|\[[\da-f:.]+\])(?::\d+)?\/v2\//i;

/**
 * Follows redirects hop by hop, at most `limit`. Off the origin every header but the harmless ones is dropped and no
 * credentials are added; https never becomes http; only http and https are followed.
 */
export function followRedirects({ limit = 10 }: { readonly limit?: number } = {}): Middleware {
  return (send) => async (request) => {
    let hop = request;
    for (let hops = 0; ; hops++) {
      const response = await send(hop);
      const location = response.headers["location"];
      if (!redirecting.has(response.status) || location === undefined) return response;
      const next = nextHop(hop, response, location);
      if (request.stay === true && next.url.origin !== request.url.origin) return response;
      response.discard();
      if (hops === limit) throw redirectError(request, `was redirected more than ${limit} times`);
      hop = next;
    }
  };
}

function nextHop(request: HttpRequest, response: HttpResponse, location: string): HttpRequest {
  const url = resolveLocation(location, request.url);
  const isSame = url.origin === request.url.origin;
  const headers = isSame ? request.headers : keep(request.headers);
  // A URL's own user and password are for its origin, however that names itself.
  if (isSame && url.username === "" && url.password === "")
    [url.username, url.password] = [request.url.username, request.url.password];
  const bodyless = response.status === 303 || (request.method === "POST" && response.status < 303);
  const { body, headers: _, ...rest } = request;
  return {
    ...rest,
    ...(headers === undefined ? {} : { headers }),
    url,
    ...guardFor(url, request),
    ...(bodyless && request.method !== "HEAD"
      ? { method: "GET" as const }
      : body === undefined
        ? {}
        : { body }),
  };
}

/**
 * The URL that a reply's `Location` means: relative, absolute or scheme-less. Registries behind a proxy that ends TLS
 * name themselves with http: on the same host that becomes https again, elsewhere it is refused.
 */
export function resolveLocation(location: string, base: URL): URL {
  let url: URL;
  try {
    url = new URL(schemeless.test(location) ? `${base.protocol}//${location}` : location, base);
  } catch {
    // The error's own fields quote the text, which may be signed.
    throw redirectError({ url: base }, "answered with a Location that is not a URL");
  }
  url.hash = "";
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw redirectError({ url: base }, `pointed to a ${url.protocol} URL; only http and https are followed`);
  }
  if (base.protocol === "https:" && url.protocol === "http:") {
    if (url.hostname !== base.hostname) {
      throw redirectError({ url: base }, `pointed from https to plain http at ${url.host}, which is refused`);
    }
    url.protocol = "https:";
    url.port = base.port;
  }
  return url;
}

/** The guard for a URL that a reply named: none on the same origin. Only a registry on this machine may point to this machine. */
export function guardFor(
  url: URL,
  from: { readonly url: URL; readonly guard?: { readonly loopback: boolean } },
): Pick<HttpRequest, "guard"> {
  if (from.guard !== undefined) return { guard: from.guard };
  return url.origin === from.url.origin ? {} : { guard: { loopback: isLoopbackHost(from.url.host) } };
}

function keep(headers: HttpRequest["headers"]): Record<string, string> {
  return Object.fromEntries(Object.entries(headers ?? {}).filter(([name]) => harmless.has(name)));
}

function redirectError({ url }: { readonly url: URL }, what: string): GantryError {
  return new GantryError("ERR_GANTRY_REGISTRY", `${redactUrl(url)} ${what}`);
}
