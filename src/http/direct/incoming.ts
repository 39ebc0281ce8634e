import { createHeadReader } from "./head-reader.js";
import { hangUp } from "./bad-answer.js";
import { selectBodyDecoder, type BodyDecoder } from "./body-decoder.js";
import type { ConnectionUser } from "./connection.js";
import { Inbox } from "./inbox.js";
import type { ResponseHead } from "./response-head.js";

/** Bytes that may wait for their reader before the connection is not read on. */
const mostPending = 1_048_576;

/** What an answer does to its connection. */
export interface IncomingOptions {
  /** Has more come, where its bytes were refused. */
  readonly resume: () => void;
  /** Told once, when the last byte came or none will: whether the connection may be used again. */
  readonly onOver: (reusable: boolean) => void;
}

/** One answer as it comes. */
export class Incoming implements ConnectionUser {
  /** Rejects with a TransportFailure where no head comes. */
  readonly head: Promise<ResponseHead>;
  /** Whether a byte of the answer came. */
  heard = false;

  readonly #options: IncomingOptions;
  readonly #heads = createHeadReader();
  readonly #inbox = new Inbox();
  #onHead!: (head: ResponseHead) => void;
  #onNoHead!: (error: unknown) => void;
  #body: BodyDecoder | undefined;
  #reusable = false;
  #held = false;
  #unwanted = false;
  #over = false;

  constructor(options: IncomingOptions) {
    this.#options = options;
    this.head = new Promise<ResponseHead>((resolve, reject) => {
      this.#onHead = resolve;
      this.#onNoHead = reject;
    });
    this.head.catch(() => undefined);
  }

  get expected(): number {
    return this.#body?.left ?? 0;
  }

  /** The next piece of the body; undefined at its end. */
  take(): Promise<Buffer | undefined> {
    const piece = this.#inbox.take();
    this.#goOn();
    return piece;
  }

  /** Reads what is left and forgets it. */
  drain(): void {
    this.#unwanted = true;
    this.#inbox.clear();
    this.#goOn();
  }

  /** Gives the answer up, where it is not complete, and its connection with it. */
  fail(error: unknown): void {
    if (this.#over) return;
    this.#onNoHead(error);
    this.#inbox.fail(error);
    this.#finish(false);
  }

  onBytes(bytes: Buffer): boolean {
    this.heard = true;
    try {
      this.#read(bytes);
    } catch (error) {
      this.fail(error);
    }
    this.#held = !this.#over && this.#inbox.size >= mostPending;
    return !this.#held;
  }

  onEnd(): void {
    if (this.#body?.untilClose !== true) return this.onFailure(hangUp("head"));
    this.#inbox.end();
    this.#finish(false);
  }

  onFailure(error: unknown): void {
    // Within a body it is the same to its reader however the connection ended: the rest is to be asked for.
    this.fail(this.#body === undefined ? error : hangUp("body", error));
  }

  #read(bytes: Buffer): void {
    const rest = this.#body === undefined ? this.#readHead(bytes) : bytes;
    if (rest === undefined || this.#body === undefined) return;
    const taken = this.#body.decode(rest, (piece) => {
      if (!this.#unwanted) this.#inbox.put(piece);
    });
    if (this.#body.left > 0) return;
    this.#inbox.end();
    // Bytes behind the end belong to nothing that was asked for: what comes after them cannot be trusted.
    this.#finish(this.#reusable && taken === rest.length);
  }

  /** The bytes behind the head, once it is here. */
  #readHead(bytes: Buffer): Buffer | undefined {
    const found = this.#heads.read(bytes);
    if (found === undefined) return undefined;
    this.#body = selectBodyDecoder(found.head);
    this.#reusable = isKept(found.head);
    this.#onHead(found.head);
    return found.rest;
  }

  #goOn(): void {
    if (!this.#held || this.#over || this.#inbox.size >= mostPending) return;
    this.#held = false;
    this.#options.resume();
  }

  #finish(reusable: boolean): void {
    this.#over = true;
    this.#options.onOver(reusable);
  }
}

/** Whether the connection stays open after the answer (RFC 9112 section 9.3); from HTTP/1.0 that is not expected. */
function isKept({ minor, headers }: ResponseHead): boolean {
  const options = (headers["connection"] ?? "").toLowerCase().split(",");
  return minor === 1 && !options.some((option) => option.trim() === "close");
}
