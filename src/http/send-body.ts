import type { ClientRequest } from "node:http";
import { GantryError } from "../errors.js";
import { transportFailure } from "./failures.js";
import { tooLong } from "./patience.js";
import type { RequestBody } from "./send.js";

/** Streams the body; false where the answer came first and the rest was not sent. */
export async function sendBody(
  message: ClientRequest,
  body: RequestBody,
  {
    heard,
    idle,
    signal,
  }: {
    readonly heard: { readonly answered: boolean };
    readonly idle: number;
    readonly signal: AbortSignal | undefined;
  },
): Promise<boolean> {
  const { size = Number.POSITIVE_INFINITY } = body;
  let given = 0;
  let flushed = 0;
  const drain = watchDrain(message, idle);
  try {
    for await (const chunk of body.open(signal)) {
      if (heard.answered) return false;
      given += chunk.length;
      if (given > size) break;
      const flowing = message.write(chunk, (error) => {
        if (error === null || error === undefined) body.onSent?.((flushed += chunk.length));
      });
      if (!flowing) await drain.wait();
    }
  } finally {
    drain.end();
  }
  // A body that ended because the answer came is not to be blamed for its length.
  if (heard.answered && body.onSettled !== undefined) return false;
  if (body.size !== undefined && given !== size) {
    throw new GantryError(
      "ERR_GANTRY_CONTENT_MISMATCH",
      `expected ${size} bytes to send, the source gave ${given > size ? "more" : given}`,
    );
  }
  if (heard.answered) return false;
  message.end();
  return true;
}

interface DrainWatch {
  /** Resolves when the network takes more; rejects where it fails or does not in time. */
  wait(): Promise<void>;
  end(): void;
}

/** One timer and one pair of listeners for all waits of a body. */
function watchDrain(message: ClientRequest, idle: number): DrainWatch {
  let go = (): void => undefined;
  let fail = (_error: unknown): void => undefined;
  const timer = setTimeout(() => fail(tooLong(idle, "the network to take more bytes")), idle);
  const onDrain = () => go();
  const onError = (error: unknown) => fail(transportFailure(error));
  message.on("drain", onDrain).on("error", onError);
  return {
    wait: () =>
      new Promise((resolve, reject) => {
        [go, fail] = [resolve, reject];
        timer.refresh();
      }),
    end() {
      clearTimeout(timer);
      message.off("drain", onDrain).off("error", onError);
    },
  };
}
