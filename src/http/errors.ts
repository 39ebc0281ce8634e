import { GantryError, type ErrorCode } from "../errors.js";

/** No response came: the connection, its encryption or the stream failed. Inside http/ only; callers see a RegistryError. */
export class TransportFailure extends Error {
  /** Node's or OpenSSL's code ("ECONNRESET"). */
  readonly code: string;
  attempts = 1;

  constructor(code: string, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = "TransportFailure";
    this.code = code;
    // Node keeps the bytes that were no HTTP; they may repeat what was sent.
    if (options?.cause instanceof Error) Reflect.deleteProperty(options.cause, "rawPacket");
  }
}

interface RegistryErrorFields {
  readonly method: string;
  readonly url: string;
  readonly status?: number | undefined;
  readonly registryCode?: string | undefined;
  readonly registryMessage?: string | undefined;
  readonly attempts: number;
  readonly cause?: unknown;
}

/** A request to a registry that failed, with what was asked (the URL without secrets) and what the registry said. */
export class RegistryError extends GantryError {
  readonly method: string;
  readonly url: string;
  readonly status: number | undefined;
  /** The registry's own code and message (distribution-spec, "Error Codes"). */
  readonly registryCode: string | undefined;
  readonly registryMessage: string | undefined;
  readonly attempts: number;

  constructor(code: ErrorCode, message: string, fields: RegistryErrorFields) {
    super(code, message, { cause: fields.cause });
    this.name = "RegistryError";
    this.method = fields.method;
    this.url = fields.url;
    this.status = fields.status;
    this.registryCode = fields.registryCode;
    this.registryMessage = fields.registryMessage;
    this.attempts = fields.attempts;
  }
}

/** The same error as what the last of so many attempts came to. */
export function afterAttempts(error: RegistryError, attempts: number): RegistryError {
  return new RegistryError(error.code, error.message, { ...error, cause: error.cause, attempts });
}

/** A response with its body read. */
export interface Reply {
  readonly method: string;
  readonly url: URL;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly bytes: Uint8Array;
  readonly attempts: number;
}

/** The error for a response with a status that was not expected; `advice` says what the user can do. */
export function statusError(reply: Reply, advice?: string): RegistryError {
  const said = parseErrorBody(reply.bytes);
  const url = redactUrl(reply.url);
  const words = [said.code, said.message].filter((word) => word !== undefined).join(": ");
  const requestId = reply.headers["x-request-id"] ?? reply.headers["docker-request-id"];
  const notes = [
    reply.attempts > 1 ? `after ${reply.attempts} attempts` : undefined,
    requestId === undefined ? undefined : `request id ${cleanText(requestId)}`,
  ].filter((note) => note !== undefined);
  const message =
    `${reply.method} ${url} answered ${reply.status}${words === "" ? "" : ` ${words}`}` +
    (notes.length === 0 ? "" : ` (${notes.join(", ")})`) +
    (advice === undefined ? "" : `; ${advice}`);
  return new RegistryError(codeOf(reply.status), message, {
    method: reply.method,
    url,
    status: reply.status,
    registryCode: said.code,
    registryMessage: said.message,
    attempts: reply.attempts,
  });
}

/** The error for a request that got no response. */
export function networkError(
  request: { readonly method: string; readonly url: URL },
  failure: TransportFailure,
  advice?: string,
): RegistryError {
  const url = redactUrl(request.url);
  const tries = failure.attempts > 1 ? ` (after ${failure.attempts} attempts)` : "";
  const message = `${request.method} ${url}: ${cleanText(failure.message)}${tries}${advice === undefined ? "" : `; ${advice}`}`;
  return new RegistryError("ERR_GANTRY_NETWORK", message, {
    method: request.method,
    url,
    attempts: failure.attempts,
    cause: failure,
  });
}

const shownParameters = new Set(["scope", "service", "mount", "from", "digest", "n", "last", "ns"]);

/** The URL as it may be shown: no user, no password, no query value but the known harmless ones. */
export function redactUrl(url: URL): string {
  const shown = new URL(url.origin === "null" ? url.href : url.origin + url.pathname);
  const query = [...url.searchParams].map(([name, value]) =>
    shownParameters.has(name) ? `${name}=${value}` : `${name}=REDACTED`,
  );
  return cleanText(shown.href + (query.length === 0 ? "" : `?${query.join("&")}`), 1000);
}

/** Text of a registry made safe for a terminal: control characters replaced, cut to `limit` characters. */
export function cleanText(text: string, limit = 400): string {
  const clean = text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]+/g, " ").trim();
  return clean.length > limit ? `${clean.slice(0, limit)}...` : clean;
}

function codeOf(status: number): ErrorCode {
  if (status === 401 || status === 403) return "ERR_GANTRY_UNAUTHORIZED";
  if (status === 404) return "ERR_GANTRY_NOT_FOUND";
  return "ERR_GANTRY_REGISTRY";
}

/** `{"errors":[{code, message}]}` where the body is that; an HTML page or other text says nothing. */
function parseErrorBody(bytes: Uint8Array): { readonly code?: string; readonly message?: string } {
  try {
    const body = JSON.parse(new TextDecoder().decode(bytes)) as {
      errors?: unknown;
      details?: unknown;
      error?: unknown;
    };
    const first: unknown = Array.isArray(body.errors)
      ? body.errors[0]
      : { message: body.details ?? body.error };
    const { code, message } = (first ?? {}) as { code?: unknown; message?: unknown };
    return {
      ...(typeof code === "string" ? { code: cleanText(code, 80) } : {}),
      ...(typeof message === "string" ? { message: cleanText(message) } : {}),
    };
  } catch {
    return {};
  }
}
