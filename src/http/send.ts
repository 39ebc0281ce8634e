import type { OnEvent } from "../model/events.js";

export type Method = "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";

/** What a request competes for. A request may wait for a later lane while it holds an earlier one: upload, download, control. */
export type Lane = "upload" | "download" | "control";

/** Bytes to send, which `open` yields afresh on each call: exactly `size` of them, or as many as come where it is undefined. */
export interface RequestBody {
  readonly size: number | undefined;
  open(signal?: AbortSignal): AsyncIterable<Uint8Array>;
  /** Whether the same URL may be sent the body again after a failure; an upload session may have kept a part of it. */
  readonly replayable: boolean;
  /** Told the bytes handed to the network so far. */
  readonly onSent?: (bytes: number) => void;
  /** Told when the answer has come, or none will: what was not sent by then never is. */
  readonly onSettled?: () => void;
}

export interface HttpRequest {
  readonly method: Method;
  readonly url: URL;
  /** Lower-case names. Dropped, but for the harmless ones, when a redirect leaves the origin. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RequestBody;
  readonly lane: Lane;
  /** What the request needs from a token server ("repository:app:pull,push"), the most important first. */
  readonly scopes?: readonly string[];
  /**
   * Set where a reply and not the user named the URL: the connection then refuses link-local, metadata and unspecified
   * addresses, and loopback ones unless `loopback`.
   */
  readonly guard?: { readonly loopback: boolean };
  /** A redirect that leads off the origin is not followed: it is the response. */
  readonly stay?: boolean;
  /** The answer may take minutes: the registry puts together and verifies what it was sent before. */
  readonly slow?: boolean;
  /** Fails at once where no place is free in its lane, with a TransportFailure of the code "EBUSY". */
  readonly impatient?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: OnEvent | undefined;
}

/** The body is to be read to its end or given up with `discard`; a download holds its lane until then. */
export interface HttpResponse {
  readonly status: number;
  /** Lower-case names; repeated headers are joined with ", ". */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Where the response came from, after redirects. */
  readonly url: URL;
  readonly body: AsyncIterable<Uint8Array>;
  discard(): void;
  /** How often the request was sent, where it was more than once. */
  readonly attempts?: number;
}

/** Sends one request. Any status is a response; throws TransportFailure where there is none. */
export type Send = (request: HttpRequest) => Promise<HttpResponse>;

/** Adds behaviour around a sender. */
export type Middleware = (next: Send) => Send;

/** Stacks middleware around a sender, the outermost first. */
export function compose(send: Send, ...outermostFirst: readonly Middleware[]): Send {
  return outermostFirst.reduceRight((next, middleware) => middleware(next), send);
}
