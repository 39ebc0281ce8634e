import { badBody } from "./bad-answer.js";
import type { BodyDecoder } from "./body-decoder.js";

/** Characters of a line between chunks, with extensions; and of all trailers. */
const lineLimit = 4096;
const trailerLimit = 16_384;

/** A size, and extensions that mean nothing to us (RFC 9112 section 7.1.1). */
const sizeLine = /^([0-9A-Fa-f]{1,13})(?:[\t ]*;[\t\x20-\x7e\x80-\xff]*)?$/;

/** The chunked coding (RFC 9112 section 7.1); trailers are passed over. */
export function createChunkedDecoder(): BodyDecoder {
  let expects: "size" | "data" | "end of data" | "trailer" | "nothing" = "size";
  let line = "";
  let inChunk = 0;
  let trailers = 0;

  /** What a whole line between chunks means. */
  const onLine = (text: string) => {
    if (expects === "size") {
      const size = sizeLine.exec(text)?.[1];
      if (size === undefined) throw badBody("the size of a chunk is not a number");
      inChunk = Number.parseInt(size, 16);
      expects = inChunk === 0 ? "trailer" : "data";
    } else if (expects === "end of data") {
      if (text !== "") throw badBody("a chunk is longer than its size");
      expects = "size";
    } else {
      trailers += text.length;
      if (trailers > trailerLimit) throw badBody(`its trailers are larger than ${trailerLimit} bytes`);
      if (text === "") expects = "nothing";
    }
  };
  /** Takes bytes up to the end of a line and returns how many. */
  const readLine = (bytes: Buffer): number => {
    const feed = bytes.indexOf(10);
    const length = feed < 0 ? bytes.length : feed + 1;
    line += bytes.toString("latin1", 0, Math.min(length, lineLimit + 1));
    if (line.length > lineLimit) throw badBody(`a line between chunks is longer than ${lineLimit} bytes`);
    if (feed < 0) return length;
    if (!line.endsWith("\r\n")) throw badBody("a line between chunks ends with no CRLF");
    const whole = line.slice(0, -2);
    line = "";
    onLine(whole);
    return length;
  };

  return {
    untilClose: false,
    get left() {
      return expects === "nothing" ? 0 : Number.POSITIVE_INFINITY;
    },
    decode(bytes, pass) {
      let at = 0;
      while (at < bytes.length && expects !== "nothing") {
        if (expects !== "data") at += readLine(bytes.subarray(at));
        else {
          const piece = bytes.subarray(at, at + inChunk);
          at += piece.length;
          inChunk -= piece.length;
          if (inChunk === 0) expects = "end of data";
          pass(piece);
        }
      }
      return at;
    },
  };
}
