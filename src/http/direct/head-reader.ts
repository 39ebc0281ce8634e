import { badHead } from "./bad-answer.js";
import { parseResponseHead, type ResponseHead } from "./response-head.js";

/** Bytes that a head may have, as for node:http. */
export const headLimit = 16_384;

/** Takes a response's head out of the bytes of a connection, however they are cut. */
export interface HeadReader {
  /** The head once its last byte is here, with the bytes behind it; undefined where more is needed. Throws TransportFailure. */
  read(bytes: Buffer): { readonly head: ResponseHead; readonly rest: Buffer } | undefined;
}

/** Interim responses (RFC 9110 section 15.2) are passed over. */
export function createHeadReader(): HeadReader {
  let text = "";
  const readOne = (bytes: Buffer) => {
    const before = text.length;
    text += bytes.toString("latin1", 0, Math.min(bytes.length, headLimit + 1 - before));
    // What is no HTTP may never have an empty line.
    if (!"HTTP/1.".startsWith(text.slice(0, 7)))
      throw badHead("HPE_INVALID_CONSTANT", "it begins with no status line");
    const end = text.indexOf("\r\n\r\n", Math.max(0, before - 3));
    if (end < 0 && text.length > headLimit)
      throw badHead("HPE_HEADER_OVERFLOW", `its head is larger than ${headLimit} bytes`);
    if (end < 0) return undefined;
    const head = parseResponseHead(text.slice(0, end));
    text = "";
    return { head, rest: bytes.subarray(end + 4 - before) };
  };
  return {
    read(bytes) {
      let rest = bytes;
      for (;;) {
        const found = readOne(rest);
        if (found === undefined || found.head.status >= 200) return found;
        // Nobody asked for another protocol.
        if (found.head.status === 101) throw badHead("HPE_INVALID_STATUS", "it changes the protocol");
        if (found.rest.length === 0) return undefined;
        rest = found.rest;
      }
    },
  };
}
