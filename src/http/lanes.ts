import { setMaxListeners } from "node:events";
import { Semaphore } from "../concurrency.js";
import { TransportFailure } from "./errors.js";
import type { HttpRequest, Lane, Middleware } from "./send.js";

/** How many requests of each kind run at once against one host. */
export type LaneLimits = Readonly<Record<Lane, number>>;

/** Few uploads: ECR resets connections when many layers come at once. */
export const defaultLanes: LaneLimits = { upload: 4, download: 6, control: 8 };

/**
 * Limits the requests in flight for each host and lane. An upload whose bytes come from a download, which needs a token,
 * holds one place in each lane in that order and never waits on its own lane, so no limit can block itself.
 */
export function limitLanes(limitsOf: (host: string) => LaneLimits = () => defaultLanes): Middleware {
  const semaphores = new Map<string, Semaphore>();
  const gate = (host: string, lane: Lane): Semaphore => {
    const key = `${lane} ${host}`;
    if (!semaphores.has(key)) semaphores.set(key, new Semaphore(limitsOf(host)[lane]));
    return semaphores.get(key)!;
  };
  return (next) => async (request) => {
    // A signal is listened to by as many requests as run; Node would take more than ten for a leak.
    if (request.signal !== undefined) setMaxListeners(0, request.signal);
    const release = await enter(gate(request.url.host, request.lane), request);
    let held = false;
    try {
      const response = await next(request);
      if (request.lane !== "download") return response;
      held = true;
      return {
        ...response,
        body: releasing(response.body, release),
        discard: () => {
          response.discard();
          release();
        },
      };
    } finally {
      if (!held) release();
    }
  };
}

async function enter(gate: Semaphore, { impatient, lane, signal }: HttpRequest): Promise<() => void> {
  const release = impatient === true ? gate.tryAcquire() : await gate.acquire(signal);
  if (release === undefined) throw new TransportFailure("EBUSY", `every ${lane} to this host is in use`);
  return release;
}

async function* releasing(
  body: AsyncIterable<Uint8Array>,
  release: () => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* body;
  } finally {
    release();
  }
}
