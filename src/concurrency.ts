/** Lets at most `limit` holders in at a time, first come first served. `run` releases on every way out. */
export class Semaphore {
  #free: number;
  readonly #waiting: { readonly go: () => void }[] = [];

  constructor(limit: number) {
    this.#free = limit;
  }

  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const release = await this.acquire(signal);
    try {
      return await work();
    } finally {
      release();
    }
  }

  /** Takes a place where one is free at once; the function that gives it back. */
  tryAcquire(): (() => void) | undefined {
    if (this.#free === 0) return undefined;
    this.#free--;
    return this.#hold();
  }

  /** Waits for a place and returns the function that gives it back (calling it twice is harmless). */
  async acquire(signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted();
    if (this.#free > 0) this.#free--;
    else await this.#wait(signal);
    return this.#hold();
  }

  #hold(): () => void {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next.go();
    };
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const entry = {
        go: () => {
          signal?.removeEventListener("abort", onAbort);
          resolve();
        },
      };
      const onAbort = () => {
        this.#waiting.splice(this.#waiting.indexOf(entry), 1);
        reject(signal!.reason as Error);
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#waiting.push(entry);
    });
  }
}

/**
 * Runs `work` over the items, at most `limit` at once, and waits for all that began. The first failure stops new ones
 * from starting and is thrown once the running ones have ended: nothing goes on in the background.
 */
export async function mapLimit<T, R>(
  items: Iterable<T>,
  limit: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const iterator = items[Symbol.iterator]();
  let index = 0;
  let failure: { readonly error: unknown } | undefined;
  const lane = async () => {
    for (;;) {
      if (failure !== undefined) return;
      const { done, value } = iterator.next();
      if (done) return;
      const at = index++;
      try {
        results[at] = await work(value, at);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: limit }, lane));
  if (failure !== undefined) throw failure.error;
  return results;
}

/** Lets the event loop run: timers, sockets, other work of the process. */
export function rest(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Waits for all, then throws the first rejection: nothing goes on in the background. */
export async function allDone<T>(work: Iterable<Promise<T>>): Promise<T[]> {
  const settled = await Promise.allSettled(work);
  return settled.map((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value;
  });
}

/** A map of promises in which each key's work runs once, however many ask; a failure is forgotten, so the next asker tries again. */
export class SingleFlight<K, V> {
  readonly #flights = new Map<K, Promise<V>>();

  get(key: K, work: () => Promise<V>): Promise<V> {
    let flight = this.#flights.get(key);
    if (flight === undefined) {
      flight = work();
      this.#flights.set(key, flight);
      flight.catch(() => this.#flights.delete(key));
    }
    return flight;
  }
}

/** A flight is shared: the one who gives up leaves, the others still get what it brings. */
export function abortable<T>(flight: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return flight;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason as Error);
    // Also of one who has given up already: nobody else may hear how the flight ends.
    flight.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
