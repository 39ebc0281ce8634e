import { GantryError } from "../../errors.js";
import type { Authenticator } from "../../http/auth.js";
import { RegistryError, TransportFailure, networkError, statusError, type Reply } from "../../http/errors.js";
import { readUpTo } from "../../http/read.js";
import { isPassingFailure, type Backoff } from "../../http/retry.js";
import type { HttpRequest, HttpResponse, Send } from "../../http/send.js";
import type { Learnt } from "./ladder.js";
import { networkAdvice } from "./network-advice.js";

/** Manifests larger than this are refused, as registries refuse them. */
export const largestManifest: number = 4 * 1024 * 1024;

/** One registry, ready to be asked. */
export interface RegistryHost {
  /** Its name in references: "docker.io", "localhost:5000". */
  readonly registry: string;
  readonly backoff: Backoff;
  /** The user's size of chunks, in bytes: larger blobs are sent in pieces of it. */
  readonly chunk: number | undefined;
  readonly learnt: Learnt;
  /** The URL of a path under /v2/ ("app/blobs/sha256:..."). */
  at(path: string): URL;
  /** Sends and reads the whole answer. Any status is an answer; throws a RegistryError where there is none. */
  call(request: HttpRequest): Promise<Reply>;
  /** Sends and leaves the body to be read; throws TransportFailure where there is no answer. */
  stream(request: HttpRequest): Promise<HttpResponse>;
  /** The error for an answer that was not expected, with what the user can do about it. */
  refusal(reply: Reply, request: Pick<HttpRequest, "scopes">): Promise<RegistryError>;
  /** The error for an answer that did not come. */
  failure(request: HttpRequest, failure: TransportFailure): RegistryError;
}

export function createHost(
  registry: string,
  {
    url,
    send,
    auth,
    backoff,
    chunk,
  }: {
    readonly url: URL;
    readonly send: Send;
    readonly auth: Authenticator;
    readonly backoff: Backoff;
    readonly chunk?: number | undefined;
  },
): RegistryHost {
  const failure = (request: HttpRequest, error: TransportFailure) =>
    networkError(request, error, networkAdvice(error, { registry, encrypted: url.protocol === "https:" }));
  return {
    registry,
    backoff,
    chunk,
    learnt: { way: "put", chunk: undefined, noChunks: false, mounts: undefined, noDrafts: false },
    at: (path) => new URL(`/v2/${path}`, url),
    stream: send,
    failure,
    async call(request) {
      try {
        const response = await send(request);
        const bytes =
          request.method === "HEAD" ? discarded(response) : await readUpTo(response, largestManifest + 1);
        const { status, headers, attempts = 1 } = response;
        return { method: request.method, url: response.url, status, headers, bytes, attempts };
      } catch (error) {
        if (error instanceof TransportFailure) throw failure(request, error);
        throw error;
      }
    },
    async refusal(reply, request) {
      return statusError(reply, await statusAdvice(reply, () => auth.advise(request)));
    },
  };
}

function discarded(response: HttpResponse): Uint8Array {
  response.discard();
  return new Uint8Array();
}

/** Whether a request that failed so may succeed when begun anew. */
export function isPassing(error: unknown): boolean {
  return error instanceof RegistryError && isPassingFailure(error.cause);
}

/** What a push needs of the token server. */
export function pushScopes(repository: string, from?: string): readonly string[] {
  const push = `repository:${repository}:pull,push`;
  return from === undefined ? [push] : [push, `repository:${from}:pull`];
}

export function pullScopes(repository: string): readonly string[] {
  return [`repository:${repository}:pull`];
}

/** A digest as messages show it. */
export function shortDigest(digest: string): string {
  return digest.slice(0, digest.indexOf(":") + 13);
}

async function statusAdvice(reply: Reply, credentials: () => Promise<string>): Promise<string | undefined> {
  const text = new TextDecoder().decode(reply.bytes.subarray(0, 65_536));
  if (reply.status === 429 && /pull rate limit/i.test(text))
    return "the pull limit lasts for hours; log in, or use a mirror";
  if (reply.status === 401 || reply.status === 403) return credentials();
  if (reply.status === 404 && text.includes("NAME_UNKNOWN") && reply.method !== "GET")
    return "the repository does not exist; some registries need it created first";
  if (reply.status === 400 && text.includes("HTTP request to an HTTPS server"))
    return "the registry speaks https on this port, and loopback registries are asked with http";
  if (reply.status === 413) return "the registry, or a proxy before it, accepts no request as large as this";
  return undefined;
}

/** The error for an answer that no registry gives. */
export function notRegistry(host: RegistryHost, what: string): GantryError {
  return new GantryError(
    "ERR_GANTRY_REGISTRY",
    `${host.registry} does not answer as a registry does: ${what}`,
  );
}
