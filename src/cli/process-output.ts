import { fstatSync, writeSync } from "node:fs";
import { Writable } from "node:stream";
import type { Output } from "./terminal.js";

/** Standard output or standard error of this process, none of whose failures is an exception. */
export interface ProcessOutput extends Output {
  /** What bytes are written to. */
  readonly stream: NodeJS.WritableStream;
  /** Waits until the text is written or lost, and says why it was lost; a reader that has gone away is no reason. */
  flushed(): Promise<Error | undefined>;
}

type OwnStream = NodeJS.WriteStream & { readonly fd: number };

/** Takes charge of a stream; `onClosed` is called where nobody reads it any more. */
export function processOutput(own: OwnStream, onClosed: () => void): ProcessOutput {
  const stream = isFile(own) ? fileStream(own.fd) : own;
  let failure: Error | undefined;
  let isOver = false;
  let last: Promise<void> | undefined;
  const onError = (error: NodeJS.ErrnoException) => {
    isOver = true;
    if (isClosed(error)) onClosed();
  };
  for (const each of new Set([own, stream])) each.on("error", onError);
  return {
    stream,
    write(text) {
      if (isOver) return;
      last = new Promise((resolve) => {
        stream.write(text, (error) => {
          if (error && !isClosed(error)) failure ??= error;
          resolve();
        });
      });
    },
    async flushed() {
      await last;
      return failure;
    },
    isTTY: own.isTTY === true,
    get columns() {
      return own.columns as number | undefined;
    },
    get rows() {
      return own.rows as number | undefined;
    },
  };
}

function isClosed({ code }: NodeJS.ErrnoException): boolean {
  return code === "EPIPE" || code === "ERR_STREAM_DESTROYED";
}

function isFile({ fd, isTTY }: OwnStream): boolean {
  try {
    const stat = fstatSync(fd);
    return stat.isFile() || (stat.isCharacterDevice() && !isTTY);
  } catch {
    return false;
  }
}

/** Node's own stream writes once, and takes a write that a full disk cut short for a whole one. */
function fileStream(fd: number): Writable {
  return new Writable({
    decodeStrings: true,
    write(bytes: Buffer, _encoding, done) {
      try {
        for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
      } catch (error) {
        done(withRemedy(error as NodeJS.ErrnoException));
        return;
      }
      done();
    },
  });
}

function withRemedy(error: NodeJS.ErrnoException): Error {
  return Object.assign(new Error(reasonOf(error), { cause: error }), { code: error.code });
}

/** What is said of results that could not be written. */
export function lostOutput(error: Error): string {
  return `gantry: standard output: ${reasonOf(error)}\n`;
}

function reasonOf({ message, cause }: Error): string {
  if (cause !== undefined) return message;
  const reason = message.replace(/^[A-Z]+: (.*), write$/s, "$1");
  return `${reason}: what was written is not whole; make room or write elsewhere, and run it again`;
}
