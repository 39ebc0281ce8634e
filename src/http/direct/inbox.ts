interface Taker {
  readonly resolve: (piece: Buffer | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * What came of a body and was not taken yet. Pieces that follow each other in one slab become one, so that a reader
 * slower than the network gets few and large ones. Has one taker at a time.
 */
export class Inbox {
  #pieces: Buffer[] = [];
  #size = 0;
  #ending: { readonly error?: unknown } | undefined;
  #taker: Taker | undefined;
  #serving = false;

  /** Bytes that were not taken. */
  get size(): number {
    return this.#size;
  }

  put(piece: Buffer): void {
    this.#size += piece.length;
    const last = this.#pieces.at(-1);
    if (last === undefined || !follows(last, piece)) this.#pieces.push(piece);
    else
      this.#pieces[this.#pieces.length - 1] = Buffer.from(
        last.buffer,
        last.byteOffset,
        last.length + piece.length,
      );
    this.#serveSoon();
  }

  /** Nothing more comes. */
  end(): void {
    this.#ending ??= {};
    this.#serveSoon();
  }

  /** Nothing more comes, because of this: what did come is given out first. */
  fail(error: unknown): void {
    this.#ending ??= { error };
    this.#serveSoon();
  }

  /** Forgets what came. */
  clear(): void {
    this.#pieces = [];
    this.#size = 0;
  }

  /** The next piece; undefined where all were taken. */
  take(): Promise<Buffer | undefined> {
    return new Promise((resolve, reject) => {
      this.#taker = { resolve, reject };
      this.#serve();
    });
  }

  /** A taker that waits is served when all that came in this turn of the event loop is here: TLS gives 16 KiB at a time. */
  #serveSoon(): void {
    if (this.#taker === undefined || this.#serving) return;
    this.#serving = true;
    setImmediate(() => {
      this.#serving = false;
      this.#serve();
    });
  }

  #serve(): void {
    const taker = this.#taker;
    const piece = this.#pieces.shift();
    if (taker === undefined || (piece === undefined && this.#ending === undefined)) {
      if (piece !== undefined) this.#pieces.unshift(piece);
      return;
    }
    this.#taker = undefined;
    this.#size -= piece?.length ?? 0;
    if (piece === undefined && this.#ending !== undefined && "error" in this.#ending)
      taker.reject(this.#ending.error);
    else taker.resolve(piece);
  }
}

/** Whether the bytes of one piece come right behind those of another, in the same memory. */
function follows(piece: Buffer, next: Buffer): boolean {
  return next.buffer === piece.buffer && next.byteOffset === piece.byteOffset + piece.length;
}
