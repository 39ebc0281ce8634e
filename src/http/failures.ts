import { GantryError } from "../errors.js";
import { TransportFailure } from "./errors.js";

/** What Node or OpenSSL threw as a TransportFailure of the same code; our own errors and what is no error as they are. */
export function transportFailure(error: unknown): unknown {
  if (error instanceof TransportFailure || error instanceof GantryError || !(error instanceof Error))
    return error;
  const code = "code" in error && typeof error.code === "string" ? error.code : "EUNKNOWN";
  return new TransportFailure(code, plainMessage(error.message) || code, { cause: error });
}

/** OpenSSL's errors are its own log lines: "80CC…:error:0A00045C:SSL routines:…:tlsv13 alert certificate required:file.c:1601:…". */
function plainMessage(message: string): string {
  const reason = /error:[0-9A-F]{8}:[^:]*:[^:]*:([^:]+):/.exec(message)?.[1];
  return reason === undefined ? message : `TLS: ${reason}`;
}
