import type { OnReadOpts, Socket } from "node:net";
import { transportFailure } from "../failures.js";
import { noConnection } from "../patience.js";
import { badHead, hangUp } from "./bad-answer.js";
import { createSlab } from "./slab.js";

/** Whoever a connection's bytes are for. None of its functions throws. */
export interface ConnectionUser {
  /** Bytes that it still waits for; decides how much memory is set aside for the next ones. */
  readonly expected: number;
  /** Gets bytes that are never written again; false where no more may come until `resume`. */
  onBytes(bytes: Buffer): boolean;
  /** The other side sends no more. */
  onEnd(): void;
  onFailure(error: unknown): void;
}

/** Milliseconds after which a connection that nobody uses is ended. */
const idleLife = 30_000;

/**
 * A socket that reads into slabs and belongs to one user at a time. With none it does not keep the process alive, and
 * ends where anything comes: an end, an error, or bytes that nobody asked for.
 */
export class Connection {
  readonly #socket: Socket;
  #user: ConnectionUser | undefined;
  #lost: "ended" | { readonly error: unknown } | undefined;

  /** `dial` makes the socket. */
  constructor(dial: (onread: OnReadOpts) => Socket) {
    const slab = createSlab();
    this.#socket = dial({
      buffer: () => slab.room(this.#user?.expected ?? 0),
      callback: (length) => this.#onBytes(slab.take(length)),
    });
    this.#socket
      .on("error", (error) => this.#lose({ error: transportFailure(error) }))
      .on("end", () => this.#lose("ended"))
      .on("close", () => this.#lose({ error: hangUp("head") }))
      .on("timeout", () => this.#socket.destroy());
  }

  /** Resolves with the socket's event that says that it can be used. Whoever gives up waiting ends the connection. */
  opened(
    event: "connect" | "secureConnect",
    { patience, signal }: { readonly patience: number; readonly signal: AbortSignal | undefined },
  ): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const fail = (error: unknown) => {
        over();
        this.destroy();
        reject(error as Error);
      };
      const timer = setTimeout(() => fail(noConnection(patience)), patience);
      const onAbort = () => fail(signal?.reason);
      const onOpen = () => {
        over();
        resolve();
      };
      const over = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
        this.#socket.off(event, onOpen);
        this.#user = undefined;
      };
      signal?.addEventListener("abort", onAbort);
      this.#socket.on(event, onOpen);
      this.#user = {
        expected: 0,
        onBytes() {
          fail(badHead("HPE_INVALID_CONSTANT", "it came before the request"));
          return true;
        },
        onEnd: () => fail(hangUp("head")),
        onFailure: fail,
      };
    });
  }

  /** Whether another request may be sent. */
  get usable(): boolean {
    return this.#lost === undefined && !this.#socket.destroyed;
  }

  /** Sends a request whose answer is for this user. */
  ask(text: string, user: ConnectionUser): void {
    this.#user = user;
    this.#socket.ref().setTimeout(0);
    this.#socket.write(text, "latin1");
    if (this.#lost !== undefined) this.#tell(this.#lost);
  }

  /** Nobody uses it until the next `ask`. */
  rest(): void {
    this.#user = undefined;
    // It is read on, also where its last user wanted no more: that is how its end is noticed.
    this.#socket.unref().setTimeout(idleLife).resume();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Ends it; its user is not told. */
  destroy(): void {
    this.#user = undefined;
    this.#socket.destroy();
  }

  /** Ends it; its user is told. */
  close(): void {
    this.#socket.destroy();
  }

  /** Calls when the socket is no more. */
  onClosed(closed: () => void): void {
    this.#socket.on("close", closed);
  }

  #onBytes(bytes: Buffer): boolean {
    if (this.#user !== undefined) return this.#user.onBytes(bytes);
    this.#socket.destroy();
    return true;
  }

  #lose(how: "ended" | { readonly error: unknown }): void {
    if (this.#lost !== undefined) return;
    this.#lost = how;
    if (this.#user === undefined) this.#socket.destroy();
    else this.#tell(how);
  }

  #tell(how: "ended" | { readonly error: unknown }): void {
    if (how === "ended") this.#user?.onEnd();
    else this.#user?.onFailure(how.error);
  }
}
