import { TransportFailure } from "./errors.js";

/** How long the other side may keep silent, in milliseconds. Time that our own side takes never counts. */
export interface Patience {
  readonly connect: number;
  /** From the end of a small request to the response's headers. */
  readonly headers: number;
  /** The same after an upload: registries verify and move the bytes before they answer. */
  readonly commit: number;
  /** Without a byte moving, in either direction. */
  readonly idle: number;
}

export const defaultPatience: Patience = {
  connect: 30_000,
  headers: 60_000,
  commit: 600_000,
  idle: 60_000,
};

/** The promise's outcome, or a failure where it takes longer. */
export async function within<T>(patience: number, promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tooLong(patience, what)), patience);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The failure to wait any longer for something. */
export function tooLong(patience: number, what: string): TransportFailure {
  return new TransportFailure("ETIMEDOUT", `waited ${patience / 1000} s for ${what}`);
}

/** The failure to get a connection in time. */
export function noConnection(patience: number): TransportFailure {
  return new TransportFailure("ETIMEDOUT", `no connection within ${patience / 1000} s`);
}

/** Watches over a body that is read: told in turns that more is waited for, and that so many bytes came. */
export interface ProgressWatch {
  waits(): void;
  received(bytes: number): void;
  end(): void;
}

/** Bytes that must come before the patience for a silent server begins anew: one that dribbles is as good as silent. */
const leastProgress = 1024;

/** Calls `late` where a reader that waits gets too few bytes for too long. */
export function watchProgress(idle: number, late: (failure: TransportFailure) => void): ProgressWatch {
  let waiting = true;
  let received = 0;
  const timer = setTimeout(() => {
    if (waiting)
      late(new TransportFailure("ETIMEDOUT", `fewer than ${leastProgress} bytes in ${idle / 1000} s`));
    else timer.refresh();
  }, idle);
  return {
    waits() {
      waiting = true;
      if (received < leastProgress) return;
      received = 0;
      timer.refresh();
    },
    received(bytes) {
      waiting = false;
      received += bytes;
    },
    end: () => clearTimeout(timer),
  };
}
