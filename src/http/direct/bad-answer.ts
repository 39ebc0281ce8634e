import { TransportFailure } from "../errors.js";

/** The failure to understand an answer's head, by the codes of node:http's parser; it is not tried again. */
export function badHead(code: `HPE_${string}`, problem: string): TransportFailure {
  return new TransportFailure(code, `the answer is not HTTP/1.1: ${problem}`);
}

/** The failure of a body whose framing breaks within it: as good as a connection that does. */
export function badBody(problem: string): TransportFailure {
  return new TransportFailure("ECONNRESET", `the answer's body is broken off: ${problem}`);
}

/** The failure of a connection that ends too early, in the words of node:http. */
export function hangUp(within: "head" | "body", cause?: unknown): TransportFailure {
  return new TransportFailure("ECONNRESET", within === "head" ? "socket hang up" : "aborted", { cause });
}
