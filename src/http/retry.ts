import { setTimeout as sleep } from "node:timers/promises";
import { GantryError } from "../errors.js";
import { TransportFailure, redactUrl } from "./errors.js";
import { readUpTo } from "./read.js";
import type { HttpRequest, HttpResponse, Middleware, Send } from "./send.js";

/** The clock and chance that pauses are made of. */
export interface Pauses {
  now(): number;
  monotonic(): number;
  random(): number;
  /** Waits `ms` milliseconds; rejects when the signal aborts. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Waits on Node's timers. */
export async function waitOnTimer(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    throw signal?.reason ?? error;
  }
}

/** How long to wait before trying again, shared by all requests to a host where the host asked for it. */
export interface Backoff {
  readonly attempts: number;
  /** Waits until the host wants to hear from us again. */
  ready(host: string, signal?: AbortSignal): Promise<void>;
  /** Holds all requests to the host back for as long as its answer asks. */
  heed(host: string, response: HttpResponse): void;
  /** Gives the response up and throws where it asks for a longer wait than anybody is made to wait. */
  refuseLong(response: HttpResponse): void;
  /** Waits before attempt number `failed + 1`: as long as the response asks for, else full jitter on top of `least` milliseconds. */
  pause(failed: number, options?: PauseOptions): Promise<void>;
}

export interface PauseOptions {
  readonly response?: HttpResponse | undefined;
  readonly least?: number;
  readonly signal?: AbortSignal | undefined;
}

const longestWait = 120_000;

/** Full jitter up to 0.5 s, 1 s, 2 s ... 30 s; `Retry-After` in seconds or as a date wins and holds the whole host back. */
export function createBackoff(pauses: Pauses, attempts = 5): Backoff {
  const gates = new Map<string, number>();
  return {
    attempts,
    heed(host, response) {
      const asked = retryAfter(response, pauses.now()) ?? 0;
      if (asked > longestWait) return;
      gates.set(host, Math.max(gates.get(host) ?? 0, pauses.monotonic() + asked));
    },
    refuseLong(response) {
      const asked = retryAfter(response, pauses.now()) ?? 0;
      if (asked <= longestWait) return;
      response.discard();
      throw tooLong(response, asked);
    },
    async ready(host, signal) {
      const rest = (gates.get(host) ?? 0) - pauses.monotonic();
      if (rest > 0) await pauses.wait(rest, signal);
    },
    async pause(failed, { response, least = 0, signal } = {}) {
      const jitter = () => least + pauses.random() * Math.min(30_000, 500 * 2 ** (failed - 1));
      await pauses.wait(retryAfter(response, pauses.now()) ?? jitter(), signal);
    },
  };
}

const retriedStatus = new Set([408, 429, 499, 500, 502, 503, 504, 520, 521, 522, 523, 524]);
const retriedCode = new Set([
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EAI_AGAIN",
  "ECONNABORTED",
  "ERR_STREAM_PREMATURE_CLOSE",
  "ESHORT",
  "EPROXYFAILED",
  "ERESTARTING",
]);

/** Whether a response's status is worth another attempt. */
export function isPassingStatus(status: number): boolean {
  return retriedStatus.has(status);
}

/** Whether a failed connection is worth another attempt; certificate errors are not, nor a port where nothing ever listened. */
export function isPassingFailure(error: unknown): error is TransportFailure {
  return error instanceof TransportFailure && retriedCode.has(error.code);
}

/** Lets a host rest for as long as it asks: also from those who waited for their turn when it did. */
export function resting(backoff: Backoff): Middleware {
  return (next) => async (request) => {
    const { host } = request.url;
    await backoff.ready(host, request.signal);
    const response = await next(request);
    if (isPassingStatus(response.status)) backoff.heed(host, response);
    return response;
  };
}

/** Sends again what failed in passing. A body that is not replayable is sent once: only its owner can begin anew. */
export function retrying(backoff: Backoff): Middleware {
  return (next) => async (request) => {
    for (let attempt = 1; ; attempt++) {
      await backoff.ready(request.url.host, request.signal);
      const outcome = await once(next, request, attempt);
      const last = attempt >= backoff.attempts || request.body?.replayable === false;
      if (!("retry" in outcome)) return { ...outcome.response, attempts: attempt };
      if (outcome.response !== undefined) backoff.refuseLong(outcome.response);
      if (last && outcome.response !== undefined) return { ...outcome.response, attempts: attempt };
      if (last) throw outcome.failure;
      outcome.response?.discard();
      await backoff.pause(attempt, { response: outcome.response, signal: request.signal });
    }
  };
}

type Outcome =
  | { readonly response: HttpResponse }
  | { readonly retry: true; readonly response?: HttpResponse; readonly failure?: TransportFailure };

async function once(next: Send, request: HttpRequest, attempt: number): Promise<Outcome> {
  try {
    const response = await next(request);
    if (!isPassingStatus(response.status)) return { response };
    return response.status === 429 ? await limited(response) : { retry: true, response };
  } catch (error) {
    if (error instanceof TransportFailure) error.attempts = attempt;
    if (isPassingFailure(error)) return { retry: true, failure: error };
    throw error;
  }
}

/** Docker Hub's pull limit lasts for hours: trying again only makes the user wait for the same answer. */
async function limited(response: HttpResponse): Promise<Outcome> {
  const bytes = await readUpTo(response, 65_536);
  const again: HttpResponse = {
    ...response,
    body: [bytes] as unknown as AsyncIterable<Uint8Array>,
    discard: () => undefined,
  };
  const hours = /pull rate limit/i.test(Buffer.from(bytes).toString("latin1"));
  return hours ? { response: again } : { retry: true, response: again };
}

/** The wait a response asks for in milliseconds (RFC 9110 section 10.2.3). */
function retryAfter(response: HttpResponse | undefined, now: number): number | undefined {
  const text = response?.headers["retry-after"]?.trim();
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function tooLong(response: HttpResponse, asked: number): GantryError {
  const seconds = Math.ceil(asked / 1000);
  return new GantryError(
    "ERR_GANTRY_REGISTRY",
    `${redactUrl(response.url)} answered ${response.status} and asks to wait ${seconds} s (Retry-After), which is longer than ${longestWait / 1000} s; try again later`,
  );
}
