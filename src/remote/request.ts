import { GantryError } from "../errors.js";
import { networkError, redactUrl, TransportFailure } from "../http/errors.js";
import { isPassingFailure } from "../http/retry.js";
import type { HttpRequest, HttpResponse } from "../http/send.js";
import type { Client } from "./client.js";

/** Fetches of one file that broke on the way before it is given up. */
const mostAttempts = 5;

/**
 * Sends a GET and reads its answer with `work`, all over again where the connection breaks on the way. Throws
 * ERR_GANTRY_NETWORK with the URL as it may be shown where it stays broken.
 */
export async function fetching<T>(
  { send, backoff }: Client,
  request: HttpRequest,
  work: (response: HttpResponse) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    let answered = false;
    try {
      const response = await send(request);
      answered = true;
      try {
        return await work(response);
      } finally {
        response.discard();
      }
    } catch (error) {
      request.signal?.throwIfAborted();
      if (!(error instanceof TransportFailure)) throw asDownload(error);
      // What got no answer was tried again by the sender already.
      if (!answered || attempt === mostAttempts || !isPassingFailure(error)) {
        if (answered) error.attempts = attempt;
        throw networkError(request, error, adviceFor(error, request.url));
      }
      await backoff.pause(attempt, { signal: request.signal });
    }
  }
}

/** What is wrong with redirects and pauses is told as of a registry. */
function asDownload(error: unknown): unknown {
  if (!(error instanceof GantryError) || error.code !== "ERR_GANTRY_REGISTRY") return error;
  return new GantryError("ERR_GANTRY_DOWNLOAD", error.message, { cause: error });
}

/** The error for an answer that is not the file. */
export function refusal({ status, url, attempts = 1 }: HttpResponse): GantryError {
  const tries = attempts > 1 ? ` (after ${attempts} attempts)` : "";
  const advice =
    status === 401 || status === 403
      ? "it is not for everyone: give a URL that is signed or has a user and password, or download it before the build"
      : status === 404 || status === 410
        ? "nothing is there: check the address"
        : "try again later, or download it before the build";
  return new GantryError(
    "ERR_GANTRY_DOWNLOAD",
    `GET ${redactUrl(url)} answered ${status}${tries}; ${advice}`,
  );
}

function adviceFor({ code, message }: TransportFailure, { protocol, host }: URL): string | undefined {
  if (code === "ECONNREFUSED" || code === "ERESTARTING") return "nothing listens there";
  if (code === "ENOTFOUND") return "check the name of the host";
  if (code === "EFORBIDDEN") return undefined;
  if (protocol === "https:" && /CERT|SELF_SIGNED|UNABLE_TO_|INVALID_CA|ALTNAME/.test(`${code} ${message}`))
    return `name its authority's certificate with --ca-file, or skip the check with --insecure ${host}`;
  return undefined;
}
