import { badHead } from "./bad-answer.js";
import { createChunkedDecoder } from "./chunked.js";
import type { ResponseHead } from "./response-head.js";

/** Takes one body out of the bytes of a connection, however they are cut. */
export interface BodyDecoder {
  /** Passes on what is body and returns how many of the bytes are this message's. Throws a TransportFailure. */
  decode(bytes: Buffer, pass: (piece: Buffer) => void): number;
  /** Bytes that are still to come: infinite where nobody knows, 0 when the message is complete. */
  readonly left: number;
  /** Whether the connection's end is the body's. */
  readonly untilClose: boolean;
}

/**
 * The decoder for the answer to a GET (RFC 9112 section 6.3). Throws a TransportFailure for lengths that are none, and
 * for a head that tells the body's end in two ways: whoever is in between may have taken the other one.
 */
export function selectBodyDecoder({ status, headers }: ResponseHead): BodyDecoder {
  const { "transfer-encoding": coding, "content-length": length } = headers;
  if (coding !== undefined && length !== undefined)
    throw badHead("HPE_UNEXPECTED_CONTENT_LENGTH", "it has both a Content-Length and a Transfer-Encoding");
  if (length !== undefined && !isLength(length))
    throw badHead("HPE_INVALID_CONTENT_LENGTH", "its Content-Length is not one number");
  if (coding !== undefined && coding.toLowerCase() !== "chunked")
    throw badHead("HPE_INVALID_TRANSFER_ENCODING", "its Transfer-Encoding is another than chunked");
  if (status === 204 || status === 304) return createCountedDecoder(0);
  if (coding !== undefined) return createChunkedDecoder();
  return length === undefined ? createClosedDecoder() : createCountedDecoder(Number(length));
}

function isLength(text: string): boolean {
  return /^\d+$/.test(text) && Number.isSafeInteger(Number(text));
}

/** A body of so many bytes. */
function createCountedDecoder(size: number): BodyDecoder {
  let left = size;
  return {
    untilClose: false,
    get left() {
      return left;
    },
    decode(bytes, pass) {
      const piece = bytes.subarray(0, left);
      left -= piece.length;
      if (piece.length > 0) pass(piece);
      return piece.length;
    },
  };
}

/** A body that ends with its connection. */
function createClosedDecoder(): BodyDecoder {
  return {
    untilClose: true,
    left: Number.POSITIVE_INFINITY,
    decode(bytes, pass) {
      if (bytes.length > 0) pass(bytes);
      return bytes.length;
    },
  };
}
