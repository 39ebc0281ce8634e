import { setMaxListeners } from "node:events";

/**
 * Runs all at once. The first failure stops the others by their signal and is thrown when all have ended, so nothing
 * goes on in the background.
 */
export async function together<T>(
  items: readonly T[],
  signal: AbortSignal | undefined,
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const joined = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  // Every request and every wait listens to it.
  setMaxListeners(0, joined);
  let failure: { readonly error: unknown } | undefined;
  await Promise.all(
    items.map(async (item) => {
      try {
        await work(item, joined);
      } catch (error) {
        failure ??= { error };
        stop.abort(error);
      }
    }),
  );
  if (failure !== undefined) throw failure.error;
}
