/** Bytes on their way from who makes them to who sends them: not copied, and no more of them held than are being written. */
export interface Pipe {
  /** Resolves when the network has taken these bytes, or nobody will any more. They must not change before. */
  write(bytes: Uint8Array): Promise<void>;
  /** No more bytes come. */
  end(): void;
  /** Nobody reads any more: what was not read goes back to its writers at once, what was read when the network has it. */
  close(): void;
  /** Nobody uses what was read any more, whether the network took it or not. */
  release(): void;
  /** What was written, for the one who sends it. */
  read(): AsyncGenerator<Uint8Array, void, undefined>;
  /** Told how many bytes the network has taken in all. */
  taken(total: number): void;
  /** Bytes written so far. */
  readonly given: number;
  /** Whether somebody reads. */
  readonly begun: boolean;
  /** Whether everything up to the end was read; bytes that come behind it are counted and no more. */
  readonly whole: boolean;
}

/** A pipe that ends with `end`, or with the last of `size` bytes: whoever was told the size waits for no other end. */
export function createPipe(size?: number): Pipe {
  const queue: Uint8Array[] = [];
  const writers: { readonly upTo: number; readonly go: () => void }[] = [];
  const state = { given: 0, begun: false, whole: false, ended: false, closed: false };
  let wake = (): void => undefined;
  let read = 0;
  return {
    write(bytes) {
      state.given += bytes.length;
      if (state.closed || state.ended || state.whole || bytes.length === 0) return Promise.resolve();
      queue.push(bytes);
      wake();
      return new Promise((go) => writers.push({ upTo: state.given, go }));
    },
    end() {
      state.ended = true;
      wake();
    },
    close() {
      state.closed = true;
      queue.length = 0;
      while (writers.length > 0 && writers.at(-1)!.upTo > read) writers.pop()!.go();
      wake();
    },
    release() {
      state.closed = true;
      queue.length = 0;
      for (const { go } of writers.splice(0)) go();
      wake();
    },
    async *read() {
      state.begun = true;
      while (!state.closed) {
        const bytes = queue.shift();
        if (bytes !== undefined) {
          read += bytes.length;
          // Before it is handed on: the answer may come with the last byte.
          state.whole = read === size;
          yield bytes;
        } else if (state.ended || state.whole) return void (state.whole = true);
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    },
    taken(total) {
      while (writers[0] !== undefined && writers[0].upTo <= total) writers.shift()!.go();
    },
    get given() {
      return state.given;
    },
    get begun() {
      return state.begun;
    },
    get whole() {
      return state.whole;
    },
  };
}
